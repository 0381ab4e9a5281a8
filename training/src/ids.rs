//! A text as ids, narrow in memory: a corpus of a gigabyte is a gigabyte of ids.

use std::{ops::Range, sync::Arc};

use model::Vocab;

/// A stretch of a text's ids. Stretches of one text share its memory.
#[derive(Debug, Clone)]
pub struct Ids {
    all: Arc<All>,
    range: Range<usize>,
}

/// The ids of a text, as narrow as its vocabulary allows.
#[derive(Debug)]
enum All {
    Bytes(Vec<u8>),
    Words(Vec<u16>),
}

impl Ids {
    /// The ids of a text. Characters that the vocabulary lacks are left out; one made from the text lacks none.
    pub fn encode(vocab: &Vocab, text: &str) -> Self {
        // Vocabularies have at most 4,096 characters, so a word always holds an id.
        let ascii: Vec<Option<u16>> = (0..128u8).map(|c| vocab.id(c.into()).map(|id| id as u16)).collect();
        let id = |c: char| match ascii.get(c as usize) {
            Some(id) => *id,
            None => vocab.id(c).map(|id| id as u16),
        };
        let all = if vocab.len() <= 256 {
            // As many bytes as the text has: the length in characters is not known yet, and is at most this.
            let mut bytes = Vec::with_capacity(text.len());
            bytes.extend(text.chars().filter_map(id).map(|id| id as u8));
            All::Bytes(bytes)
        } else {
            All::Words(text.chars().filter_map(id).collect())
        };
        Self::all_of(all)
    }

    fn all_of(all: All) -> Self {
        let length = match &all {
            All::Bytes(ids) => ids.len(),
            All::Words(ids) => ids.len(),
        };
        Self { all: Arc::new(all), range: 0..length }
    }

    /// Number of ids.
    pub fn len(&self) -> usize {
        self.range.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.range.is_empty()
    }

    /// The id at a place of the stretch.
    pub fn at(&self, place: usize) -> u32 {
        match &*self.all {
            All::Bytes(ids) => ids[self.range.start + place].into(),
            All::Words(ids) => ids[self.range.start + place].into(),
        }
    }

    /// The first `count` ids and the rest.
    pub fn split_at(&self, count: usize) -> (Self, Self) {
        let middle = self.range.start + count.min(self.len());
        let part = |range| Self { all: self.all.clone(), range };
        (part(self.range.start..middle), part(middle..self.range.end))
    }
}

/// Ids below 65,536, for tests and measurements.
impl FromIterator<u16> for Ids {
    fn from_iter<I: IntoIterator<Item = u16>>(ids: I) -> Self {
        Self::all_of(All::Words(ids.into_iter().collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn narrow_and_wide_say_the_same() {
        let text = "héllo, wörld: ☕";
        let wide: String = (0x4e00..0x4f80).filter_map(char::from_u32).chain(text.chars()).collect();
        for vocab in [text, &wide] {
            let vocab = Vocab::from_text(vocab).unwrap();
            let ids = Ids::encode(&vocab, text);
            let found: Vec<u32> = (0..ids.len()).map(|place| ids.at(place)).collect();
            assert_eq!(vocab.decode(&found), text);
            let (first, rest) = ids.split_at(5);
            assert_eq!((first.len(), rest.len()), (5, 10));
            assert_eq!(rest.at(0), ids.at(5));
            assert_eq!(rest.split_at(3).1.at(0), ids.at(8));
        }
    }
}
