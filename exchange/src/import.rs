//! Models of other frameworks in.

mod archive;
#[cfg(feature = "burn")]
mod burn;
mod filled;
mod folder;
mod gates;
mod hdf5;
mod keras;
mod matrices;
mod model;
mod natural;
mod numbers;
mod parts;
mod pytorch;
mod tried;

use ::model::{Card, Weights};
pub use folder::is_part;
use folder::{Folder, SAVED_MODEL, TFJS};
pub use model::{Imported, Model};

use crate::{Characters, ImportError};

/// What begins a zip archive.
const ZIP: &[u8] = b"PK\x03\x04";
/// What begins a `saved_model.pb`: the number of its schema, and a graph.
const SAVED_MODEL_START: &[u8] = &[8, 1, 18];
/// What begins a record of burn: "BURN" as a number, lowest byte first.
const BURN: &[u8] = b"NRUB";

/// Reads a model file. Its first bytes tell whose it is; its name does not matter.
///
/// What is read: Keras's `.keras`, `.weights.h5` and older `.h5`; a PyTorch state dict in safetensors; with the feature
/// `burn` a record of burn's `Lstm` and `Linear`; weights of our own, as they are. Everything that a file declares is
/// compared with its length before memory is taken for it.
///
/// If the file has numbers alone (`.weights.h5`, PyTorch, burn), the layers are taken to work as they do by default:
/// tanh and sigmoid inside (before Keras 2.3 hard_sigmoid), the logits on top.
///
/// # Errors
/// Says what is wrong with the file, or which of its layers cannot be imported, and what to do.
pub fn read(bytes: Vec<u8>) -> Result<Model, ImportError> {
    if bytes.starts_with(ZIP) {
        keras::read_archive(&bytes)
    } else if bytes.starts_with(hdf5::SIGNATURE) {
        keras::read_hdf5(bytes)
    } else if bytes.starts_with(BURN) {
        burn_record(bytes)
    } else if bytes.starts_with(b"{") && keras::tfjs::is_description(&bytes) {
        keras::tfjs::read(&Folder::alone(TFJS, bytes))
    } else if bytes.starts_with(SAVED_MODEL_START) {
        Err(ImportError::Beside { first: SAVED_MODEL, missing: "variables".to_owned() })
    } else if let [0x80, 2..=5, ..] = bytes.as_slice() {
        Err(ImportError::Pickle)
    } else if bytes.get(8) == Some(&b'{') {
        // The length of a header in JSON, and the header.
        pytorch::read(&bytes)
    } else {
        Err(ImportError::Unknown)
    }
}

/// Reads a model of several files, by their paths in a folder: TensorFlow's SavedModel, a layers model of TensorFlow.js, an
/// unpacked `.keras`. Which files are of use [`is_part`] tells; others are passed over.
///
/// # Errors
/// As [`read()`], and if the folder has no such model.
pub fn read_folder(files: Vec<(String, Vec<u8>)>) -> Result<Model, ImportError> {
    let has = |name: &str| files.iter().any(|(path, _)| path.rsplit(['/', '\\']).next() == Some(name));
    type Reader = fn(&Folder) -> Result<Model, ImportError>;
    let kinds: [(&str, Reader); 3] =
        [(SAVED_MODEL, keras::saved::read), (TFJS, keras::tfjs::read), (keras::CONFIG, keras::read_unpacked)];
    let kind = kinds.into_iter().find(|(name, _)| has(name));
    let found = kind.and_then(|(name, read)| Some((Folder::around(files, name)?, read)));
    found.map_or(Err(ImportError::Unknown), |(folder, read)| read(&folder))
}

/// Reads a model file into weights: [`read()`] and [`Model::into_weights`] in one, without the notes.
///
/// # Errors
/// Those of the two.
pub fn import(bytes: Vec<u8>, characters: Option<&Characters>, card: Card) -> Result<Weights, ImportError> {
    Ok(read(bytes)?.into_weights(characters, card)?.weights)
}

#[cfg(feature = "burn")]
fn burn_record(bytes: Vec<u8>) -> Result<Model, ImportError> {
    burn::read(bytes)
}

#[cfg(not(feature = "burn"))]
fn burn_record(_: Vec<u8>) -> Result<Model, ImportError> {
    Err(ImportError::CommandLine)
}
