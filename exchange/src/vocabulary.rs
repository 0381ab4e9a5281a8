//! What the characters of a model are: a vocabulary from a file, in any of the forms that people keep one in.

mod foreign;
mod marks;
mod tables;

use corpus::{Choice, CorpusError};
use foreign::{Foreign, encoded_half, escaped_half, foreign};
use model::{Vocab, VocabError};
use serde_json::Value;
pub(crate) use tables::list;
use thiserror::Error;

use crate::Characters;

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
    /// Numbers of which more are missing than there are.
    #[error("the vocabulary's numbers must be ids that count up; {0} is missing among {1}")]
    Gap(usize, usize),
    /// A number twice.
    #[error("the vocabulary has the number {0} twice; every character must have an id of its own")]
    Twice(usize),
    /// Several tables in one file that differ.
    #[error(
        "the file has several tables of characters, and `{0}` and `{1}` differ; give a file with the right one alone"
    )]
    Tables(String, String),
    /// A pickle.
    #[error(
        "the file is a pickle, which is a program to be run rather than text; save the vocabulary as JSON and give that: python3 -c \"import json, pickle; json.dump(pickle.load(open('vocab.pkl', 'rb')), open('vocab.json', 'w'))\""
    )]
    Pickle,
    /// An array of NumPy's.
    #[error(
        "the file is an array of NumPy's; save the vocabulary as JSON and give that: python3 -c \"import json, numpy; json.dump(numpy.load('vocab.npy', allow_pickle=True).tolist(), open('vocab.json', 'w'))\""
    )]
    Numpy,
    /// Half a character.
    #[error(
        "the vocabulary has {0}, which is half a character: the text was taken apart into the halves of surrogate pairs (as JavaScript's text[i] does with an emoji), so its model writes halves; take the text apart into whole characters (in JavaScript: Array.from(text)) or leave the emoji out, and train the model again"
    )]
    Half(String),
}

/// Reads a vocabulary, or the text that has it.
///
/// JSON is what has a name that ends in `.json`, or begins with `[`, `{` or `"` and is JSON throughout:
///
/// - a list of characters, in the order of their ids;
/// - an object from characters to ids (the course notebook's `char_indices`) or from ids to characters
///   (`indices_char`), or a list of such pairs; ids may be left out, as Keras's Tokenizer does with 0;
/// - an object that has one of these inside, or several that agree;
/// - a string, which is then read as plain text is;
/// - the course notebook's corpus, cleaned as the notebook does; `choice` says which of it.
///
/// Marks (`[UNK]`, `<pad>`) may stand among the characters: they are ids that are never drawn.
///
/// Plain text in which no character occurs twice is the vocabulary itself, in that order. One line end after it does
/// not count: a vocabulary that ends in a line end can be given as JSON. All other text is a corpus, whose distinct
/// characters are sorted, as the notebook does.
///
/// # Errors
/// Says what is wrong with the file.
pub fn read_vocab(name: &str, bytes: Vec<u8>, choice: &Choice<'_>) -> Result<Characters, VocabularyError> {
    match foreign(&bytes) {
        Some(Foreign::Pickle) => return Err(VocabularyError::Pickle),
        Some(Foreign::Numpy) => return Err(VocabularyError::Numpy),
        None => {}
    }
    if let Some(half) = encoded_half(&bytes).filter(|_| std::str::from_utf8(&bytes).is_err()) {
        return Err(VocabularyError::Half(half));
    }
    let text = corpus::text(bytes)?;
    let trimmed = text.trim_start();
    let named = corpus::is_json(name);
    if !named && !trimmed.starts_with(['[', '{', '"']) {
        return from_text(&text);
    }
    match serde_json::from_str(trimmed) {
        Ok(value) => from_json(&text, value, choice),
        Err(error) if named => Err(match escaped_half(trimmed) {
            Some(half) => VocabularyError::Half(half),
            None => CorpusError::Json(error.to_string()).into(),
        }),
        Err(_) => from_text(&text),
    }
}

fn from_text(text: &str) -> Result<Characters, VocabularyError> {
    let line = text.strip_suffix('\n').unwrap_or(text);
    Ok(match Vocab::from_characters(line.chars()) {
        Ok(vocab) => vocab.into(),
        Err(_) => Characters::from_text(text)?,
    })
}

fn from_json(text: &str, value: Value, choice: &Choice<'_>) -> Result<Characters, VocabularyError> {
    if let Some(table) = tables::table(&value) {
        return table;
    }
    match value {
        // Python's json.dump(tokenizer.to_json(), …) is JSON within JSON.
        Value::String(text) => match tables::json_inside(&text) {
            Some(Value::Object(fields)) => tables::inside(&fields).unwrap_or(Err(VocabularyError::Shape)),
            _ => from_text(&text),
        },
        Value::Object(fields) => match tables::inside(&fields) {
            Some(table) => table,
            None if fields.values().all(Value::is_object) => {
                drop(fields);
                let (_, text) = corpus::notebook(text.trim_start(), choice)?;
                Ok(Characters::from_text(&text)?)
            }
            None => Err(VocabularyError::Shape),
        },
        _ => Err(VocabularyError::Shape),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, text: &str, expected: &str) {
        let outcome = match read_vocab(name, text.into(), &Choice::default()) {
            Ok(characters) => characters.vocab().unwrap().characters().iter().collect(),
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
    fn marks_and_ids_that_are_left_out() {
        check("v.json", r#"["[UNK]", "b", "a"]"#, "ba");
        check("v.json", r#"["", "[UNK]", "b", null, "a"]"#, "ba");
        check("v.json", r#"{"b": 1, "a": 2}"#, "ba");
        check("v.json", r#"{"<pad>": 0, "<eos>": 3, "b": 2, "a": 1}"#, "ab");
        check("v.json", r#"[["b", 0], ["a", 1]]"#, "ba");
        check("v.json", r#"[[1, "b"], [0, "a"]]"#, "ab");
        check("v.json", r#"{"b": "0", "a": "1"}"#, "ba");
    }

    #[test]
    fn tables_inside() {
        check("v.json", r#"{"char2idx": {"b": 0, "a": 1}, "idx2char": ["b", "a"]}"#, "ba");
        check("v.json", r#"{"char2idx": {"b": 0, "a": 1}, "idx2char": {"0": "b", "1": "a"}}"#, "ba");
        check("v.json", r#"{"seq_len": 40, "chars": ["b", "a"], "files": ["x.txt"]}"#, "ba");
        check("v.json", r#"{"model": {"vocab": {"b": 0, "a": 1}}, "special": ["<pad>"]}"#, "ba");
        let keras = r#"{"class_name": "Tokenizer", "config": {"char_level": true, "word_counts": "{\"a\": 3, \"b\": 4}",
            "word_index": "{\"b\": 1, \"a\": 2}", "index_word": "{\"1\": \"b\", \"2\": \"a\"}"}}"#;
        check("v.json", keras, "ba");
        check("v.json", &Value::String(keras.to_owned()).to_string(), "ba");
        check("v.json", r#"{"x": {"b": 0, "a": 1}, "y": {"a": 0, "b": 1}}"#, "`x` and `y` differ");
        check("v.json", r#"{"vocab": {"the": 0, "a": 1}}"#, "the entry \"the\"");
        check("v.json", r#"{"size": 3}"#, "the entry \"size\"");
    }

    #[test]
    fn names_what_is_no_text_and_halves() {
        check("v.json", r#"["a", "\ud83d", "\ude00"]"#, "\\ud83d, which is half a character");
        check("v.json", r#"["a", "\ud83d\ude00"]"#, "a😀");
        let read =
            |bytes: &[u8]| read_vocab("v", bytes.to_vec(), &Choice::default()).unwrap_err().to_string();
        let error = read(b"\x80\x04\x95\x83\x01.");
        assert!(error.contains("is a pickle") && error.contains("json.dump(pickle.load"), "{error}");
        assert!(read(b"\x93NUMPY\x01").contains("numpy.load"));
        assert!(read(b"[\"a\", \"\xed\xa0\xbd\"]").contains("half a character"));
    }

    #[test]
    fn says_what_is_wrong() {
        check("v.json", r#"["the", "a"]"#, "the entry \"the\", which is not one character");
        check("v.json", r#"["", "a"]"#, "needs at least 2");
        check("v.json", r#"{"a": 0, "b": 0}"#, "has the number 0 twice");
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
