//! The two engines: the WebGPU engine comes, writes the same text, or is not there and the page says why.

use model::Generator;
use serde_json::Value;
use tests::{
    Result, Visit, Webgpu,
    hooks::{
        BENCH_ERROR, BENCH_LOADED, BENCH_SETTLED, ENGINE_ABSENT, ENGINE_READY, bench_logits, bench_speed,
    },
    site::{self, script, weights},
};

#[test]
fn webgpu_writes_the_same_text() -> Result {
    let browser = Visit::with(Webgpu::Software).open("about:blank")?;
    for (model, prompt) in
        [("shakespeare", "ROMEO:\n"), ("deep-space-nine", "SISKO: "), ("notebook", "SISKO: ")]
    {
        let weights = weights(model)?;
        let query = format!("?engine=webgpu&model={model}&temperature=0&length=150");
        let visit = browser.another().open(&query)?;
        visit.wait(ENGINE_READY)?;
        visit.wait_until_written()?;
        let status = visit.read("#status")?;
        assert!(status.contains("150 characters, written by the WebGPU engine"), "{status}");
        assert_eq!(visit.read("#script")?, script(&weights, prompt, 0.0, 150, 1)?);
    }
    Ok(())
}

#[test]
fn shows_how_much_of_the_engine_is_there() -> Result {
    let watched = "window.shown = new Set(); new MutationObserver(() => { const p = document.querySelector('#engine-progress');
        if (p && !p.hidden) shown.add([p.value, p.max].join()); }).observe(document, {subtree: true, attributes: true, childList: true});";
    let visit = Visit::with(Webgpu::Software).before(watched).open("?length=100")?;
    visit.wait(ENGINE_READY)?;
    let shown: Vec<[f64; 2]> = visit.value_as("[...shown].map(pair => pair.split(',').map(Number))")?;
    let engine = site::file("engine_bg.wasm")?.len() as f64;
    assert!(shown.len() > 3, "{shown:?}");
    assert!(shown.iter().all(|[bytes, all]| *all == engine && bytes <= all), "{shown:?}");
    assert_eq!(visit.property("#engine-progress", "hidden")?, true);
    Ok(())
}

#[test]
fn both_engines_have_the_native_logits() -> Result {
    let browser = Visit::with(Webgpu::Software).open("about:blank")?;
    let weights = weights("shakespeare")?;
    let ids: Vec<u32> = weights.vocab.encode("JULIET:\nWhat is it, my lord?")?;
    let native = Generator::new(&weights).read(&ids).to_vec();
    for engine in ["cpu", "webgpu"] {
        let visit = browser.another().open(&format!("bench.html?engine={engine}"))?;
        visit.wait(BENCH_SETTLED)?;
        assert_eq!(visit.value(&format!("{BENCH_ERROR} ?? null"))?, Value::Null);
        let logits: Vec<f32> = visit.value_as(&bench_logits(&ids))?;
        let worst = logits.iter().zip(&native).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        let allowed = if engine == "cpu" { 0.0 } else { 1e-4 };
        assert!(logits.len() == native.len() && worst <= allowed, "{engine}: {worst:e}");
        let speed: f64 = visit.value_as(&bench_speed(60))?;
        assert!(speed > 0.0);
        println!("{engine}: largest difference in logits {worst:e}, {speed} characters a second");
    }
    let visit = browser.another().open("bench.html?engine=cpu&rows=3")?;
    visit.wait(BENCH_LOADED)?;
    assert!(visit.value_as::<f64>(&bench_speed(30))? > 0.0);
    let visit = browser.another().open("bench.html?rows=0")?;
    visit.wait(BENCH_ERROR)?;
    Ok(())
}

#[test]
fn writes_without_webgpu_and_says_why() -> Result {
    let browser = Visit::with(Webgpu::Software).open("about:blank")?;
    let check = |url: &str, before: &str, expected: &str| -> Result {
        let visit = browser.another().before(before).open(url)?;
        visit.wait(ENGINE_ABSENT)?;
        visit.wait_until_written()?;
        let note = visit.read("#engine-note")?;
        assert!(note.contains(expected), "{note}");
        assert!(visit.read("#status")?.contains("CPU engine"));
        assert!(visit.read("#notice")?.contains(expected), "asked for by name, so said aloud");
        Ok(())
    };
    let local = "?engine=webgpu";
    let insecure = browser.server().insecure_url(local);
    check(&insecure, "", "only on secure pages")?;
    let no_adapter = "navigator.gpu.requestAdapter = async () => null;";
    check(local, no_adapter, "found no graphics adapter")?;
    let no_webgpu = "Object.defineProperty(Navigator.prototype, 'gpu', {get() { return undefined; }});";
    check(local, no_webgpu, "this browser has no WebGPU")?;
    Ok(())
}

#[test]
fn programs_run_their_constructors_once() -> Result {
    for name in [
        "page_bg.wasm",
        "page-scalar_bg.wasm",
        "tools_bg.wasm",
        "tools-scalar_bg.wasm",
        "engine_bg.wasm",
        "learner-gpu_bg.wasm",
    ] {
        let wasm = site::file(name)?;
        let marker: &[u8] = b".command_export";
        let found = wasm.windows(marker.len()).any(|window| window == marker);
        assert!(!found, "{name} has exports that run all constructors on every call");
    }
    Ok(())
}
