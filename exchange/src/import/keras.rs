//! Keras: the zip archive `.keras`, weights alone in `.weights.h5`, and the older complete models and weights in `.h5`.

mod config;
mod cudnn;
mod layer;
mod legacy;
mod lookup;
mod named;
mod nodes;
pub(super) mod saved;
pub(super) mod tfjs;
mod variables;
mod version;
mod weights_only;

use serde_json::Value;

use super::{
    archive::{Archive, MAX_NUMBERS, MAX_TEXT},
    folder::{Folder, unpacked},
    gates::Slope,
    hdf5::Hdf5,
    model::Model,
};
use crate::{Characters, ImportError, format::Format};

/// Files of Keras's archive.
pub(super) const CONFIG: &str = "config.json";
const METADATA: &str = "metadata.json";
const WEIGHTS: &str = "model.weights.h5";

/// Reads an archive.
pub(super) fn read_archive(bytes: &[u8]) -> Result<Model, ImportError> {
    let mut archive = Archive::open(bytes)?;
    if archive.has_ending("data.pkl") {
        return Err(ImportError::Pickle);
    }
    if !archive.has(CONFIG) {
        return super::read_folder(unpacked(&mut archive)?);
    }
    if !archive.has(WEIGHTS) {
        let problem = format!("its archive has no {WEIGHTS}: it was saved in several files, or as npz");
        return Err(broken(problem));
    }
    let config = archive.read(CONFIG, MAX_TEXT)?;
    let metadata = archive.has(METADATA).then(|| archive.read(METADATA, MAX_TEXT)).transpose()?;
    read_parts(&config, metadata.as_deref(), archive.read(WEIGHTS, MAX_NUMBERS)?)
}

/// Reads the folder that such an archive is of, as `model.save_to_folder` and unpacking leave it.
pub(super) fn read_unpacked(folder: &Folder) -> Result<Model, ImportError> {
    let part = |name: &str| folder.get(name).filter(|bytes| bytes.len() as u64 <= MAX_TEXT);
    let weights = folder.get(WEIGHTS).ok_or_else(|| broken(format!("the folder has no {WEIGHTS}")))?;
    read_parts(part(CONFIG).unwrap_or_default(), part(METADATA), weights.to_vec())
}

fn read_parts(config: &[u8], metadata: Option<&[u8]>, weights: Vec<u8>) -> Result<Model, ImportError> {
    let config = json(CONFIG, config)?;
    let metadata = metadata.map_or(Ok(Value::Null), |metadata| json(METADATA, metadata))?;
    let version = metadata.get("keras_version").and_then(Value::as_str);
    let description = config::describe(&config, version::slope(version, Slope::Sixth))?;
    // What we write beside Keras's own metadata.
    let characters = metadata
        .get("vocabulary")
        .and_then(Value::as_str)
        .and_then(Characters::written)
        .or(description.characters);
    let file = Hdf5::open(weights)?;
    let numbers = variables::described(&file, &description.layers)?.into_numbers()?;
    Ok(Model::foreign(Format::Keras, numbers, characters))
}

/// Reads an HDF5 file, with a description of the model or without.
pub(super) fn read_hdf5(bytes: Vec<u8>) -> Result<Model, ImportError> {
    let file = Hdf5::open(bytes)?;
    let version = file.text("", "keras_version")?;
    let version = version.as_deref();
    let hard = version::slope(version, Slope::Fifth);
    let (parts, characters) = match file.text("", "model_config")? {
        Some(config) => {
            let description = config::describe(&json("model_config", config.as_bytes())?, hard)?;
            // What we write, as JSON.
            let written = file.text("", "vocabulary")?.and_then(|text| serde_json::from_str(&text).ok());
            let written = written.and_then(|text: String| Characters::written(&text));
            (legacy::described(&file, &description.layers)?, written.or(description.characters))
        }
        None => match file.texts("", "layer_names")? {
            Some(names) => {
                let numbers = legacy::weights_only(&file, names, hard)?.into_numbers()?;
                let model = Model::foreign(Format::Keras, numbers, None);
                return Ok(model.unless_said(version::default_gates(version)));
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
