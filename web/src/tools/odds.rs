//! The odds at a character: what might have come, and what did.

use model::{DrawScratch, Odds, Vocab, odds};
use web::{
    dom::{Result, append, create, element, set_class, set_hidden, set_text, value},
    fields::settings_of,
    numbers::fixed,
    words::{word, words},
};

use crate::book::{Kept, prompt_length};

/// Characters that are listed.
const COUNT: usize = 10;
/// Characters before it that are quoted.
const QUOTED: usize = 16;

/// A character as people call it.
pub(crate) fn name_of(character: char) -> String {
    match character {
        '\n' => word("newline"),
        ' ' => word("space"),
        other => words("quoted", &[("character", other.encode_utf8(&mut [0; 4]))]),
    }
}

fn percent(share: f32) -> String {
    let digits = if share > 0.0 && share < 0.0995 { 1 } else { 0 };
    [&fixed(f64::from(share) * 100.0, digits), " %"].concat()
}

/// Shows the odds at the script's character `at`.
pub(crate) fn show(kept: &Kept, at: usize) -> Result<()> {
    let Some(place) = kept.place(at) else { return Ok(()) };
    let vocab = &kept.model.weights.vocab;
    let drawn = kept.reading.ids()[place];
    let Some(logits) = kept.reading.logits_before(place) else {
        clear();
        set_text("odds-words", &word("odds-first"));
        return Ok(());
    };
    let sampling = settings_of(&["temperature", "draw", "topk", "topp"])?.sampling();
    let all = odds(logits, sampling, vocab.len(), &mut DrawScratch::default());
    let Some(of_drawn) = all.iter().find(|odds| odds.id == drawn) else { return Ok(()) };
    let before: String = kept.text().chars().take(place).collect();
    let skipped = before.chars().count().saturating_sub(QUOTED);
    let before: String = before.chars().skip(skipped).collect::<String>().replace('\n', "⏎");
    let temperature = value("temperature")?;
    set_text(
        "odds-words",
        &words(
            if at < prompt_length() { "odds-prompt" } else { "odds-here" },
            &[
                ("before", &before),
                ("drawn", &name_of(vocab.character(drawn))),
                ("chance", &percent(of_drawn.before)),
                ("after", &percent(of_drawn.after)),
                ("temperature", &temperature),
            ],
        ),
    );
    let list = element("odds")?;
    list.set_text_content(None);
    let is_listed = all.iter().take(COUNT).any(|odds| odds.id == drawn);
    for odds in all.iter().take(COUNT).chain((!is_listed).then_some(of_drawn)) {
        add(&list, odds, vocab, odds.id == drawn)?;
    }
    set_hidden("odds-head", false);
    set_text("odds-after", &temperature);
    Ok(())
}

fn add(list: &web_sys::Element, odds: &Odds, vocab: &Vocab, is_drawn: bool) -> Result<()> {
    let item = create("li", "odd", "")?;
    set_class(&item, "drawn", is_drawn);
    let shown = match vocab.character(odds.id) {
        '\n' => "⏎".to_owned(),
        ' ' => "␣".to_owned(),
        other => other.to_string(),
    };
    append(&item, &*create("span", "character", &shown)?);
    for (class, share) in [("before", odds.before), ("after", odds.after)] {
        let (bar, fill) = (create("span", "bar", "")?, create("i", class, "")?);
        // Fails only on a property that cannot be set.
        let _ = fill.style().set_property("width", &[&fixed(f64::from(share) * 100.0, 1), "%"].concat());
        append(&bar, &fill);
        append(&bar, &*create("span", "", &percent(share))?);
        append(&item, &bar);
    }
    append(list, &item);
    Ok(())
}

/// Shows no odds.
pub(crate) fn clear() {
    set_text("odds", "");
    set_hidden("odds-head", true);
}
