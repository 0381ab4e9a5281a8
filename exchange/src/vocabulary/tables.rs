//! Vocabularies as JSON, in all the shapes that people keep them in.

use serde_json::{Map, Value};

use super::{
    VocabularyError,
    marks::{Entry, entry},
};
use crate::{Characters, error::shown};

/// How deep a table may lie in a file.
const MAX_DEPTH: usize = 6;
/// Names of tables of something else than ids, by a part of them.
const NOT_IDS: [&str; 3] = ["count", "docs", "freq"];

/// The vocabulary that a value is, if it has the shape of one; `None` for any other shape.
///
/// A list of characters in the order of their ids, a list of pairs, an object from characters to ids or from ids to
/// characters.
pub(super) fn table(value: &Value) -> Option<Result<Characters, VocabularyError>> {
    match value {
        Value::Array(items) if items.iter().all(|item| item.is_string() || item.is_null()) => {
            Some(list(items.iter().map(Value::as_str)))
        }
        Value::Array(items) => Some(from_pairs(items.iter().map(pair).collect::<Option<_>>()?)),
        Value::Object(fields) if fields.values().all(Value::is_number) => {
            Some(from_pairs(fields.iter().map(|(text, id)| (Some(text.as_str()), id.as_u64())).collect()))
        }
        Value::Object(fields) if fields.values().all(Value::is_string) => {
            let is_number = |text: &str| text.parse::<u64>().is_ok();
            if fields.keys().all(|key| is_number(key)) {
                Some(from_pairs(fields.iter().map(|(id, text)| (text.as_str(), id.parse().ok())).collect()))
            } else if fields.values().all(|id| id.as_str().is_some_and(is_number)) {
                let id = |id: &Value| id.as_str().and_then(|id| id.parse().ok());
                Some(from_pairs(
                    fields.iter().map(|(text, value)| (Some(text.as_str()), id(value))).collect(),
                ))
            } else {
                None
            }
        }
        _ => None,
    }
}

/// The tables inside an object, which must agree: `{"char2idx": {…}, "idx2char": […]}`, a `tokenizer.json`, what Keras's
/// `Tokenizer.to_json` writes. `None` if there is none.
pub(super) fn inside(fields: &Map<String, Value>) -> Option<Result<Characters, VocabularyError>> {
    let mut found = Vec::new();
    collect(fields, MAX_DEPTH, &mut found);
    let mut wrong = None;
    let mut tables: Vec<(String, Characters)> = Vec::new();
    for (name, table) in found {
        match table {
            Ok(table) => tables.push((name, table)),
            Err(error) => wrong = wrong.or(Some(error)),
        }
    }
    let mut tables = tables.into_iter();
    let Some((first, table)) = tables.next() else { return wrong.map(Err) };
    match tables.find(|(_, other)| !other.agrees(&table)) {
        None => Some(Ok(table)),
        Some((second, _)) => Some(Err(VocabularyError::Tables(shown(first), shown(second)))),
    }
}

fn collect(
    fields: &Map<String, Value>,
    depth: usize,
    found: &mut Vec<(String, Result<Characters, VocabularyError>)>,
) {
    for (name, value) in fields {
        if NOT_IDS.iter().any(|part| name.to_ascii_lowercase().contains(part)) {
            continue;
        }
        let parsed = value.as_str().and_then(json_inside);
        let value = parsed.as_ref().unwrap_or(value);
        match (value, depth.checked_sub(1)) {
            // A list of settings or of marks alone is no vocabulary.
            (Value::Array(items), _) if !items.iter().any(is_character) => {}
            (Value::Object(fields), _) if fields.is_empty() => {}
            (value, depth) => match (table(value), value, depth) {
                (Some(table), ..) => found.push((name.clone(), table)),
                (None, Value::Object(fields), Some(depth)) => collect(fields, depth, found),
                _ => {}
            },
        }
    }
}

/// JSON within a text of JSON.
pub(super) fn json_inside(text: &str) -> Option<Value> {
    let is_open = text.trim_start().starts_with(['{', '[']);
    is_open.then(|| serde_json::from_str(text).ok()).flatten()
}

fn is_character(value: &Value) -> bool {
    match value {
        Value::String(text) => text.chars().count() == 1,
        Value::Array(pair) => pair.iter().any(is_character),
        _ => false,
    }
}

/// A pair of a character and its id, in either order.
fn pair(value: &Value) -> Option<(Option<&str>, Option<u64>)> {
    match value.as_array()?.as_slice() {
        [Value::String(text), Value::Number(id)] | [Value::Number(id), Value::String(text)] => {
            Some((Some(text.as_str()), id.as_u64()))
        }
        _ => None,
    }
}

/// A list in the order of the ids; what is null stands for nothing.
pub(crate) fn list<'a>(items: impl Iterator<Item = Option<&'a str>>) -> Result<Characters, VocabularyError> {
    let (mut characters, mut marks) = (Vec::new(), Vec::new());
    let mut first_word = None;
    for (id, text) in items.enumerate() {
        match entry(text.unwrap_or_default()) {
            Entry::Character(character) => characters.push((id, character)),
            Entry::Mark(mark) => marks.push((id, mark)),
            Entry::Word(word) => first_word = first_word.or(Some(word)),
        }
    }
    finished(characters, marks, first_word, false)
}

/// Characters with their ids.
fn from_pairs(pairs: Vec<(Option<&str>, Option<u64>)>) -> Result<Characters, VocabularyError> {
    let (mut characters, mut marks) = (Vec::new(), Vec::new());
    let mut ids = Vec::with_capacity(pairs.len());
    let mut first_word = None;
    for (text, id) in pairs {
        let id = id.and_then(|id| usize::try_from(id).ok()).ok_or(VocabularyError::Shape)?;
        ids.push(id);
        match entry(text.unwrap_or_default()) {
            Entry::Character(character) => characters.push((id, character)),
            Entry::Mark(mark) => marks.push((id, mark)),
            Entry::Word(word) => first_word = first_word.or(Some(word)),
        }
    }
    ids.sort_unstable();
    if let Some(&[id, _]) = ids.array_windows().find(|[id, next]| id == next) {
        return Err(VocabularyError::Twice(id));
    }
    // Some ids may stand for nothing; more of them than of the others are a sign of something else.
    let highest = ids.last().copied().unwrap_or(0);
    if first_word.is_none() && !ids.is_empty() && highest >= 2 * ids.len() {
        let missing = ids.iter().enumerate().find(|(at, id)| at != *id).map_or(0, |(at, _)| at);
        return Err(VocabularyError::Gap(missing, ids.len()));
    }
    finished(characters, marks, first_word, true)
}

fn finished(
    characters: Vec<(usize, char)>,
    marks: Vec<(usize, String)>,
    first_word: Option<String>,
    numbered: bool,
) -> Result<Characters, VocabularyError> {
    match first_word {
        Some(word) => Err(VocabularyError::Word(shown(word))),
        None => Ok(Characters::new(characters, marks, numbered)?),
    }
}
