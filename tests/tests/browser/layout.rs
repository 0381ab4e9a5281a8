//! How a script is set: its cast, its headings and names, and plain.

use model::cast;
use tests::{
    Result, Visit, Webgpu,
    site::{script, weights},
};

#[test]
fn lists_the_cast_and_highlights_its_lines() -> Result {
    let visit = Visit::with(Webgpu::Missing).open_written("?model=deep-space-nine&length=1500&seed=3")?;
    let text = script(&weights("deep-space-nine")?, "SISKO: ", 0.6, 1500, 3)?;
    let members = cast(&text).members;
    assert!(members.len() > 2);
    let lines = |count: usize| if count == 1 { "1 line".to_owned() } else { format!("{count} lines") };
    let expected: Vec<String> =
        members.iter().map(|(name, count)| format!("{name}{}", lines(*count))).collect();
    assert_eq!(visit.read_all("#cast li")?, expected);
    let (name, count) = &members[0];
    visit.press("#cast button")?;
    assert_eq!(visit.property("#cast button", "ariaPressed")?, "true");
    let cues = visit.read_all(".picked > .who")?;
    assert_eq!(cues.len(), *count);
    assert!(cues.iter().all(|cue| cue.starts_with(name.as_str())), "{cues:?}");
    visit.press("#cast button")?;
    assert!(visit.read_all(".picked")?.is_empty());
    Ok(())
}

#[test]
fn sets_a_script_apart_and_shows_it_plain() -> Result {
    let prompt = "[Ops]\n\nKIRA [on viewscreen]: (whispers) Go.\n";
    let query = "?model=deep-space-nine&length=30&prompt=%5BOps%5D%0A%0AKIRA%20%5Bon%20viewscreen%5D%3A%20(whispers)%20Go.%0A";
    let visit = Visit::with(Webgpu::Missing).open_written(query)?;
    assert!(visit.read("#script")?.starts_with(prompt));
    assert_eq!(visit.read_all(".heading")?[0], "[Ops]\n");
    assert!(visit.read_all(".line.speech > .who")?.concat().starts_with("KIRA [on viewscreen]: "));
    let bold = "getComputedStyle(document.querySelector('.who')).fontWeight";
    assert_eq!(visit.value(bold)?, "700");
    visit.press("#plain")?;
    assert_eq!(visit.value(bold)?, "400");
    visit.press("#generate")?;
    visit.wait("location.hash.includes('plain=1')")?;
    Ok(())
}
