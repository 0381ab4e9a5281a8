//! What leaves the device: every byte that the server sees is looked at.

use tests::{
    Replaced, Result, Visit, Webgpu,
    hooks::{ENGINE_READY, KEPT_OFFLINE, TOOLS_READY},
};

/// In no file of the site, and in no encoding another word.
const WORD: &str = "Quaxzebjom";

/// What of all that the server has seen holds a word, in whatever letters.
fn seen(visit: &Visit, word: &str) -> Vec<String> {
    let word = word.to_ascii_lowercase();
    let requests = visit.server().requests().into_iter();
    requests.filter(|request| request.to_ascii_lowercase().contains(&word)).collect()
}

/// Nobody is told from which page a request comes: at most, from which program.
fn assert_no_page_is_told(visit: &Visit) {
    let requests = visit.server().requests();
    assert!(requests.len() > 8, "{requests:?}");
    for request in &requests {
        let lines = request.lines().filter(|line| line.to_ascii_lowercase().starts_with("referer:"));
        for line in lines {
            let is_program = line.split('?').next().is_some_and(|address| address.ends_with(".js"));
            assert!(is_program, "{request}");
        }
    }
}

#[test]
fn nothing_that_is_typed_leaves_the_device() -> Result {
    let without = Replaced::missing("service-worker.js");
    for (replaced, is_kept) in [(Replaced::default(), true), (without, false)] {
        let visit = Visit::with(Webgpu::Software).replacing(replaced).open_written("?length=60")?;
        visit.wait(ENGINE_READY)?;
        visit.wait(TOOLS_READY)?;
        visit.write("#prompt", &format!("{WORD}:\n"))?;
        for (engine, seed) in [("cpu", 5), ("webgpu", 6)] {
            visit.choose("#engine", engine)?;
            visit.write("#seed", &seed.to_string())?;
            visit.press("#generate")?;
            visit.wait(&format!("location.hash.includes('seed={seed}')"))?;
            visit.wait_until_written()?;
            assert!(visit.read("#script")?.starts_with(WORD), "{engine}");
        }
        // What comes behind a script that is there.
        visit.press("#tab-odds")?;
        visit.press("#continue")?;
        visit.wait("location.hash.includes('length=120')")?;
        visit.wait_until_written()?;
        visit.choose("#model", "deep-space-nine")?;
        visit.wait("location.hash.includes('model=deep-space-nine')")?;
        visit.wait_until_written()?;
        if is_kept {
            visit.wait(KEPT_OFFLINE)?;
        }
        visit.run("window.here = true; location.reload()")?;
        visit.wait("window.here !== true")?;
        visit.wait_until_written()?;
        assert!(visit.read("#script")?.starts_with(WORD));
        let link: String = visit.value_as("location.href")?;
        let other = visit.another().open_written(&link)?;
        other.wait(ENGINE_READY)?;
        assert!(other.read("#script")?.starts_with(WORD));
        assert_eq!(other.value("Boolean(navigator.serviceWorker.controller)")?, is_kept);
        assert_eq!(seen(&visit, WORD), Vec::<String>::new());
        assert_no_page_is_told(&visit);
    }
    Ok(())
}

#[test]
fn an_old_link_is_told_once_and_no_more() -> Result {
    let visit = Visit::with(Webgpu::Missing)
        .open_written(&format!("?embed=1&theme=dark&length=60&seed=4&prompt={WORD}%0A"))?;
    assert!(visit.read("#script")?.starts_with(WORD));
    assert_eq!(visit.value("location.search")?, "?embed=1&theme=dark");
    assert!(visit.value_as::<String>("location.hash")?.contains(WORD));
    visit.run("window.here = true; location.reload()")?;
    visit.wait("window.here !== true")?;
    visit.wait_until_written()?;
    assert!(visit.read("#script")?.starts_with(WORD));
    assert_eq!(seen(&visit, WORD).len(), 1, "the link itself");
    assert_no_page_is_told(&visit);
    Ok(())
}

#[test]
fn another_link_of_the_same_page_is_followed() -> Result {
    let visit = Visit::with(Webgpu::Missing).open_written("#length=60&seed=4")?;
    let first = visit.read("#script")?;
    visit.run("window.here = true; location.hash = 'length=70&seed=x&model=notebook'")?;
    visit.wait_for_text("#notice", "seed “x” cannot be used")?;
    visit.wait_for("#model", "value == 'notebook'")?;
    visit.wait_until_written()?;
    visit.wait("document.querySelector('#status').textContent.startsWith('70 ')")?;
    assert_ne!(visit.read("#script")?, first);
    assert_eq!(visit.value("window.here")?, true);
    Ok(())
}
