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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_escaped() {
        let plain = "ROMEO:\n\tIch weiß – 你好";
        assert!(matches!(printable(plain), Cow::Borrowed(text) if text == plain));
        assert_eq!(printable("a\u{1b}[2J\r\u{7}\u{7f}\u{9b}b\n"), "a\\u{1b}[2J\\r\\u{7}\\u{7f}\\u{9b}b\n");
    }
}
