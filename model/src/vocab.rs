//! The characters a model knows, in the order of their ids.

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;

/// Most characters a vocabulary may have: enough for any alphabetic corpus, small enough to stay honest.
const MAX_CHARACTERS: usize = 4096;

/// The distinct characters of a corpus; a character's place is its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vocab {
    characters: Vec<char>,
    ids: BTreeMap<char, u32>,
}

/// Why a set of characters is no vocabulary.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum VocabError {
    /// Fewer than two distinct characters.
    #[error("the text has {0} distinct character(s), but a model needs at least 2; use a longer text")]
    TooFew(usize),
    /// More characters than a model may have.
    #[error(
        "the text has {0} distinct characters, but a model takes at most {MAX_CHARACTERS}; normalise the text or leave out rare characters"
    )]
    TooMany(usize),
    /// A character twice.
    #[error(
        "the vocabulary lists the character {} twice; every character may stand there once",
        quoted_character(*.0)
    )]
    Duplicate(char),
}

/// Characters of a text that the vocabulary lacks.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "the model does not know the character{} {}; it knows: {known}",
    if characters.len() == 1 { "" } else { "s" },
    list(characters)
)]
pub struct UnknownCharacters {
    /// The unknown characters, sorted, each once.
    pub characters: Vec<char>,
    /// The characters the model knows, as one line.
    pub known: String,
}

fn list(characters: &[char]) -> String {
    let shown: Vec<String> = characters.iter().take(8).map(|&c| quoted_character(c)).collect();
    let more = characters.len().saturating_sub(8);
    if more == 0 { shown.join(", ") } else { format!("{} and {more} more", shown.join(", ")) }
}

fn quoted_character(character: char) -> String {
    quoted(character.encode_utf8(&mut [0; 4]), '\'')
}

/// A text in quotation marks, at most 40 characters of it, with an escape for what one could not see or would take for
/// the mark.
///
/// What `{:?}` does with all of Unicode's tables, which the page would have to load.
pub(crate) fn quoted(text: &str, mark: char) -> String {
    let mut shown = String::from(mark);
    for character in text.chars().take(40) {
        match character {
            '\n' => shown.push_str("\\n"),
            '\t' => shown.push_str("\\t"),
            // Control characters, no-break space, soft hyphen, spaces without a width, marks of direction and of
            // byte order.
            '\0'..='\u{1f}'
            | '\u{7f}'..='\u{a0}'
            | '\u{ad}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}' => shown.extend(character.escape_unicode()),
            _ => {
                if character == mark || character == '\\' {
                    shown.push('\\');
                }
                shown.push(character);
            }
        }
    }
    shown.push(mark);
    shown
}

impl Vocab {
    /// The distinct characters of `text`, sorted by code point as Python's `sorted(set(text))` does.
    ///
    /// # Errors
    /// If the text has fewer than two distinct characters, or too many.
    pub fn from_text(text: &str) -> Result<Self, VocabError> {
        // Nearly all characters of most texts are ASCII, and a gigabyte of them should not take a minute.
        let mut ascii = [false; 128];
        let mut distinct = BTreeSet::new();
        for character in text.chars() {
            match ascii.get_mut(character as usize) {
                Some(seen) => *seen = true,
                None => {
                    distinct.insert(character);
                }
            }
        }
        distinct.extend((0..128u8).filter(|&c| ascii[usize::from(c)]).map(char::from));
        Self::from_characters(distinct)
    }

    /// A vocabulary in the order given: the first character has id 0.
    ///
    /// # Errors
    /// If there are fewer than two characters, too many, or one of them twice.
    pub fn from_characters(characters: impl IntoIterator<Item = char>) -> Result<Self, VocabError> {
        let characters: Vec<char> = characters.into_iter().collect();
        if characters.len() < 2 {
            return Err(VocabError::TooFew(characters.len()));
        }
        if characters.len() > MAX_CHARACTERS {
            return Err(VocabError::TooMany(characters.len()));
        }
        let mut ids = BTreeMap::new();
        for (&character, id) in characters.iter().zip(0u32..) {
            if ids.insert(character, id).is_some() {
                return Err(VocabError::Duplicate(character));
            }
        }
        Ok(Self { characters, ids })
    }

    /// How many characters there are.
    #[expect(clippy::len_without_is_empty, reason = "a vocabulary has at least two characters")]
    pub fn len(&self) -> usize {
        self.characters.len()
    }

    /// The characters in the order of their ids.
    pub fn characters(&self) -> &[char] {
        &self.characters
    }

    /// The id of a character, if the vocabulary has it.
    pub fn id(&self, character: char) -> Option<u32> {
        self.ids.get(&character).copied()
    }

    /// The character of an id; the replacement character for an id out of range.
    pub fn character(&self, id: u32) -> char {
        self.characters.get(id as usize).copied().unwrap_or(char::REPLACEMENT_CHARACTER)
    }

    /// The ids of a text.
    ///
    /// # Errors
    /// If the text has characters the vocabulary lacks: all of them are named.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>, UnknownCharacters> {
        let (ids, unknown) = self.encode_known(text);
        if unknown.is_empty() {
            return Ok(ids);
        }
        let mut distinct = BTreeSet::new();
        distinct.extend(unknown);
        Err(UnknownCharacters {
            characters: distinct.into_iter().collect(),
            known: self.characters.iter().filter(|c| !c.is_control()).collect::<String>().trim().to_owned(),
        })
    }

    /// The ids of the characters of `text` that the vocabulary has, and those it lacks, in text order.
    pub fn encode_known(&self, text: &str) -> (Vec<u32>, Vec<char>) {
        let mut ids = Vec::with_capacity(text.len());
        let mut unknown = Vec::new();
        for character in text.chars() {
            match self.id(character) {
                Some(id) => ids.push(id),
                None => unknown.push(character),
            }
        }
        (ids, unknown)
    }

    /// The text of some ids.
    pub fn decode(&self, ids: &[u32]) -> String {
        ids.iter().map(|&id| self.character(id)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_prelude::test;

    #[test]
    fn sorts_and_round_trips() {
        let vocab = Vocab::from_text("hello\nworld").unwrap();
        assert_eq!(vocab.characters().iter().collect::<String>(), "\ndehlorw");
        let ids = vocab.encode("hold").unwrap();
        assert_eq!(vocab.decode(&ids), "hold");
    }

    #[test]
    fn names_what_it_lacks() {
        let vocab = Vocab::from_text("abc").unwrap();
        let error = vocab.encode("abé€€").unwrap_err().to_string();
        assert_eq!(error, "the model does not know the characters 'é', '€'; it knows: abc");
    }

    #[test]
    fn shows_what_cannot_be_seen() {
        let vocab = Vocab::from_text("abc").unwrap();
        let error = vocab.encode("a\n\t\0\u{7f}'\\\"\u{feff}").unwrap_err().to_string();
        let shown = r#"'\u{0}', '\t', '\n', '"', '\'', '\\', '\u{7f}', '\u{feff}';"#;
        assert_eq!(error, format!("the model does not know the characters {shown} it knows: abc"));
        let error = VocabError::Duplicate('\n').to_string();
        assert!(error.contains(r"the character '\n' twice"), "{error}");
        assert_eq!(quoted("it's \"x\"", '"'), r#""it's \"x\"""#);
        assert_eq!(quoted(&"é".repeat(100), '"'), format!("\"{}\"", "é".repeat(40)));
    }

    #[test]
    fn refuses_what_is_no_vocabulary() {
        assert_eq!(Vocab::from_text(""), Err(VocabError::TooFew(0)));
        assert_eq!(Vocab::from_text("aaa"), Err(VocabError::TooFew(1)));
        assert_eq!(Vocab::from_characters("aba".chars()), Err(VocabError::Duplicate('a')));
    }
}
