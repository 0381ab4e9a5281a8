//! Colours of links.

/// The six hexadecimal digits of a colour, with or without `#` in front; nothing for anything else.
pub fn colour(text: &str) -> Option<&str> {
    let digits = text.trim_start_matches('#');
    (digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(digits)
}

/// Whether black is better to be read than white on a colour: by its luma (Rec. 601).
pub fn is_light(digits: &str) -> bool {
    let channel =
        |at: usize| digits.get(at..at + 2).and_then(|two| u32::from_str_radix(two, 16).ok()).unwrap_or(0);
    channel(0) * 299 + channel(2) * 587 + channel(4) * 114 > 128 * 1000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_a_colour_and_what_can_be_read_on_it() {
        assert_eq!(colour("#9a4a1f"), Some("9a4a1f"));
        for text in ["9a4a1", "9a4a1g", "#9a4a1f0", "", "ééé"] {
            assert_eq!(colour(text), None, "{text}");
        }
        assert_eq!(["ffffff", "9a4a1f", "000000", "e8a06f"].map(is_light), [true, false, false, true]);
    }
}
