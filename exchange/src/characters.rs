//! What the ids of a model stand for: characters, marks, or nothing at all.

use model::{Vocab, VocabError};

use crate::{ImportError, error::shown};

/// How many ids that stand for nothing may follow the last that stands for something: `Embedding(len(word_index) + 1)`.
const MAX_BEHIND: usize = 1;
/// How many characters of a text are kept, to try an imported model on.
const SAMPLE: usize = 4000;
/// How many marks or ids a sentence lists.
const LISTED: usize = 8;

/// What the ids of a model stand for.
///
/// A mark (`[UNK]`, `<pad>`) and an id that stands for nothing are no characters: an imported model has neither, so that
/// they are never drawn.
#[derive(Debug, Clone)]
pub struct Characters {
    /// Ids and characters, by id; no id and no character twice.
    characters: Vec<(usize, char)>,
    /// Ids and marks, by id.
    marks: Vec<(usize, String)>,
    /// Whether the ids were given, so that some may be left out; otherwise they count up from 0.
    numbered: bool,
    /// The text that they were taken from, if it was one.
    text: Option<Text>,
}

/// A text whose characters these are.
#[derive(Debug, Clone)]
struct Text {
    /// How it begins.
    sample: String,
    /// Its characters once it is in lower case.
    lowered: Option<Vocab>,
    /// Whether the characters were given beside it.
    is_beside: bool,
}

/// What is kept of a model: the ids, in the order of the new ones, and what they stand for.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) ids: Vec<usize>,
    pub(crate) vocab: Vocab,
    /// What is to be said of the others.
    pub(crate) notes: Vec<String>,
}

impl Characters {
    /// The distinct characters of a text, sorted.
    ///
    /// # Errors
    /// If the text has fewer than two distinct characters, or too many.
    pub fn from_text(text: &str) -> Result<Self, VocabError> {
        let mut characters = Self::from(Vocab::from_text(text)?);
        let lowered = Vocab::from_text(&text.to_lowercase()).ok();
        characters.text =
            Some(Text { sample: text.chars().take(SAMPLE).collect(), lowered, is_beside: false });
        Ok(characters)
    }

    /// What our own exports say beside their numbers: all characters in the order of their ids, if they are a vocabulary.
    pub(crate) fn written(characters: &str) -> Option<Self> {
        Vocab::from_characters(characters.chars()).ok().map(Self::from)
    }

    /// Characters and marks with their ids. `numbered` says that ids may be left out.
    pub(crate) fn new(
        mut characters: Vec<(usize, char)>,
        mut marks: Vec<(usize, String)>,
        numbered: bool,
    ) -> Result<Self, VocabError> {
        characters.sort_unstable();
        marks.sort_unstable();
        // Refuses too few, too many, and one twice.
        Vocab::from_characters(characters.iter().map(|&(_, character)| character))?;
        Ok(Self { characters, marks, numbered, text: None })
    }

    /// The characters in the order of their ids, without marks.
    ///
    /// # Errors
    /// None: they were checked when they were read.
    pub fn vocab(&self) -> Result<Vocab, VocabError> {
        Vocab::from_characters(self.characters.iter().map(|&(_, character)| character))
    }

    /// The same with a text that the model was trained on, if they were taken from none: an imported model is tried on it.
    #[must_use]
    pub fn with_text(mut self, text: &str) -> Self {
        let sample = text.chars().take(SAMPLE).collect();
        self.text.get_or_insert(Text { sample, lowered: None, is_beside: true });
        self
    }

    /// How the text begins that they were taken from or that was given beside them, and whether it is the latter.
    pub(crate) fn sample(&self) -> Option<(&str, bool)> {
        self.text.as_ref().map(|text| (text.sample.as_str(), text.is_beside))
    }

    /// The same of the text in lower case, if they were taken from a text.
    pub fn lowered(&self) -> Option<Self> {
        let Text { sample, lowered, is_beside } = self.text.as_ref()?;
        let lowered = lowered.clone()?;
        let sample = sample.to_lowercase();
        let text = Text { sample, lowered: Some(lowered.clone()), is_beside: *is_beside };
        Some(Self { text: Some(text), ..Self::from(lowered) })
    }

    /// How many ids the vocabulary itself knows of.
    fn highest(&self) -> usize {
        let last = |last: Option<usize>| last.map_or(0, |id| id.saturating_add(1));
        last(self.characters.last().map(|&(id, _)| id)).max(last(self.marks.last().map(|&(id, _)| id)))
    }

    /// Whether both say the same of every id.
    pub(crate) fn agrees(&self, other: &Self) -> bool {
        self.characters == other.characters
    }

    /// What is kept of a model of so many ids.
    pub(crate) fn kept(&self, model: usize) -> Result<Kept, ImportError> {
        let highest = self.highest();
        let behind = if self.numbered { MAX_BEHIND } else { 0 };
        if !(highest..=highest.saturating_add(behind)).contains(&model) {
            return Err(self.refusal(model));
        }
        let is_known = |id: usize| {
            self.characters.binary_search_by_key(&id, |&(id, _)| id).is_ok()
                || self.marks.binary_search_by_key(&id, |(id, _)| *id).is_ok()
        };
        let mut notes = Vec::new();
        let nothing: Vec<usize> = (0..model).filter(|&id| !is_known(id)).collect();
        if !nothing.is_empty() {
            let ids = listed(nothing.iter().map(usize::to_string));
            notes.push(match nothing.len() {
                1 => format!("the id {ids} stands for nothing and is never drawn"),
                _ => format!("the ids {ids} stand for nothing and are never drawn"),
            });
        }
        if !self.marks.is_empty() {
            let marks = listed(self.marks.iter().map(|(_, mark)| format!("`{}`", shown(mark.as_str()))));
            notes.push(match self.marks.len() {
                1 => format!("the mark {marks} is no character and is never drawn"),
                _ => format!("the marks {marks} are no characters and are never drawn"),
            });
        }
        let vocab = self.vocab().map_err(|error| ImportError::Structure(format!("is of no use: {error}")))?;
        Ok(Kept { ids: self.characters.iter().map(|&(id, _)| id).collect(), vocab, notes })
    }

    /// Why these cannot be the characters of a model of so many ids.
    fn refusal(&self, model: usize) -> ImportError {
        let given = self.characters.len() + self.marks.len();
        let lowered = self.text.as_ref().and_then(|text| text.lowered.as_ref());
        if lowered.is_some_and(|lowered| lowered.len() == model) {
            return ImportError::LowerCase { model, given };
        }
        let first =
            self.characters.iter().map(|&(id, _)| id).chain(self.marks.iter().map(|&(id, _)| id)).min();
        if self.numbered && first == Some(1) && self.highest() == model + 1 {
            return ImportError::FromOne { model };
        }
        if !self.numbered && self.text.is_none() && model == given + 1 {
            return ImportError::OneMore { model, given };
        }
        ImportError::Characters { model, given }
    }
}

impl From<Vocab> for Characters {
    fn from(vocab: Vocab) -> Self {
        let characters = vocab.characters().iter().copied().enumerate().collect();
        Self { characters, marks: Vec::new(), numbered: false, text: None }
    }
}

/// Some of a list, with commas.
fn listed(items: impl ExactSizeIterator<Item = String>) -> String {
    let more = items.len().saturating_sub(LISTED);
    let shown: Vec<String> = items.take(LISTED).collect();
    let shown = shown.join(", ");
    if more == 0 { shown } else { format!("{shown} and {more} more") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(pairs: &[(usize, char)]) -> Characters {
        Characters::new(pairs.to_vec(), Vec::new(), true).unwrap()
    }

    #[test]
    fn ids_that_stand_for_nothing_are_left_out() {
        let from_one = numbered(&[(2, 'b'), (1, 'a'), (3, 'c')]);
        let kept = from_one.kept(4).unwrap();
        assert_eq!(kept.ids, [1, 2, 3]);
        assert_eq!(kept.notes, ["the id 0 stands for nothing and is never drawn"]);
        assert_eq!(kept.vocab.characters(), ['a', 'b', 'c']);
        let gaps = numbered(&[(0, 'a'), (2, 'b'), (3, 'c')]).kept(5).unwrap();
        assert_eq!(gaps.notes, ["the ids 1, 4 stand for nothing and are never drawn"]);
        assert!(matches!(from_one.kept(3), Err(ImportError::FromOne { model: 3 })));
        assert!(matches!(from_one.kept(6), Err(ImportError::Characters { model: 6, given: 3 })));
    }

    #[test]
    fn marks_are_left_out_and_said() {
        let marks = vec![(0, "<pad>".to_owned()), (3, "[UNK]".to_owned())];
        let characters = Characters::new(vec![(1, 'a'), (2, 'b')], marks, false).unwrap();
        let kept = characters.kept(4).unwrap();
        assert_eq!(kept.ids, [1, 2]);
        assert_eq!(kept.notes, ["the marks `<pad>`, `[UNK]` are no characters and are never drawn"]);
        assert!(matches!(characters.kept(5), Err(ImportError::OneMore { model: 5, given: 4 })));
    }

    #[test]
    fn a_text_that_fits_in_lower_case_is_told() {
        let text = Characters::from_text("Abab").unwrap();
        assert!(matches!(text.kept(2), Err(ImportError::LowerCase { model: 2, given: 3 })));
        assert_eq!(text.lowered().unwrap().kept(2).unwrap().vocab.characters(), ['a', 'b']);
        assert!(matches!(text.kept(4), Err(ImportError::Characters { model: 4, given: 3 })));
    }
}
