//! What Keras 2 (by `tf_keras`), Keras 3 and TensorFlow.js wrote of models with hard gates and with layers of unequal size,
//! against their own numbers. The programs in `exchange/parity` made the files; of a SavedModel's `saved_model.pb` the
//! graph, which nobody reads, is left out.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::{fs, path::Path};

use common::{fixture, log_probabilities, vocab};
use exchange::{Model, read, read_folder};
use model::{Card, GateFunction, Weights};
use serde_json::Value;

fn files(folder: &Path, inside: &str) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("{inside}{}", path.file_name().unwrap().to_string_lossy());
        match path.is_dir() {
            true => files.extend(self::files(&path, &format!("{name}/"))),
            false => files.push((name, fs::read(path).unwrap())),
        }
    }
    files
}

/// A model by its name among the fixtures: a folder or a file.
fn model(name: &str) -> Model {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/others").join(name);
    match folder.is_dir() {
        true => read_folder(files(&folder, "")).unwrap(),
        false => read(fixture(&format!("others/{name}"))).unwrap(),
    }
}

fn taken(model: Model) -> Weights {
    let imported = model.into_weights(Some(&vocab().into()), Card::default()).unwrap();
    // Only that smaller layers are filled up is to be said.
    assert!(imported.notes.iter().all(|note| note.contains("filled up")), "{:?}", imported.notes);
    imported.weights
}

#[test]
fn they_compute_what_their_frameworks_do() {
    let reference: Value = serde_json::from_slice(&fixture("others/reference.json")).unwrap();
    let text = reference["text"].as_str().unwrap();
    let models = reference["log_probabilities"].as_object().unwrap();
    assert_eq!(models.len(), 10);
    for (name, expected) in models {
        let model = model(name);
        // Keras 2.3 and later take sigmoid, unless they are told otherwise.
        let model = match name.as_str() {
            "hard_weights.h5" => model.with_gates(GateFunction::HardSigmoid),
            _ => model,
        };
        let weights = taken(model);
        let sigmoid = matches!(name.as_str(), "notebook_model" | "unequal_model");
        assert_eq!(weights.gates == GateFunction::Sigmoid, sigmoid, "{name}");
        let expected: Vec<Vec<f64>> = serde_json::from_value(expected.clone()).unwrap();
        let ours = log_probabilities(&weights, text);
        assert_eq!(ours.len(), expected.len());
        let pairs = ours.concat().into_iter().zip(expected.concat());
        let apart = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        println!("{name}: {apart:.1e}");
        assert!(apart < 1e-5, "{name}: {apart:.1e}");
    }
}
