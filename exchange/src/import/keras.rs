//! Keras: the zip archive `.keras`, weights alone in `.weights.h5`, and the older complete models and weights in `.h5`.

mod config;
mod cudnn;
mod layer;
mod legacy;
mod lookup;
mod nodes;
mod variables;
mod version;
mod weights_only;

use serde_json::Value;
use version::Gates;

use super::{
    archive::{Archive, MAX_NUMBERS, MAX_TEXT},
    hdf5::Hdf5,
    model::Model,
};
use crate::{Characters, ImportError, format::Format};

/// Files of Keras's archive.
const CONFIG: &str = "config.json";
const METADATA: &str = "metadata.json";
const WEIGHTS: &str = "model.weights.h5";

/// Reads an archive.
pub(super) fn read_archive(bytes: &[u8]) -> Result<Model, ImportError> {
    let mut archive = Archive::open(bytes)?;
    if archive.has_ending("data.pkl") {
        return Err(ImportError::Pickle);
    }
    if !archive.has(CONFIG) {
        return Err(ImportError::Unknown);
    }
    if !archive.has(WEIGHTS) {
        let problem = format!("its archive has no {WEIGHTS}: it was saved in several files, or as npz");
        return Err(broken(problem));
    }
    let config = json(CONFIG, &archive.read(CONFIG, MAX_TEXT)?)?;
    let description = config::describe(&config)?;
    let metadata = match archive.has(METADATA) {
        true => json(METADATA, &archive.read(METADATA, MAX_TEXT)?)?,
        false => Value::Null,
    };
    // What we write beside Keras's own metadata.
    let characters = metadata
        .get("vocabulary")
        .and_then(Value::as_str)
        .and_then(Characters::written)
        .or(description.characters);
    let file = Hdf5::open(archive.read(WEIGHTS, MAX_NUMBERS)?)?;
    let numbers = variables::described(&file, &description.layers)?.into_numbers()?;
    Ok(Model::foreign(Format::Keras, numbers, characters))
}

/// Reads an HDF5 file, with a description of the model or without.
pub(super) fn read_hdf5(bytes: Vec<u8>) -> Result<Model, ImportError> {
    let file = Hdf5::open(bytes)?;
    let (parts, characters) = match file.text("", "model_config")? {
        Some(config) => {
            let description = config::describe(&json("model_config", config.as_bytes())?)?;
            (legacy::described(&file, &description.layers)?, description.characters)
        }
        None => match file.texts("", "layer_names")? {
            Some(names) => {
                let (parts, has_plain) = legacy::weights_only(&file, names)?;
                let version = file.text("", "keras_version")?;
                let model = Model::foreign(Format::Keras, parts.into_numbers()?, None);
                return Ok(match has_plain.then(|| version::default_gates(version.as_deref())) {
                    Some(Gates::Asked(version)) => model.asking(version),
                    Some(Gates::Unknown) => model.with_note(
                        "the file does not say which Keras wrote it; the gates of its LSTM are taken to be sigmoid, but before Keras 2.3 they were hard_sigmoid".to_owned(),
                    ),
                    Some(Gates::Sigmoid) | None => model,
                });
            }
            None => (weights_only::parts(&file)?, None),
        },
    };
    Ok(Model::foreign(Format::Keras, parts.into_numbers()?, characters))
}

fn json(name: &str, bytes: &[u8]) -> Result<Value, ImportError> {
    serde_json::from_slice(bytes).map_err(|error| broken(format!("{name}: {error}")))
}

fn broken(problem: String) -> ImportError {
    ImportError::broken(Format::Keras, problem)
}
