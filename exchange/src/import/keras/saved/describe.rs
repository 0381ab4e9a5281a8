//! The description of a SavedModel's layers, which Keras wrote as JSON: from TensorFlow 2.5 on in a file of its own, before
//! that among the objects of `saved_model.pb`.

use serde_json::Value;

use super::proto::{Cut, all, last};
use crate::{
    ImportError,
    format::Format,
    import::{
        archive::MAX_TEXT,
        folder::{Folder, SAVED_MODEL},
    },
};

const METADATA: &str = "keras_metadata.pb";

/// The model's description, if there is one.
pub(super) fn description(folder: &Folder) -> Result<Option<Value>, ImportError> {
    let (name, objects) = match folder.get(METADATA) {
        Some(metadata) => (METADATA, listed(metadata)),
        None => (SAVED_MODEL, folder.get(SAVED_MODEL).map_or(Ok(Vec::new()), among_objects)),
    };
    let broken = |problem: &str| ImportError::broken(Format::Keras, format!("{name} {problem}"));
    let objects = objects.map_err(|Cut| broken("ends in the middle"))?;
    // The model is the first of its kind; models within it come later.
    let is_model = |kind: &[u8]| {
        kind == b"_tf_keras_sequential" || kind == b"_tf_keras_network" || kind == b"_tf_keras_model"
    };
    let Some((_, json)) = objects.into_iter().find(|(kind, json)| is_model(kind) && !json.is_empty()) else {
        return Ok(None);
    };
    if json.len() as u64 > MAX_TEXT {
        return Err(broken("has too long a description"));
    }
    let value = serde_json::from_slice(json)
        .map_err(|error| broken(&format!("has a description that is no JSON ({error})")))?;
    Ok(Some(value))
}

/// What objects are, and their descriptions.
type Objects<'a> = Vec<(&'a [u8], &'a [u8])>;

/// Those of `keras_metadata.pb`.
fn listed(metadata: &[u8]) -> Result<Objects<'_>, Cut> {
    all(metadata, 1)?.into_iter().map(|node| Ok((last(node, 4)?, last(node, 5)?))).collect()
}

/// Those of `saved_model.pb`: its first graph's objects, of which Keras's are made by users.
fn among_objects(saved: &[u8]) -> Result<Objects<'_>, Cut> {
    let graph = all(saved, 2)?.first().copied().unwrap_or_default();
    let nodes = all(last(graph, 7)?, 1)?.into_iter();
    nodes
        .map(|node| {
            let user = last(node, 4)?;
            Ok((last(user, 1)?, last(user, 3)?))
        })
        .collect()
}
