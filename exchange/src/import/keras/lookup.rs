//! Layers that turn characters into ids, with their vocabulary inside.

use serde_json::Value;

use super::layer::name;
use crate::{Characters, ImportError, vocabulary::list};

/// What the ids are that a `StringLookup`, or a `TextVectorization` of characters, gives; `None` if its vocabulary lies
/// in a file of its own.
///
/// First comes the mark for padding, if there is one, then those for unknown characters, then the characters.
pub(super) fn characters(layer: &Value) -> Result<Option<Characters>, ImportError> {
    let wrong = |problem: String| Err(ImportError::layer(name(layer), problem));
    let field = |name: &str| layer.get("config").and_then(|config| config.get(name)).unwrap_or(&Value::Null);
    let is_vectorization = super::layer::class(layer) == "TextVectorization";
    if is_vectorization && field("split").as_str() != Some("character") {
        return wrong(
            "works on words, while Scriptorium's models are of characters; train it with split=\"character\""
                .to_owned(),
        );
    }
    match field("output_mode").as_str() {
        None | Some("int" | "one_hot") => {}
        Some(other) => {
            let other = crate::error::shown(other);
            return wrong(format!(
                "counts characters ({other}) rather than reading one after another; train the model with output_mode=\"int\""
            ));
        }
    }
    if super::layer::is_true(layer, "invert") {
        return wrong(
            "turns ids into characters where the model reads; train it with invert=False".to_owned(),
        );
    }
    let Some(vocabulary) = field("vocabulary").as_array().filter(|vocabulary| !vocabulary.is_empty()) else {
        return Ok(None);
    };
    let is_one_hot = field("output_mode").as_str() == Some("one_hot");
    let mask = is_vectorization || field("mask_token").is_string();
    let unknown = match field("num_oov_indices").as_u64() {
        _ if is_vectorization => 1,
        count => count.unwrap_or(1).min(16) as usize,
    };
    let first = usize::from(mask && !is_one_hot);
    let marks = std::iter::repeat_n("", first).chain(std::iter::repeat_n("[UNK]", unknown)).map(Some);
    let listed = vocabulary.iter().map(Value::as_str).skip_while(|text| matches!(text, Some("" | "[UNK]")));
    match list(marks.chain(listed)) {
        Ok(characters) => Ok(Some(characters)),
        Err(error) => wrong(format!("cannot be used: {error}")),
    }
}
