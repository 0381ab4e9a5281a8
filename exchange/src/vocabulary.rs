//! What the characters of a model are: a vocabulary from a file, in any of the forms that people keep one in.

use corpus::{Choice, CorpusError};
use model::{Vocab, VocabError};
use serde_json::{Map, Value};
use thiserror::Error;

use crate::error::shown;

/// Why a file is no vocabulary. None of these names the file: whoever opened it does.
#[derive(Debug, Error)]
pub enum VocabularyError {
    /// Not UTF-8, or not the notebook's JSON.
    #[error("the file {0}")]
    Corpus(#[from] CorpusError),
    /// The characters are no vocabulary.
    #[error(transparent)]
    Vocab(#[from] VocabError),
    /// JSON of another shape.
    #[error(
        "the file is JSON, but no vocabulary: that is a list of characters, an object from characters to numbers or from numbers to characters, or a text"
    )]
    Shape,
    /// A word where a character should be.
    #[error(
        "the vocabulary has the entry {0:?}, which is not one character; Scriptorium's models write one character after another, so a model of words or parts of words cannot be imported"
    )]
    Word(String),
    /// Numbers that do not count up.
    #[error("the vocabulary's numbers must be 0, 1, 2 and so on, each once; {0} is missing among {1}")]
    Gap(usize, usize),
}

/// Reads a vocabulary, or the text that has it.
///
/// JSON is what has a name that ends in `.json`, or begins with `[`, `{` or `"` and is JSON throughout:
///
/// - a list of characters, in the order of their ids;
/// - an object from characters to ids (the course notebook's `char_indices`) or from ids to characters
///   (`indices_char`); the ids count up from 0;
/// - a string, which is then read as plain text is;
/// - the course notebook's corpus, cleaned as the notebook does; `choice` says which of it.
///
/// Plain text in which no character occurs twice is the vocabulary itself, in that order. One line end after it does
/// not count: a vocabulary that ends in a line end can be given as JSON. All other text is a corpus, whose distinct
/// characters are sorted, as the notebook does.
///
/// # Errors
/// Says what is wrong with the file.
pub fn read_vocab(name: &str, bytes: Vec<u8>, choice: &Choice<'_>) -> Result<Vocab, VocabularyError> {
    let text = corpus::text(bytes)?;
    let trimmed = text.trim_start();
    let named = corpus::is_json(name);
    if !named && !trimmed.starts_with(['[', '{', '"']) {
        return from_text(&text);
    }
    match serde_json::from_str(trimmed) {
        Ok(value) => from_json(&text, value, choice),
        Err(error) if named => Err(CorpusError::Json(error.to_string()).into()),
        Err(_) => from_text(&text),
    }
}

fn from_text(text: &str) -> Result<Vocab, VocabularyError> {
    let line = text.strip_suffix('\n').unwrap_or(text);
    Ok(match Vocab::from_characters(line.chars()) {
        Ok(vocab) => vocab,
        Err(_) => Vocab::from_text(text)?,
    })
}

fn from_json(text: &str, value: Value, choice: &Choice<'_>) -> Result<Vocab, VocabularyError> {
    match value {
        Value::String(text) => from_text(&text),
        Value::Array(items) => {
            let characters = items.iter().map(|item| character(item.as_str().ok_or(VocabularyError::Shape)?));
            Ok(Vocab::from_characters(characters.collect::<Result<Vec<char>, _>>()?)?)
        }
        Value::Object(fields) if fields.values().all(Value::is_number) => {
            let pairs = fields.iter().map(|(text, id)| Ok((number(id.as_u64())?, character(text)?)));
            from_pairs(pairs.collect::<Result<_, VocabularyError>>()?)
        }
        Value::Object(fields) if fields.values().all(Value::is_string) => from_pairs(numbered(&fields)?),
        Value::Object(fields) if fields.values().all(Value::is_object) => {
            drop(fields);
            let (_, text) = corpus::notebook(text.trim_start(), choice)?;
            Ok(Vocab::from_text(&text)?)
        }
        _ => Err(VocabularyError::Shape),
    }
}

/// Pairs from an object with the ids as keys.
fn numbered(fields: &Map<String, Value>) -> Result<Vec<(usize, char)>, VocabularyError> {
    let pair = |(id, text): (&String, &Value)| {
        let text = text.as_str().ok_or(VocabularyError::Shape)?;
        Ok((number(id.parse().ok())?, character(text)?))
    };
    fields.iter().map(pair).collect()
}

fn number(id: Option<u64>) -> Result<usize, VocabularyError> {
    id.and_then(|id| usize::try_from(id).ok()).ok_or(VocabularyError::Shape)
}

fn from_pairs(mut pairs: Vec<(usize, char)>) -> Result<Vocab, VocabularyError> {
    pairs.sort_unstable();
    let count = pairs.len();
    if let Some((at, _)) = pairs.iter().enumerate().find(|(at, (id, _))| at != id) {
        return Err(VocabularyError::Gap(at, count));
    }
    Ok(Vocab::from_characters(pairs.into_iter().map(|(_, character)| character))?)
}

fn character(text: &str) -> Result<char, VocabularyError> {
    let mut characters = text.chars();
    match (characters.next(), characters.next()) {
        (Some(character), None) => Ok(character),
        _ => Err(VocabularyError::Word(shown(text))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, text: &str, expected: &str) {
        let outcome = match read_vocab(name, text.into(), &Choice::default()) {
            Ok(vocab) => vocab.characters().iter().collect(),
            Err(error) => error.to_string(),
        };
        assert!(outcome == expected || expected.len() > 8 && outcome.contains(expected), "{outcome}");
    }

    #[test]
    fn json_in_all_its_shapes() {
        check("v.json", r#"["b", "a", "\n"]"#, "ba\n");
        check("v", r#" ["b", "a"] "#, "ba");
        check("v.json", r#"{"b": 0, "a": 2, "é": 1}"#, "béa");
        check("v.json", r#"{"0": "b", "10": "k", "2": "c", "1": "a"}"#, "3 is missing among 4");
        check("v.txt", r#"{"0": "b", "1": "a"}"#, "ba");
        check("v.json", r#""cab""#, "cab");
        check("v.json", r#""cabac""#, "abc");
        let seven = "\\n".repeat(7);
        check("v.json", &format!(r#"{{"DS9": {{"episode 0": "t{seven}baa{seven}x"}}}}"#), "ab");
    }

    #[test]
    fn text_is_a_vocabulary_or_a_corpus() {
        check("v.txt", "zaö\n", "zaö");
        check("v.txt", "\nza\n", "\nza");
        check("v.txt", "zaz\n", "\naz");
        // A stage direction is no JSON.
        check("c.txt", "[Abab", "A[ab");
    }

    #[test]
    fn says_what_is_wrong() {
        check("v.json", r#"["the", "a"]"#, "the entry \"the\", which is not one character");
        check("v.json", r#"["", "a"]"#, "not one character");
        check("v.json", r#"{"a": 0, "b": 0}"#, "1 is missing among 2");
        check("v.json", r#"{"a": 0, "b": -1}"#, "is JSON, but no vocabulary");
        check("v.json", r#"{"a": 0, "b": 1.5}"#, "is JSON, but no vocabulary");
        check("v.json", "[1, 2]", "is JSON, but no vocabulary");
        check("v.json", "[", "is not the notebook's JSON");
        check("v.json", "{}", "needs at least 2");
        check("v.json", r#"["a", "a"]"#, "lists the character 'a' twice");
        check("v.txt", "", "needs at least 2");
        let error = read_vocab("v.txt", vec![b'a', 0xff], &Choice::default()).unwrap_err().to_string();
        assert!(error.contains("is not UTF-8"), "{error}");
        check("v.json", &"[".repeat(100_000), "is not the notebook's JSON");
    }
}
