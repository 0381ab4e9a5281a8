//! The fixtures that the real frameworks made, and what they compute.
#![allow(dead_code, reason = "no test uses all of it")]

use std::{
    fs,
    io::{Cursor, Read, Write},
    path::PathBuf,
};

use exchange::{Choice, read_vocab};
use model::{Card, Generator, Vocab, Weights, log_softmax, uniform};
use serde_json::Value;
use zip::{ZipArchive, ZipWriter, write::SimpleFileOptions};

/// All fixtures.
pub(crate) const MODELS: [&str; 10] = [
    "notebook.keras",
    "embedding.keras",
    "functional.keras",
    "stacked.weights.h5",
    "embedding.weights.h5",
    "whole.h5",
    "functional.h5",
    "onehot.safetensors",
    "embedding.safetensors",
    "half.safetensors",
];

/// A fixture's bytes.
pub(crate) fn fixture(name: &str) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name);
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

pub(crate) fn reference() -> Value {
    serde_json::from_slice(&fixture("reference.json")).unwrap()
}

pub(crate) fn vocab() -> Vocab {
    read_vocab("vocabulary.json", fixture("vocabulary.json"), &Choice::default()).unwrap().vocab().unwrap()
}

pub(crate) fn import(bytes: Vec<u8>) -> Result<Weights, String> {
    exchange::import(bytes, Some(&vocab().into()), Card::default()).map_err(|error| error.to_string())
}

/// What our generator makes of each prefix of the reference's text.
pub(crate) fn log_probabilities(weights: &Weights, text: &str) -> Vec<Vec<f64>> {
    let mut generator = Generator::new(weights);
    let ids = weights.vocab.encode(text).unwrap();
    ids.into_iter().map(|id| log_softmax(generator.step(id))).collect()
}

/// Weights from the random stream.
pub(crate) fn weights(hidden: usize, layers: usize) -> Weights {
    let mut weights = Weights::zeros(vocab(), Card::default(), hidden, layers).unwrap();
    for (values, row) in weights.values_mut().into_iter().zip(0u32..) {
        for (value, step) in values.iter_mut().zip(0u32..) {
            *value = uniform(9, row, step) - 0.5;
        }
    }
    weights
}

/// A Keras archive with its description changed.
pub(crate) fn described(name: &str, change: impl Fn(&mut Value)) -> Vec<u8> {
    changed(fixture(name), "config.json", change)
}

/// A Keras archive with one of its JSON files changed.
pub(crate) fn changed(archive: Vec<u8>, file: &str, change: impl Fn(&mut Value)) -> Vec<u8> {
    let wanted = file;
    let mut archive = ZipArchive::new(Cursor::new(archive)).unwrap();
    let mut changed = ZipWriter::new(Cursor::new(Vec::new()));
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).unwrap();
        let name = file.name().unwrap().into_owned();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        if name == wanted {
            let mut json = serde_json::from_slice(&bytes).unwrap();
            change(&mut json);
            bytes = json.to_string().into_bytes();
        }
        changed.start_file(name, SimpleFileOptions::default()).unwrap();
        changed.write_all(&bytes).unwrap();
    }
    changed.finish().unwrap().into_inner()
}
