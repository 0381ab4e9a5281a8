//! Models of several files: what TensorFlow's and Keras's own programs wrote (the graph of `saved_model.pb`, which nobody
//! reads, left out), against the same numbers in double precision.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::io::{Cursor, Write};

use common::{fixture, log_probabilities, reference, vocab, weights};
use exchange::{Imported, read, read_folder};
use model::{Card, Weights};
use serde_json::{Value, json};
use zip::{ZipWriter, write::SimpleFileOptions};

type Files = Vec<(String, Vec<u8>)>;

fn folder(name: &str, metadata: bool) -> Files {
    let mut paths =
        vec!["saved_model.pb", "variables/variables.index", "variables/variables.data-00000-of-00001"];
    paths.extend(metadata.then_some("keras_metadata.pb"));
    paths.into_iter().map(|path| (format!("{name}/{path}"), fixture(&format!("{name}/{path}")))).collect()
}

fn imported(files: Files) -> Result<Imported, String> {
    let read =
        read_folder(files).and_then(|model| model.into_weights(Some(&vocab().into()), Card::default()));
    read.map_err(|error| error.to_string())
}

fn zipped(files: &Files, separator: &str) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (path, bytes) in files {
        archive.start_file(path.replace('/', separator), SimpleFileOptions::default()).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

#[track_caller]
fn assert_agrees(weights: &Weights, name: &str) {
    let expected: Value = serde_json::from_slice(&fixture("folders.json")).unwrap();
    let ours = log_probabilities(weights, reference()["text"].as_str().unwrap());
    let expected: Vec<Vec<f64>> = serde_json::from_value(expected[name].clone()).unwrap();
    assert_eq!(ours.len(), expected.len());
    for (ours, expected) in ours.concat().iter().zip(expected.concat()) {
        assert!((ours - expected).abs() < 1e-5, "{ours} against {expected}");
    }
}

#[test]
fn a_saved_model_and_what_keras_exports() {
    for (name, metadata, units) in [("saved_model", true, 6), ("exported_model", false, 6)] {
        let files = folder(name, metadata);
        let read = imported(files.clone()).unwrap();
        assert_eq!(read.weights.hidden(), units);
        assert_eq!(read.notes.is_empty(), metadata, "{:?}", read.notes);
        assert_agrees(&read.weights, name);
        for separator in ["/", "\\"] {
            let bytes = zipped(&files, separator);
            let again = exchange::import(bytes, Some(&vocab().into()), Card::default()).unwrap();
            assert_eq!(again, read.weights);
        }
    }
    // Without its description the order of the variables tells the layers.
    assert_agrees(&imported(folder("saved_model", false)).unwrap().weights, "saved_model");
}

#[test]
fn a_folder_that_lacks_files() {
    for missing in 1..3 {
        let mut files = folder("saved_model", true);
        let (path, _) = files.remove(missing);
        let error = imported(files).unwrap_err();
        assert!(
            error.contains(path.strip_prefix("saved_model/").unwrap()) && error.contains("zip"),
            "{error}"
        );
    }
    let error = read(fixture("saved_model/saved_model.pb")).unwrap_err().to_string();
    assert!(error.contains("saved_model.pb is one of several files"), "{error}");
    assert!(imported(vec![("notes.json".to_owned(), Vec::new())]).unwrap_err().contains("no model file"));
}

#[test]
fn altered_folders() {
    // Every byte of the small files in turn, and the numbers cut anywhere.
    for at in 1..4 {
        let files = folder("saved_model", true);
        for place in (0..files[at].1.len()).step_by(7) {
            for change in [1u8, 0x80, 0xff] {
                let mut files = files.clone();
                files[at].1[place] ^= change;
                let _ = imported(files);
            }
            let mut files = files.clone();
            files[at].1.truncate(place);
            let _ = imported(files);
        }
    }
}

/// A model as TensorFlow.js writes it.
fn tfjs(weights: &Weights, quantized: bool) -> Files {
    let mut layers = Vec::new();
    let mut listed = Vec::new();
    let mut bytes = Vec::new();
    let mut add = |name: String, shape: &[usize], values: &[f32]| {
        let mut entry = json!({"name": name, "shape": shape, "dtype": "float32"});
        if quantized {
            entry["quantization"] =
                json!({"dtype": "uint8", "scale": 1.0 / 128.0, "min": -1.0, "original_dtype": "float32"});
            bytes.extend(values.iter().map(|value| ((value + 1.0) * 128.0).round() as u8));
        } else {
            bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
        }
        listed.push(entry);
    };
    for (number, layer) in weights.layers.iter().enumerate() {
        let name = format!("lstm_LSTM{}", number + 1);
        layers.push(json!({"class_name": "LSTM", "config": {"name": name, "activation": "tanh", "recurrent_activation": "sigmoid"}}));
        let gates = 4 * layer.hidden;
        add(format!("{name}/kernel"), &[layer.input, gates], &layer.kernel);
        add(format!("{name}/recurrent_kernel"), &[layer.hidden, gates], &layer.recurrent);
        add(format!("{name}/bias"), &[gates], &layer.bias);
    }
    layers.push(json!({"class_name": "Dense", "config": {"name": "dense_Dense1", "activation": "softmax"}}));
    let vocab = weights.vocab.len();
    add("dense_Dense1/kernel".to_owned(), &[weights.hidden(), vocab], &weights.dense.kernel);
    add("dense_Dense1/bias".to_owned(), &[vocab], &weights.dense.bias);
    let half = bytes.len() / 2;
    let model = json!({
        "format": "layers-model",
        "modelTopology": {"keras_version": "tfjs-layers 4.22.0", "backend": "tensor_flow.js",
            "model_config": {"class_name": "Sequential", "config": {"name": "s", "layers": layers}}},
        "weightsManifest": [{"paths": ["group1-shard1of2.bin", "./group1-shard2of2.bin"], "weights": listed}],
    });
    vec![
        ("model.json".to_owned(), model.to_string().into_bytes()),
        ("group1-shard1of2.bin".to_owned(), bytes[..half].to_vec()),
        ("group1-shard2of2.bin".to_owned(), bytes[half..].to_vec()),
    ]
}

#[test]
fn a_layers_model_of_tensorflow_js() {
    let weights = weights(5, 2);
    assert_eq!(imported(tfjs(&weights, false)).unwrap().weights, weights);
    let rounded = imported(tfjs(&weights, true)).unwrap().weights;
    for (ours, exact) in rounded.tensors().iter().zip(weights.tensors()) {
        let near = ours.values.iter().zip(exact.values).all(|(a, b)| (a - b).abs() <= 1.0 / 256.0 + 1e-6);
        assert!(near, "{}", ours.name);
    }
    let mut files = tfjs(&weights, false);
    files.pop();
    assert!(imported(files.clone()).unwrap_err().contains("group1-shard2of2.bin is not there"));
    let alone = read(files.swap_remove(0).1).unwrap_err().to_string();
    assert!(alone.contains("model.json is one of several files"), "{alone}");
    let graph = br#"{"format": "graph-model", "modelTopology": {"node": []}}"#.to_vec();
    assert!(read(graph).unwrap_err().to_string().contains("tfjs_layers_model"));
}
