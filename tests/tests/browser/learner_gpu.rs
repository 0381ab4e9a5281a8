//! Training on WebGPU, by the program that the tab speaks to.

use tests::{
    Replaced, Result, Visit, Webgpu,
    hooks::{DESTROY_DEVICE, EXPOSE_DEVICE},
    site,
};

use super::learner::{LEARN, finish};

/// A page that can [`LEARN`], in whose workers a script runs first.
fn visit(webgpu: Webgpu, before_workers: &str) -> Result<Visit> {
    let start = format!("if (!self.document) {{ {before_workers} }}\n{}", site::text("start.js")?);
    // The service worker would refuse a script that is not the site's.
    let replaced = Replaced::file("start.js", start).and_missing("service-worker.js");
    let visit = Visit::with(webgpu).replacing(replaced).open("bench.html?engine=cpu")?;
    visit.run(LEARN)?;
    Ok(visit)
}

#[test]
fn webgpu_learns_what_the_cpu_learns() -> Result {
    let visit = visit(Webgpu::Software, "")?;
    // Each is waited for by itself: in software it takes its time.
    for statements in [
        "window.gpu = await learn(1, 0, null, { engine: 'webgpu' });",
        "window.cpu = await learn(1); window.half = await learn(1, 1, null, { engine: 'webgpu' });",
        "window.rest = await learn(1, 0, half.checkpoint);",
    ] {
        finish(&visit, statements)?;
    }
    assert_eq!(
        visit.value("[cpu.how, gpu.how, half.how, rest.how].join()")?,
        "finished,finished,stopped,finished"
    );
    assert_eq!(visit.value("[gpu.engine, half.engine, rest.engine].join()")?, "WebGPU,WebGPU,CPU");
    assert_eq!(visit.value("gpu.steps > 100 && gpu.steps == cpu.steps && half.steps < gpu.steps")?, true);
    // It has learnt, and so has the CPU from where WebGPU had come to.
    assert_eq!(visit.value("gpu.epoch.val_loss < cpu.losses[1] - 0.3")?, true);
    for (what, apart) in [
        ("first", "gpu.losses[1] - cpu.losses[1]"),
        ("loss", "gpu.epoch.loss - cpu.epoch.loss"),
        ("val_loss", "gpu.epoch.val_loss - cpu.epoch.val_loss"),
        ("gone on", "rest.epoch.val_loss - cpu.epoch.val_loss"),
    ] {
        let apart: f64 = visit.value_as(&format!("Math.abs({apart})"))?;
        assert!(apart < 1e-3, "{what}: {apart}");
    }
    assert_eq!(visit.value("gpu.weights.length > 1000 && gpu.sample.length == 300")?, true);
    Ok(())
}

#[test]
fn without_an_adapter_webgpu_is_refused_and_auto_is_the_cpu() -> Result {
    let visit = visit(Webgpu::Missing, "")?;
    finish(
        &visit,
        "window.refused = (await learn(1, 0, null, { engine: 'webgpu' })).how;
        window.auto = await learn(1, 1, null, { engine: 'auto' });",
    )?;
    let refused: String = visit.value_as("refused")?;
    assert!(refused.starts_with("engine: This browser offers no WebGPU here"), "{refused}");
    assert_eq!(visit.value("auto.engine")?, "CPU (there is no WebGPU here)");
    Ok(())
}

#[test]
fn auto_takes_webgpu_only_where_it_is_faster() -> Result {
    const AUTO: &str = "window.auto = await learn(1, 1, null, { engine: 'auto' });";
    let browser = visit(Webgpu::Software, "")?;
    finish(&browser, AUTO)?;
    assert_eq!(browser.value("auto.engine")?, "CPU (WebGPU is software here)");
    // Taken for a graphics processor it is tried, with the same numbers, and is slower.
    let hidden = "for (const kind of [GPUAdapter, GPUAdapterInfo])
        Object.defineProperty(kind.prototype, 'isFallbackAdapter', { get: () => false });";
    let tried = visit(Webgpu::Software, hidden)?;
    finish(&tried, AUTO)?;
    let engine: String = tried.value_as("auto.engine")?;
    // On a machine with much to do it may not even begin in time.
    let reasons = ["CPU (WebGPU takes ", "CPU (WebGPU did not begin "];
    assert!(reasons.iter().any(|reason| engine.starts_with(reason)), "{engine}");
    Ok(())
}

#[test]
fn a_training_whose_device_is_lost_goes_on_on_the_cpu() -> Result {
    let visit = visit(Webgpu::Software, &format!("if (self.GPUAdapter) {{ {EXPOSE_DEVICE} }}"))?;
    let heard = format!(
        "window.heard = (data, worker) => {{
            if (data.step && !window.asked) {{ window.asked = true; worker.postMessage('checkpoint'); }}
            if (data.checkpoint && !window.kept) {{ window.kept = data.checkpoint; {DESTROY_DEVICE}; }}
            if (!data.failed) return false;
            window.failed = data.failed.message;
            const settings = {{ ...usual, epochs: 50, engine: 'webgpu' }};
            worker.postMessage({{ train: {{ settings, beginning: {{ checkpoint: {{ bytes: kept.bytes }} }} }} }});
            worker.postMessage('stop');
            return true;
        }};"
    );
    visit.run(&heard)?;
    finish(&visit, "window.said = await learn(1, 0, null, { epochs: 50, engine: 'webgpu' });")?;
    let failed: String = visit.value_as("failed")?;
    assert!(
        failed.contains("The device failed") && failed.contains("go on from the last checkpoint"),
        "{failed}"
    );
    assert_eq!(visit.value("said.how")?, "stopped");
    assert_eq!(visit.value("said.engine")?, "CPU (WebGPU broke off)");
    assert_eq!(visit.value("said.steps >= kept.steps && kept.steps > 0")?, true);
    Ok(())
}
