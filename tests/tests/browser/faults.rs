//! What may befall the page: each time it ends in a script or in a clear sentence. docs/faults.md has the table; other rows
//! are in `mistakes`, `largest`, `quiet` (out of sight), `offline`, `own_models` and `embed`.

use tests::{
    Replaced, Result, Visit, Webgpu,
    hooks::{
        BREAK_LAST_WORKER, BREAK_WORKER, BREAKABLE, COUNT_MESSAGES, DESTROY_DEVICE, ENGINE_DEAD,
        ENGINE_DIES_LOADING, EXPOSE_DEVICE, KEEP_WORKERS, LOOK_OFTEN, TERMINATE_LAST_WORKER, WRITTEN,
    },
    site::{self, script, weights},
};

#[test]
fn a_lost_engine_is_replaced_in_the_middle_of_a_script() -> Result {
    let visit = Visit::with(Webgpu::Software)
        .before(KEEP_WORKERS)
        .open("?engine=webgpu&temperature=0&length=4000")?;
    visit.wait_for("#script", "textContent.length > 20")?;
    visit.run(BREAK_LAST_WORKER)?;
    visit.wait_until_written()?;
    let weights = weights("shakespeare")?;
    assert_eq!(visit.read("#script")?, script(&weights, "ROMEO:\n", 0.0, 4000, 1)?);
    assert!(visit.read("#engine-note")?.contains("lost in a test"));
    assert!(visit.read("#status")?.contains("CPU engine"));
    Ok(())
}

#[test]
fn a_lost_device_is_replaced_in_the_middle_of_a_script() -> Result {
    // The engine's worker with a way for the test to its device.
    let loader = format!("{EXPOSE_DEVICE}\n{}", site::text("engine_loader.js")?);
    // The service worker would refuse a loader that is not the site's.
    let replaced = Replaced::file("engine_loader.js", loader).and_missing("service-worker.js");
    let visit = Visit::with(Webgpu::Software)
        .replacing(replaced)
        .open("?engine=webgpu&temperature=0.8&length=4000&seed=5")?;
    visit.wait_for("#script", "textContent.length > 50")?;
    visit.run(DESTROY_DEVICE)?;
    visit.wait_until_written()?;
    let weights = weights("shakespeare")?;
    assert_eq!(visit.read("#script")?, script(&weights, "ROMEO:\n", 0.8, 4000, 5)?);
    assert!(visit.read("#status")?.contains("CPU engine"));
    let note = visit.read("#engine-note")?;
    assert!(note.starts_with("The CPU writes:") && note.contains("lost"), "{note}");
    Ok(())
}

#[test]
fn what_breaks_down_in_a_worker_is_no_error_of_the_page() -> Result {
    let loader = format!("{BREAKABLE}\n{}", site::text("engine_loader.js")?);
    let replaced = Replaced::file("engine_loader.js", loader).and_missing("service-worker.js");
    let visit = Visit::with(Webgpu::Software)
        .replacing(replaced)
        .before("window.uncaught = []; addEventListener('error', ({ message }) => uncaught.push(message));")
        .open("?engine=webgpu&temperature=0.8&length=4000&seed=5")?;
    visit.wait_for("#script", "textContent.length > 50")?;
    visit.run(BREAK_WORKER)?;
    visit.wait_until_written()?;
    assert!(visit.read("#engine-note")?.contains("broken in a test"));
    assert_eq!(visit.value("uncaught")?, serde_json::json!([]));
    Ok(())
}

#[test]
fn a_worker_that_is_killed_is_replaced_in_the_middle_of_a_script() -> Result {
    let visit = Visit::with(Webgpu::Software)
        .before(KEEP_WORKERS)
        .open("?engine=webgpu&temperature=0.7&length=5000")?;
    visit.wait_for("#script", "textContent.length > 50")?;
    visit.run(TERMINATE_LAST_WORKER)?;
    visit.wait_until_written()?;
    let weights = weights("shakespeare")?;
    assert_eq!(visit.read("#script")?, script(&weights, "ROMEO:\n", 0.7, 5000, 1)?);
    let note = visit.read("#engine-note")?;
    assert!(note.contains("fallen silent") && note.contains("reload the page"), "{note}");
    assert!(visit.read("#status")?.contains("CPU engine"));
    Ok(())
}

#[test]
fn a_worker_that_is_killed_while_it_loads_is_done_without() -> Result {
    let browser = Visit::with(Webgpu::Software).open("about:blank")?;
    let text = script(&weights("shakespeare")?, "ROMEO:\n", 0.7, 300, 1)?;
    for dead in [ENGINE_DEAD, ENGINE_DIES_LOADING] {
        let visit = browser
            .another()
            .before(&[LOOK_OFTEN, dead].concat())
            .open("?engine=webgpu&temperature=0.7&length=300")?;
        visit.wait_until_written()?;
        assert_eq!(visit.read("#script")?, text, "{dead}");
        let note = visit.read("#engine-note")?;
        assert!(note.starts_with("The CPU writes:") && note.contains("fallen silent"), "{note}");
        assert!(visit.read("#status")?.contains("CPU engine"));
    }
    Ok(())
}

#[test]
fn a_sweep_worker_that_is_killed_is_done_without() -> Result {
    let cores = "Object.defineProperty(navigator, 'hardwareConcurrency', { value: 3 });";
    let visit = Visit::with(Webgpu::Missing)
        .before(&[cores, KEEP_WORKERS, COUNT_MESSAGES].concat())
        .open("?view=sweep&length=300&seed=6")?;
    visit.wait(&format!("ready == 2 && {WRITTEN}"))?;
    visit.write("#length", "6000")?;
    // With its first block it is at the sweep, and far from its end.
    visit.run("workers.at(-1).addEventListener('message', () => workers.at(-1).terminate())")?;
    visit.press("#generate")?;
    visit.wait("location.hash.includes('length=6000')")?;
    visit.wait_until_written()?;
    let shakespeare = weights("shakespeare")?;
    for (at, temperature) in [0.2, 0.5, 0.8, 1.1].into_iter().enumerate() {
        let expected = script(&shakespeare, "ROMEO:\n", temperature, 6000, 6)?;
        let column = format!(".column:nth-child({}) > .script", at + 1);
        assert_eq!(visit.read(&column)?, expected, "{temperature}");
    }
    Ok(())
}

#[test]
fn fifty_quick_clicks_leave_it_in_order() -> Result {
    let browser = Visit::with(Webgpu::Software).open("about:blank")?;
    let weights = weights("shakespeare")?;
    let text = script(&weights, "ROMEO:\n", 0.6, 900, 1)?;
    for engine in ["cpu", "webgpu"] {
        let visit = browser.another().open_written(&format!("?engine={engine}&length=900"))?;
        // Waits from none to 37 ms: before the first character, within it, and after the last.
        visit.run(
            "const rest = (n) => new Promise((done) => setTimeout(done, n));
            for (let n = 0; n < 50; n++) {
              document.querySelector('#generate').click();
              await rest((n * 29) % 38);
              document.querySelector(n % 3 ? '#stop' : '#generate').click();
              if (n % 4 === 0) await rest((n * 17) % 23);
            }
            document.querySelector('#generate').click();",
        )?;
        visit.wait_until_written()?;
        visit.wait_for("#script", &format!("textContent.length == {}", text.len()))?;
        assert_eq!(visit.read("#script")?, text, "{engine}");
        assert_eq!(visit.read("#notice")?, "");
    }
    Ok(())
}

#[test]
fn two_tabs_write_their_own() -> Result {
    let query = |seed: u32| format!("?engine=webgpu&length=600&seed={seed}");
    let first = Visit::with(Webgpu::Software).open(&query(1))?;
    let second = first.another().open(&query(2))?;
    let weights = weights("shakespeare")?;
    for (visit, seed) in [(first, 1), (second, 2)] {
        // A tab behind another one rests until it is looked at.
        visit.bring_to_front()?;
        visit.wait_until_written()?;
        assert_eq!(visit.read("#script")?, script(&weights, "ROMEO:\n", 0.6, 600, seed)?);
    }
    Ok(())
}

#[test]
fn writes_where_nothing_can_be_kept() -> Result {
    let visit = Visit::with(Webgpu::Missing).open("embed.html")?;
    visit.limit_storage(1000.0)?;
    visit.reopen("?length=300")?;
    visit.wait_until_written()?;
    let weights = weights("shakespeare")?;
    assert_eq!(visit.read("#script")?, script(&weights, "ROMEO:\n", 0.6, 300, 1)?);
    assert_eq!(visit.property("#notice", "hidden")?, true);
    Ok(())
}
