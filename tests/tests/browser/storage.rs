//! The browser's storage is broken: the page works as it does without.

use std::{fs, path::Path};

use tests::{
    Result, Visit, Webgpu,
    hooks::{KEPT_OFFLINE, TOOLS_READY},
    root,
};

use crate::service_worker::{expected, open_kept, with};

/// Writes garbage over the index files of the caches in a browser's profile; how many there were.
fn spoil(folder: &Path, is_cache: bool) -> Result<usize> {
    let mut count = 0;
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if path.is_dir() {
            count += spoil(&path, is_cache || name == "CacheStorage")?;
        } else if is_cache && (name.starts_with("index") || name == "the-real-index") {
            fs::write(&path, [0xa5; 64])?;
            count += 1;
        }
    }
    Ok(count)
}

#[test]
fn a_broken_index_of_the_cache_ends_nothing() -> Result {
    let profile = tempfile::tempdir()?;
    let visit = open_kept(with(Webgpu::Missing).keeping(profile.path()), "?length=100")?;
    visit.wait(TOOLS_READY)?;
    visit.drop_files(&[&root().join("weights/notebook.safetensors")])?;
    visit.wait_for("#own-dialog", "open")?;
    visit.press("#own-add")?;
    visit.wait_for("#model", "value.startsWith('own-')")?;
    visit.wait_for("#own-dialog", "open == false")?;
    visit.wait_until_written()?;
    let own: String = visit.property_as("#model", "value")?;
    let server = visit.end()?;
    let count = spoil(profile.path(), false)?;
    assert!(count >= 3, "the browser has {count} index files");

    let visit =
        with(Webgpu::Missing).keeping(profile.path()).at(server).open_written("?length=100&seed=2")?;
    assert_eq!(visit.value("Boolean(navigator.serviceWorker.controller)")?, true);
    assert_eq!(visit.read("#script")?, expected(0.6, 100, 2)?);
    assert_eq!(visit.property("#notice", "hidden")?, true);
    // A model of one's own that was kept is lost, and that is all.
    let visit = visit.another().open(&format!("?model={own}&length=100"))?;
    visit.wait_for("#notice", "hidden == false")?;
    println!("{}", visit.read("#notice")?);
    visit.choose("#model", "deep-space-nine")?;
    visit.wait_until_written()?;
    Ok(())
}

#[test]
fn storage_that_fails_or_says_nothing_ends_nothing() -> Result {
    for (storage, said) in [
        (
            "CacheStorage.prototype.open = async () => { throw new Error('broken in a test'); };",
            "broken in a test",
        ),
        ("CacheStorage.prototype.open = () => new Promise(() => {});", "it does not answer"),
    ] {
        let visit = Visit::with(Webgpu::Missing).before(storage).open_written("?length=100")?;
        assert_eq!(visit.property("#notice", "hidden")?, true);
        visit.reopen("?model=own-0123&length=100")?;
        visit.wait_for_text("#notice", said)?;
        let notice = visit.read("#notice")?;
        assert!(notice.contains("cannot be read from this browser's storage"), "{notice}");
        visit.wait_for("#generate", "disabled == false")?;
        visit.press("#generate")?;
        visit.wait_until_written()?;
        // The service worker's own storage, too, lies in another world than the page's.
        let worker = tests::site::text("service-worker.js")?;
        let server = visit.server();
        server.replace(tests::Replaced::file("service-worker.js", format!("{storage}\n{worker}")));
        let visit = visit.another().open_written("?length=100")?;
        visit.reopen("?length=100&seed=3")?;
        visit.wait_until_written()?;
    }
    Ok(())
}

#[test]
fn a_page_whose_service_worker_was_cleared_away_goes_on_without_an_error() -> Result {
    let visit = Visit::with(Webgpu::Missing)
        .before("window.uncaught = []; addEventListener('unhandledrejection', ({ reason }) => uncaught.push(String(reason)));")
        .open("?length=50")?;
    visit.wait(KEPT_OFFLINE)?;
    visit.run("await navigator.serviceWorker.getRegistration().then((kept) => kept.unregister())")?;
    // What is loaded now would be reported to it.
    visit.run("await fetch('embed.html').then((answer) => answer.text())")?;
    visit.wait(&format!("!({KEPT_OFFLINE})"))?;
    assert_eq!(visit.value("uncaught")?, serde_json::json!([]));
    Ok(())
}
