//! The figures of a text, as the course's notebook prints them.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    count::count,
    windows::{WINDOW, WINDOW_STEP, windows},
};

/// Windows whose characters and targets are shown.
pub const SHOWN: Range<usize> = 10..15;
/// Characters of the first look at the text.
const FIRST_LOOK: usize = 400;

/// The figures of a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// sha256 of the text.
    pub sha256: String,
    /// Length in characters.
    pub characters: usize,
    /// Number of distinct characters.
    pub distinct: usize,
    /// The distinct characters, sorted by code point: a character's place is its id.
    pub vocabulary: String,
    /// Number of training windows of the notebook's recipe.
    pub windows: usize,
    /// Shape of the notebook's one-hot input: windows, characters a window, vocabulary.
    pub one_hot_shape: [usize; 3],
    /// Id of the first window's target, if there is a window.
    pub first_target_index: Option<usize>,
    /// The windows [`SHOWN`], as far as there are any: each window's text and the character that follows it.
    pub examples: Vec<(String, char)>,
    /// The beginning of the text.
    pub first_look: String,
}

impl Figures {
    /// Counts a text.
    pub fn new(text: &str) -> Self {
        let counts = count(text);
        let characters = counts.values().sum();
        let windows = windows(characters);
        // No more of the text than the last window that is shown.
        let beginning: Vec<char> = text.chars().take(FIRST_LOOK).collect();
        let example = |index: usize| {
            let start = index * WINDOW_STEP;
            let (window, rest) = beginning.get(start..)?.split_at_checked(WINDOW)?;
            Some((window.iter().collect(), *rest.first()?))
        };
        Self {
            sha256: sha256(text),
            characters,
            distinct: counts.len(),
            vocabulary: counts.keys().collect(),
            windows,
            one_hot_shape: [windows, WINDOW, counts.len()],
            first_target_index: beginning.get(WINDOW).map(|target| counts.range(..target).count()),
            examples: SHOWN.map_while(example).collect(),
            first_look: beginning.iter().collect(),
        }
    }
}

/// sha256 of a text in hexadecimal, by which a training knows its text again.
pub fn sha256(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_as_the_notebook_does() {
        let text = "to be, or not to be:\nthat is the question".repeat(3);
        let figures = Figures::new(&text);
        assert_eq!((figures.characters, figures.distinct), (123, 16));
        assert_eq!(figures.vocabulary, "\n ,:abehinoqrstu");
        assert_eq!((figures.windows, figures.one_hot_shape), (21, [21, 20, 16]));
        // The notebook's `text[20]`, a new line, is the first of the vocabulary.
        assert_eq!(figures.first_target_index, Some(0));
        let (window, next) = &figures.examples[0];
        assert_eq!((window.as_str(), *next), (&text[50..70], text.as_bytes()[70].into()));
        assert_eq!(figures.examples.len(), 5);
        assert_eq!(sha256("abc")[..8], *"ba7816bf");
    }

    #[test]
    fn a_short_text_has_what_it_has() {
        let figures = Figures::new("héllo");
        assert_eq!((figures.characters, figures.windows, figures.first_target_index), (5, 0, None));
        assert!(figures.examples.is_empty());
        assert_eq!(figures.first_look, "héllo");
        // Twelve windows: of those that are shown only the first two.
        let figures = Figures::new(&"ab".repeat(40));
        assert_eq!((figures.windows, figures.examples.len()), (12, 2));
    }
}
