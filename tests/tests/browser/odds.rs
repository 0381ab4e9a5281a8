//! The odds of the character that is looked at.

use anyhow::Context;
use model::{Draw, DrawScratch, Sampling, Weights, odds};
use tests::{
    Result, Visit, Webgpu,
    hooks::TOOLS_READY,
    site::{script, weights},
};

use crate::reading::reading;

fn percent(share: f32) -> String {
    if share > 0.0 && share < 0.0995 {
        format!("{:.1} %", share * 100.0)
    } else {
        format!("{:.0} %", share * 100.0)
    }
}

fn shown(character: char) -> String {
    match character {
        '\n' => "⏎".to_owned(),
        ' ' => "␣".to_owned(),
        other => other.to_string(),
    }
}

/// Waits for the odds at the text's character `at`, and compares them with the model's own.
fn check_odds(visit: &Visit, weights: &Weights, text: &str, at: usize, sampling: Sampling) -> Result {
    let reading = reading(weights, text)?;
    let logits = reading.logits_before(at).context("nothing is read before the first character")?;
    let expected = odds(logits, sampling, 10, &mut DrawScratch::default());
    let drawn = reading.ids()[at];
    let mut lines: Vec<String> = expected
        .iter()
        .map(|odds| {
            let character = shown(weights.vocab.character(odds.id));
            format!("{character}{}{}", percent(odds.before), percent(odds.after))
        })
        .collect();
    visit.wait("document.querySelectorAll('#odds li').length >= 10")?;
    let first = &lines[0];
    visit.wait_for("#odds li", &format!("textContent == {first:?}"))?;
    let found = visit.read_all("#odds li")?;
    if !expected.iter().any(|odds| odds.id == drawn) {
        lines.push(found[10].clone());
        assert!(found[10].starts_with(&shown(weights.vocab.character(drawn))));
    }
    assert_eq!(found, lines);
    let marked = visit.read_all("#odds .drawn .character")?;
    assert_eq!(marked, [shown(weights.vocab.character(drawn))]);
    Ok(())
}

#[test]
fn odds_of_the_character_that_is_tapped_pointed_at_or_reached_by_keys() -> Result {
    let visit = Visit::with(Webgpu::Missing).open_written("?length=300&temperature=0.8&seed=4")?;
    let weights = weights("shakespeare")?;
    let text = script(&weights, "ROMEO:\n", 0.8, 300, 4)?;
    let check = |at: usize, temperature: f32| {
        check_odds(
            &visit,
            &weights,
            &text,
            at,
            Sampling { draw: Draw::Logits, temperature, top_k: 0, top_p: 1.0 },
        )
    };
    let at = text.find(' ').context("the script has no space")? + 2;
    visit.wait(TOOLS_READY)?;
    visit.press_character(at)?;
    check(at, 0.8)?;
    // Re-weighed without reading again: only the right-hand bars move.
    visit.slide("#temperature", "0")?;
    check(at, 0.0)?;
    visit.slide("#temperature", "1.3")?;
    check(at, 1.3)?;
    visit.focus("#paper")?;
    visit.key("ArrowRight")?;
    check(at + 1, 1.3)?;
    visit.key("ArrowDown")?;
    let next_line = at + 1 + text[at + 1..].find('\n').context("the script has one line")? + 1;
    check(next_line, 1.3)?;
    // Pinned, the pointer moves nothing; let go by a second click, it does.
    visit.point_at_character(at)?;
    check(next_line, 1.3)?;
    visit.press_character(next_line)?;
    visit.point_at_character(at + 30)?;
    check(at + 30, 1.3)?;
    // The prompt's characters were not drawn, and the first has nothing before it.
    visit.press_character(2)?;
    visit.wait_for_text("#odds-words", "the prompt has")?;
    visit.press_character(0)?;
    visit.wait_for_text("#odds-words", "first character")?;
    Ok(())
}
