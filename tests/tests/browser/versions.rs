//! No page is made of two versions of the site, whatever the browser has kept of an older one.

use tests::{
    Replaced, Result, Visit, Webgpu,
    hooks::{ENGINE_ABSENT, ENGINE_READY, TOOLS_READY, WRITTEN},
    root,
    site::newer,
};

#[test]
fn a_page_from_the_browsers_cache_takes_no_program_of_a_newer_version() -> Result {
    // The first visit leaves the page in the browser's cache; neither a service worker nor the engine.
    let no_webgpu = "Object.defineProperty(Navigator.prototype, 'gpu', { get() {} });";
    let first = Visit::with(Webgpu::Software).replacing(Replaced::missing("service-worker.js"));
    let first = first.before(no_webgpu).open("about:blank")?;
    first.server().send_headers(&["Cache-Control: max-age=600"]);
    first.reopen("")?;
    first.wait_until_written()?;
    first.wait(TOOLS_READY)?;
    let shown: String = first.read("#script")?;

    first.server().replace(newer("Newer")?);
    let visit = first.another().open("")?;
    visit.wait("navigator.serviceWorker.getRegistration().then(r => r?.active)")?;
    visit.wait_until_written()?;
    assert_eq!(
        visit.value("document.title.startsWith('Scriptorium')")?,
        true,
        "it is in the browser's cache"
    );
    assert_eq!(visit.value("navigator.serviceWorker.controller")?, serde_json::Value::Null);
    // The page of the older version goes on with what it has, and takes nothing of the newer one.
    assert_eq!(visit.read("#script")?, shown);
    visit.wait(ENGINE_ABSENT)?;
    let note = visit.read("#engine-note")?;
    assert!(note.contains("the site has changed") && note.contains("reload the page"), "{note}");
    visit.wait(TOOLS_READY)?;
    let fixture = |name: &str| root().join("exchange/fixtures").join(name);
    visit.drop_files(&[&fixture("notebook.keras"), &fixture("vocabulary.json")])?;
    visit.wait_for_text("#own-words", "the site has changed since the page was opened")?;

    // Opened anew, all of it is of the newer version.
    visit.run("location.reload()")?;
    visit.wait(&format!(
        "document.title.startsWith('Newer') && {WRITTEN} && {ENGINE_READY} && {TOOLS_READY}"
    ))?;
    visit.drop_files(&[&fixture("notebook.keras"), &fixture("vocabulary.json")])?;
    visit.wait_for("#model", "value.startsWith('own-')")?;
    Ok(())
}

#[test]
fn a_page_half_of_which_is_replaced_says_so() -> Result {
    let visit = Visit::with(Webgpu::Missing)
        .replacing(newer("Newer")?.only(&["tools.js", "service-worker.js"]))
        .open_written("?length=100")?;
    visit.wait_for_text("#notice", "the site has changed since the page was opened")?;
    assert_eq!(visit.value("document.documentElement.dataset.tools ?? null")?, serde_json::Value::Null);
    Ok(())
}
