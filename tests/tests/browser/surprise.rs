//! A text that the visitor pastes, in the colours of its surprise.

use anyhow::Context;
use tests::{Result, Visit, Webgpu, hooks::TOOLS_READY, site::weights};

use crate::reading::reading;

#[test]
fn reads_a_text_and_says_how_surprising_it_is() -> Result {
    let visit = Visit::with(Webgpu::Missing).open("?view=surprise")?;
    visit.wait(TOOLS_READY)?;
    visit.wait_for("#read", "checkVisibility()")?;
    let text = "ROMEO:\nBut soft, what light through yonder laptop breaks?";
    visit.write("#text", text)?;
    visit.press("#read")?;
    visit.wait_for_text("#status", "bits a character")?;
    assert_eq!(visit.read("#surprise")?, text);
    let weights = weights("shakespeare")?;
    let reading = reading(&weights, &format!("\n{text}"))?;
    let bits: Option<Vec<f32>> = (1..reading.len()).map(|at| reading.bits(at)).collect();
    let bits = bits.context("a character has no surprise")?;
    let mean = bits.iter().sum::<f32>() / bits.len() as f32;
    let status = visit.read("#status")?;
    assert!(status.contains(&format!("{} characters, {mean:.2} bits", text.len())), "{status}: {mean}");
    let classes: Vec<String> = visit.properties("#surprise span", "className")?;
    for (class, bits) in classes.iter().zip(&bits) {
        let strength = (*bits as usize).min(8);
        let expected = if strength == 0 { String::new() } else { format!("h{strength}") };
        assert_eq!(*class, expected, "{bits} bits");
    }
    // What the model does not know is named and left out; nothing at all is asked for.
    visit.write("#text", "Ja, schön")?;
    visit.press("#read")?;
    visit.wait_for("#surprise", "textContent == 'Ja, schn'")?;
    assert!(visit.read("#notice")?.contains("'ö'"));
    visit.write("#text", "")?;
    visit.press("#read")?;
    visit.wait_for_text("#notice", "Paste a text first")?;
    Ok(())
}
