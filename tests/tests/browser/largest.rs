//! The largest models and long scripts.

use anyhow::Context;
use model::{Card, Precision, Vocab, Weights, uniform};
use tests::{
    Replaced, Result, Visit, Webgpu,
    hooks::{KEPT_OFFLINE, TOOLS_READY},
    site::{script, weights},
};

/// The site with one model under the name of the first, and without the service worker, which would refuse it.
fn site_with(file: Vec<u8>) -> Replaced {
    let list = br#"{"models": [{"id": "a", "title": "A", "file": "a.safetensors", "prompts": ["ab"]}]}"#;
    Replaced::file("weights/models.json", list)
        .and_file("weights/a.safetensors", file)
        .and_missing("service-worker.js")
}

/// A model of 2,048 units and 512 characters that nobody trained.
fn largest(layers: usize) -> Result<Weights> {
    let vocab = Vocab::from_characters((0..512).filter_map(|n| char::from_u32(0x61 + n)))?;
    let mut weights = Weights::zeros(vocab, Card::default(), 2048, layers)?;
    for (values, row) in weights.values_mut().into_iter().zip(0..) {
        for (value, step) in values.iter_mut().zip(0..) {
            *value = uniform(7, row, step) * 0.1 - 0.05;
        }
    }
    Ok(weights)
}

#[test]
fn writes_with_the_largest_models_and_refuses_larger_ones() -> Result {
    let largest_file = largest(1)?.to_bytes(Precision::I8)?;
    let read = Weights::from_bytes(&largest_file)?;
    let visit = Visit::with(Webgpu::Software)
        .replacing(site_with(largest_file))
        .open_written("?engine=cpu&length=40&temperature=0.9")?;
    assert_eq!(visit.read("#script")?, script(&read, "ab", 0.9, 40, 1)?);
    // WebGPU writes with it too, or says what is in the way.
    let visit = visit.another().open_written("?engine=webgpu&length=10&temperature=0.9")?;
    let status = visit.read("#status")?;
    let note = visit.read("#engine-note")?;
    assert!(status.contains("WebGPU engine") || note.starts_with("The CPU writes:"), "{status} {note}");
    println!("2,048 units: {status}");
    let too_large = site_with(largest(3)?.to_bytes(Precision::I8)?);
    let visit = visit.another().replacing(too_large).open("")?;
    visit.wait_for("#notice", "hidden == false")?;
    let notice = visit.read("#notice")?;
    assert!(notice.contains("more than the") && notice.contains("scriptorium sample"), "{notice}");
    Ok(())
}

#[test]
fn a_long_script_takes_no_more_memory_than_a_short_one() -> Result {
    const SHORT: u64 = 10_000;
    const LONG: u64 = 100_000;
    let visit =
        Visit::with(Webgpu::Missing).open_written(&format!("?model=notebook&engine=cpu&length={SHORT}"))?;
    // What comes behind the page has come: it would count as the longer script's.
    visit.wait(TOOLS_READY)?;
    visit.wait(KEPT_OFFLINE)?;
    let settled = || -> Result<Option<u64>> {
        visit.collect_garbage()?;
        Ok(visit.memory_of_pages())
    };
    let Some(before) = settled()? else {
        println!("skipped: this system does not tell what a process takes");
        return Ok(());
    };
    visit.write("#length", &(LONG - SHORT).to_string())?;
    visit.press("#continue")?;
    visit.wait_for("#script", &format!("textContent.length > {LONG}"))?;
    visit.wait_until_written()?;
    let after = settled()?.context("the system tells no more what a process takes")?;
    println!("{SHORT} characters: {before} bytes; {LONG}: {after} bytes");
    let weights = weights("notebook")?;
    let text = script(&weights, "SISKO: ", 0.6, LONG, 1)?;
    assert!(visit.read("#script")? == text, "another text");
    // Text and its characters' numbers are a few megabytes; what the browser keeps about them comes on top.
    assert!(after < before + 40_000_000, "{before} bytes grew to {after}");
    Ok(())
}
