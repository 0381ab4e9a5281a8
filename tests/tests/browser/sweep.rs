//! Temperatures side by side.

use model::{Draw, Request};
use tests::{
    Result, Visit, Webgpu,
    hooks::{BREAK_FIRST_WORKER, COUNT_MESSAGES, ENGINE_READY, KEEP_WORKERS, WRITTEN},
    site::{script, script_of, weights},
};

fn column(at: usize) -> String {
    format!(".column:nth-child({}) > .script", at + 1)
}

#[test]
fn sweeps_the_temperature_side_by_side() -> Result {
    let shakespeare = weights("shakespeare")?;
    let visit = Visit::with(Webgpu::Software).open_written("?view=sweep&length=300&seed=6&engine=cpu")?;
    for (at, temperature) in [0.2, 0.5, 0.8, 1.1].into_iter().enumerate() {
        let expected = script(&shakespeare, "ROMEO:\n", temperature, 300, 6)?;
        assert_eq!(visit.read(&column(at))?, expected, "{temperature}");
    }
    let arrow = "getComputedStyle(document.querySelector('.begun'), '::before').content";
    assert_eq!(visit.value(arrow)?, "\"⇒ \"");
    visit.press("[data-temperatures^='0.01']")?;
    visit.press("#generate")?;
    visit.wait_for_count(".column", 5)?;
    visit.wait_until_written()?;
    // The notebook's were drawn from probabilities.
    for (at, temperature) in [0.01, 0.02, 0.03, 0.04, 0.05].into_iter().enumerate() {
        let request = Request::new(&shakespeare.vocab, "ROMEO:\n", temperature, 300, 6)?;
        let expected = script_of(&shakespeare, &request.with_draw(Draw::Probabilities));
        assert_eq!(visit.read(&column(at))?, expected, "{temperature}");
    }
    assert!(visit.value("location.hash")?.as_str().is_some_and(|hash| hash.contains("draw=probabilities")));
    assert!(visit.read("#temperatures-words")?.contains("exp(probability / temperature)"));
    visit.press("[data-draw=logits]")?;
    assert_eq!(visit.read("#temperatures-words")?, "");
    // One batch of the WebGPU engine: every row has a temperature of its own.
    visit.wait(ENGINE_READY)?;
    visit.choose("#engine", "webgpu")?;
    visit.write("#temperatures", "0, 0.3, 2")?;
    visit.write("#length", "120")?;
    visit.press("#generate")?;
    visit.wait_for_count(".column", 3)?;
    visit.wait_until_written()?;
    assert!(visit.read("#status")?.contains("360 characters, written by the WebGPU engine"));
    let greedy = script(&shakespeare, "ROMEO:\n", 0.0, 120, 6)?;
    assert_eq!(visit.read(&column(0))?, greedy);
    for at in 1..3 {
        let text = visit.read(&column(at))?;
        assert!(text.len() == greedy.len() && text != greedy, "{text}");
    }
    visit.write("#temperatures", "1, 2")?;
    visit.press("#generate")?;
    visit.wait_for_text("#notice", "three to six numbers")?;
    Ok(())
}

#[test]
fn workers_share_a_sweep_and_may_break_down() -> Result {
    let cores = "Object.defineProperty(navigator, 'hardwareConcurrency', { value: 3 });";
    let visit = Visit::with(Webgpu::Missing)
        .before(&[cores, KEEP_WORKERS, COUNT_MESSAGES].concat())
        .open("?view=sweep&length=300&seed=6")?;
    visit.wait(&format!("ready == 2 && {WRITTEN}"))?;
    let shakespeare = weights("shakespeare")?;
    let check = |length: u64, seed: u32| -> Result {
        for (at, temperature) in [0.2, 0.5, 0.8, 1.1].into_iter().enumerate() {
            let expected = script(&shakespeare, "ROMEO:\n", temperature, length, seed)?;
            assert_eq!(visit.read(&column(at))?, expected, "{temperature}");
        }
        Ok(())
    };
    visit.write("#seed", "7")?;
    visit.press("#generate")?;
    visit.wait(&format!("blocks > 1 && location.hash.includes('seed=7') && {WRITTEN}"))?;
    check(300, 7)?;
    // One breaks down in the middle: the page writes on without them.
    visit.write("#length", "6000")?;
    visit.run("window.blocks = 0")?;
    visit.press("#generate")?;
    visit.wait("blocks > 2")?;
    visit.run(BREAK_FIRST_WORKER)?;
    visit.wait_until_written()?;
    check(6000, 7)?;
    // Stopped, all stop.
    visit.write("#length", "900000")?;
    visit.press("#generate")?;
    visit.wait_for(".script", "textContent.length > 3000")?;
    visit.press("#stop")?;
    visit.wait_until_written()?;
    Ok(())
}
