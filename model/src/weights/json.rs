//! The part of JSON that the header of a safetensors file is made of: objects, lists, strings and integers.

use std::borrow::Cow;

/// Reads a text from its beginning. Every method skips white space, takes what it is named for, and says `None` if
/// something else stands there; nothing calls itself, so that no text can exhaust the stack.
pub(super) struct Json<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Json<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// `{"key": …, …}`: `value` takes what belongs to a key.
    pub(super) fn object(
        &mut self,
        value: &mut dyn FnMut(&mut Self, Cow<'a, str>) -> Option<()>,
    ) -> Option<()> {
        self.items([b'{', b'}'], &mut |json| {
            let key = json.string()?;
            json.expect(b':')?;
            value(json, key)
        })
    }

    /// `[1, 2, …]`
    pub(super) fn numbers(&mut self) -> Option<Vec<usize>> {
        let mut numbers = Vec::new();
        self.items([b'[', b']'], &mut |json| {
            numbers.push(json.number()?);
            Some(())
        })?;
        Some(numbers)
    }

    /// `"…"`, borrowed if it has no escapes.
    pub(super) fn string(&mut self) -> Option<Cow<'a, str>> {
        self.expect(b'"')?;
        let mut string = Cow::Borrowed("");
        loop {
            let rest = self.text.get(self.at..)?;
            let length = rest.bytes().position(|byte| matches!(byte, b'"' | b'\\' | ..0x20))?;
            string += rest.get(..length)?;
            self.at += length;
            match self.byte()? {
                b'"' => return Some(string),
                b'\\' => string.to_mut().push(self.escaped()?),
                _ => return None,
            }
        }
    }

    /// Nothing but white space to the end.
    pub(super) fn end(&mut self) -> Option<()> {
        self.skip_space();
        (self.at == self.text.len()).then_some(())
    }

    fn items(&mut self, [open, close]: [u8; 2], item: &mut dyn FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.expect(open)?;
        if self.expect(close).is_some() {
            return Some(());
        }
        loop {
            item(self)?;
            if self.expect(close).is_some() {
                return Some(());
            }
            self.expect(b',')?;
        }
    }

    /// Digits, without a zero in front: JSON knows none.
    fn number(&mut self) -> Option<usize> {
        self.skip_space();
        let start = self.at;
        let mut number = 0usize;
        while let Some(byte @ b'0'..=b'9') = self.peek() {
            if number == 0 && self.at > start {
                return None;
            }
            number = number.checked_mul(10)?.checked_add(usize::from(byte - b'0'))?;
            self.at += 1;
        }
        (self.at > start).then_some(number)
    }

    /// What stands behind a backslash.
    fn escaped(&mut self) -> Option<char> {
        Some(match self.byte()? {
            byte @ (b'"' | b'\\' | b'/') => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let mut code = self.hexadecimal()?;
                if let 0xd800..0xdc00 = code {
                    // Half of a character, whose other half follows.
                    let (b'\\', b'u') = (self.byte()?, self.byte()?) else { return None };
                    let low = self.hexadecimal()?.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
                    code = 0x1_0000 + ((code - 0xd800) << 10) + low;
                }
                char::from_u32(code)?
            }
            _ => return None,
        })
    }

    fn hexadecimal(&mut self) -> Option<u32> {
        let mut code = 0;
        for _ in 0..4 {
            code = code << 4 | char::from(self.byte()?).to_digit(16)?;
        }
        Some(code)
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        self.skip_space();
        if self.peek()? != byte {
            return None;
        }
        self.at += 1;
        Some(())
    }

    fn skip_space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    fn byte(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_prelude::test;

    fn string(text: &str) -> Option<Cow<'_, str>> {
        let mut json = Json::new(text);
        let string = json.string()?;
        json.end()?;
        Some(string)
    }

    fn numbers(text: &str) -> Option<Vec<usize>> {
        let mut json = Json::new(text);
        let numbers = json.numbers()?;
        json.end()?;
        Some(numbers)
    }

    #[test]
    fn reads_strings_as_serde_json_does() {
        for text in [
            r#" "plain é " "#,
            r#""""#,
            r#""\"\\\/\b\f\n\r\t""#,
            r#""é\u0416\ud83d\ude00 \uD83D\uDE00x""#,
            r#""\ud83d""#,
            r#""\ud83d\n""#,
            r#""\ud83d\u0041""#,
            r#""\ud83d\ud83d""#,
            r#""\ude00""#,
            r#""\ude00\ud83d""#,
            r#""\u00g0""#,
            r#""\u+123""#,
            r#""\u00""#,
            r#""\x""#,
            r#""\""#,
            r#"""#,
            r#""é\"#,
            r#""\é""#,
            "\"line\nbreak\"",
            "\"nul\0\"",
            "\"\u{7f}\u{80}\"",
            r#"'no'"#,
            r#""a" "b""#,
            "",
        ] {
            let expected: Option<String> = serde_json::from_str(text).ok();
            assert_eq!(string(text).as_deref(), expected.as_deref(), "{text}");
        }
        assert!(matches!(string(r#""plain""#), Some(Cow::Borrowed(_))));
    }

    #[test]
    fn reads_numbers_as_serde_json_does() {
        for text in [
            "[]",
            " [ 0 , 10\n,\t2]\r",
            "[1,]",
            "[,1]",
            "[1 2]",
            "[01]",
            "[00]",
            "[-1]",
            "[-0]",
            "[+1]",
            "[1.0]",
            "[1e2]",
            "[99999999999999999999]",
            "[1",
            "[",
            "1",
            "[[1]]",
            "[null]",
            "[1]]",
        ] {
            let expected: Option<Vec<usize>> = serde_json::from_str(text).ok();
            assert_eq!(numbers(text), expected, "{text}");
        }
    }
}
