//! Texts of strangers on the terminal.

use std::borrow::Cow;

/// A text as it may be printed: control characters, with which a text could move the cursor, set colours or rename the
/// window, as escapes such as `\u{1b}`. Line ends and tabs stay.
pub fn printable(text: &str) -> Cow<'_, str> {
    let is_harmless = |c: char| !c.is_control() || matches!(c, '\n' | '\t');
    if text.chars().all(is_harmless) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match is_harmless(character) {
            true => shown.push(character),
            false => shown.extend(character.escape_default()),
        }
    }
    Cow::Owned(shown)
}

/// The same for JSON, in which those up to U+001F have escapes already, and the others have none: it means what it meant.
pub(crate) fn printable_json(json: &str) -> Cow<'_, str> {
    let is_control = |c: char| matches!(c, '\u{7f}'..='\u{9f}');
    if !json.contains(is_control) {
        return Cow::Borrowed(json);
    }
    let mut shown = String::with_capacity(json.len());
    for character in json.chars() {
        match is_control(character) {
            true => shown += &format!("\\u{:04x}", u32::from(character)),
            false => shown.push(character),
        }
    }
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_means_the_same_without_control_characters() {
        let text = "a\u{1b}[2J\u{7f}\u{9b}ü\n";
        let json = serde_json::to_string(text).unwrap();
        let shown = printable_json(&json);
        assert_eq!(shown, "\"a\\u001b[2J\\u007f\\u009bü\\n\"");
        assert_eq!(serde_json::from_str::<String>(&shown).unwrap(), text);
        assert!(matches!(printable_json("{\"a\": \"ü\"}\n"), Cow::Borrowed(_)));
    }

    #[test]
    fn control_characters_are_escaped() {
        let plain = "ROMEO:\n\tIch weiß – 你好";
        assert!(matches!(printable(plain), Cow::Borrowed(text) if text == plain));
        assert_eq!(printable("a\u{1b}[2J\r\u{7}\u{7f}\u{9b}b\n"), "a\\u{1b}[2J\\r\\u{7}\\u{7f}\\u{9b}b\n");
    }
}
