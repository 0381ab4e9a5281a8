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
    #[error("the vocabulary lists the character {0:?} twice; every character may stand there once")]
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
    let shown: Vec<String> = characters.iter().take(8).map(|c| format!("{c:?}")).collect();
    let more = characters.len().saturating_sub(8);
    if more == 0 { shown.join(", ") } else { format!("{} and {more} more", shown.join(", ")) }
}

impl Vocab {
    /// The distinct characters of `text`, sorted by code point as Python's `sorted(set(text))` does.
    ///
    /// # Errors
    /// Where the text has fewer than two distinct characters, or too many.
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
    /// Where there are fewer than two characters, too many, or one of them twice.
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
    /// Where the text has characters the vocabulary lacks: all of them are named.
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
    fn refuses_what_is_no_vocabulary() {
        assert_eq!(Vocab::from_text(""), Err(VocabError::TooFew(0)));
        assert_eq!(Vocab::from_text("aaa"), Err(VocabError::TooFew(1)));
        assert_eq!(Vocab::from_characters("aba".chars()), Err(VocabError::Duplicate('a')));
    }
}
