//! Files that are no text at all, and texts with halves of characters, told by what they begin with or have in them.

/// What a vocabulary's file is, if it is one that another program must read first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Foreign {
    Pickle,
    Numpy,
}

/// Tells a pickle and an array of NumPy's from text.
pub(super) fn foreign(bytes: &[u8]) -> Option<Foreign> {
    match bytes {
        [0x93, b'N', b'U', b'M', b'P', b'Y', ..] => Some(Foreign::Numpy),
        // A pickle of protocol 2 and newer names its protocol, and ends in a full stop.
        [0x80, 2..=5, ..] => Some(Foreign::Pickle),
        // The oldest is text: an empty dict or list, put into the memo.
        [b'(', b'd' | b'l', b'p', b'0', b'\n', ..] | [b']' | b'}', b'q', 0, ..] => Some(Foreign::Pickle),
        _ => None,
    }
}

/// A half of a surrogate pair that is escaped in JSON without its other half, as it is written there.
pub(super) fn escaped_half(json: &str) -> Option<String> {
    let mut rest = json;
    while let Some(at) = rest.find('\\') {
        let escape = rest.get(at..)?;
        let Some(unit) = unit(escape) else {
            // Whatever follows the backslash is part of it.
            let next = escape.chars().nth(1).map_or(0, char::len_utf8);
            rest = escape.get(1 + next..)?;
            continue;
        };
        let behind = escape.get(6..)?;
        let is_low = |unit: &u32| (0xdc00..0xe000).contains(unit);
        match unit {
            0xd800..0xdc00 if self::unit(behind).filter(is_low).is_some() => rest = behind.get(6..)?,
            0xd800..0xe000 => return Some(escape.get(..6)?.to_owned()),
            _ => rest = behind,
        }
    }
    None
}

/// The number of `\uXXXX` at the beginning.
fn unit(text: &str) -> Option<u32> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    u32::from_str_radix(digits, 16).ok()
}

/// A half of a surrogate pair in bytes that would be UTF-8 otherwise, as Python's "surrogatepass" writes it.
pub(super) fn encoded_half(bytes: &[u8]) -> Option<String> {
    let half = bytes.windows(3).find(|bytes| matches!(bytes, [0xed, 0xa0..=0xbf, 0x80..=0xbf]))?;
    let [first, second, third] = <[u8; 3]>::try_from(half).ok()?.map(u32::from);
    Some(format!("\\u{:04x}", (first & 0x0f) << 12 | (second & 0x3f) << 6 | third & 0x3f))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_found_and_pairs_are_not() {
        assert_eq!(escaped_half(r#"["a", "\ud83d"]"#).unwrap(), "\\ud83d");
        assert_eq!(escaped_half(r#"["\ude00"]"#).unwrap(), "\\ude00");
        assert_eq!(escaped_half(r#"["\ud83d\ud83d\ude00"]"#).unwrap(), "\\ud83d");
        assert_eq!(escaped_half(r#"["\ud83d\ude00", "\n", "\\ud83d", "\u00e9"]"#), None);
        assert_eq!(escaped_half("\\"), None);
        assert_eq!(encoded_half(b"a\xed\xa0\xbd").unwrap(), "\\ud83d");
        assert_eq!(encoded_half("한é".as_bytes()), None);
    }

    #[test]
    fn pickles_are_told() {
        for pickle in [&b"\x80\x04\x95."[..], b"\x80\x02}q\x00.", b"(dp0\n.", b"(lp0\nS'a'\n.", b"}q\x00."] {
            assert_eq!(foreign(pickle), Some(Foreign::Pickle));
        }
        assert_eq!(foreign(b"\x93NUMPY\x01"), Some(Foreign::Numpy));
        assert_eq!(foreign("(dp: a stage direction)".as_bytes()), None);
    }
}
