//! What cannot be imported is refused with a sentence that names it.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::io::Cursor;

use common::{described, import, weights};
use exchange::{Kind, export};
use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use serde_json::{Value, json};
use zip::{ZipWriter, write::SimpleFileOptions};

#[track_caller]
fn refuses(bytes: Vec<u8>, expected: &[&str]) {
    let error = import(bytes).unwrap_err();
    for expected in expected {
        assert!(error.contains(expected), "{error}");
    }
}

/// Layers of `notebook.keras`: input, LSTM, Dense.
#[test]
fn layers_of_keras() {
    let with = |at: usize, field: &str, value: Value, expected: &[&str]| {
        refuses(
            described("notebook.keras", |model| {
                model["config"]["layers"][at]["config"][field] = value.clone()
            }),
            expected,
        );
    };
    with(1, "recurrent_activation", json!("relu"), &["`lstm`", "recurrent_activation = relu", "sigmoid"]);
    with(
        1,
        "activation",
        json!({"class_name": "function", "config": "relu"}),
        &["`lstm` has activation = relu"],
    );
    with(1, "go_backwards", json!(true), &["`lstm` goes backwards"]);
    with(2, "activation", json!("relu"), &["`dense` has the activation relu"]);
    for class in ["Bidirectional", "GRU", "SimpleRNN", "Conv1D", "Lambda", "RNN", "Sequential"] {
        let bytes =
            described("notebook.keras", |model| model["config"]["layers"][1]["class_name"] = json!(class));
        refuses(bytes, &["`lstm` is of the class", class, "train the model with LSTM layers"]);
    }
    let mask = described("embedding.keras", |model| {
        model["config"]["layers"][1]["config"]["mask_zero"] = json!(true)
    });
    refuses(mask, &["mask_zero"]);
    let wrapped = described("embedding.keras", |model| {
        model["config"]["layers"][5]["config"]["layer"]["class_name"] = json!("GRU");
    });
    refuses(wrapped, &["`time_distributed` is a TimeDistributed around something else"]);
}

#[test]
fn models_of_keras() {
    let layers = |change: fn(&mut Vec<Value>), expected: &[&str]| {
        refuses(
            described("notebook.keras", |model| change(model["config"]["layers"].as_array_mut().unwrap())),
            expected,
        );
    };
    layers(|layers| drop(layers.pop()), &["does not end in LSTM layers with a Dense layer on top"]);
    layers(|layers| layers.push(layers[2].clone()), &["`dense` is a Dense layer where none can stand"]);
    layers(|layers| layers.swap(1, 2), &["`dense` is a Dense layer where none can stand"]);
    layers(|layers| layers.push(layers[1].clone()), &["`lstm` is an LSTM where none can stand"]);
    layers(
        |layers| {
            layers
                .push(json!({"class_name": "Activation", "config": {"name": "act", "activation": "softmax"}}))
        },
        &["`act` is a softmax where none can stand"],
    );
    layers(
        |layers| layers.extend(vec![json!({"class_name": "Dropout", "config": {}}); 1000]),
        &["more than 1000 layers"],
    );
    let class = described("notebook.keras", |model| model["class_name"] = json!("MyModel"));
    refuses(class, &["is a MyModel, a class of its author's own", "save_weights"]);
    let nothing = described("notebook.keras", |model| *model = json!(null));
    refuses(nothing, &["is a model without a class"]);
    let deep = described("notebook.keras", |model| *model = json!("x"));
    refuses(deep, &["is a model without a class"]);
}

#[test]
fn files_of_others() {
    for bytes in
        [b"".to_vec(), b"PK".to_vec(), b"\x89HDF".to_vec(), b"hello, world; {".to_vec(), vec![0; 100]]
    {
        refuses(bytes, &["this is no model file that can be imported", ".keras", "safetensors"]);
    }
    let zip = |name: &str| {
        let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
        archive.start_file(name, SimpleFileOptions::default()).unwrap();
        archive.finish().unwrap().into_inner()
    };
    refuses(zip("model/data.pkl"), &["torch.save", "safetensors.torch.save_file"]);
    refuses(zip("README"), &["this is no model file"]);
    refuses(zip("config.json"), &["has no model.weights.h5"]);
    if cfg!(not(feature = "burn")) {
        refuses(b"NRUB\x01\x00".to_vec(), &["a record of burn, which only the command line can import"]);
    }
}

/// A state dict with some tensors changed.
fn state(change: impl Fn(&str, Vec<usize>) -> Option<(String, Vec<usize>)>) -> Vec<u8> {
    let bytes = export(&weights(4, 2), Kind::PyTorch).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let zeros = vec![0; 1 << 20];
    let tensors = file.iter().filter_map(|(name, tensor)| {
        let (name, shape) = change(name, tensor.shape().to_vec())?;
        let length = 4 * shape.iter().product::<usize>();
        Some((name, TensorView::new(Dtype::F32, shape, &zeros[..length]).unwrap()))
    });
    safetensors::serialize(tensors, None).unwrap()
}

#[test]
fn state_dicts() {
    let renamed = |from: &str, to: &str| {
        state(|name, shape| Some((if name == from { to.to_owned() } else { name.to_owned() }, shape)))
    };
    let shaped = |of: &str, new: &[usize]| {
        state(|name, shape| Some((name.to_owned(), if name == of { new.to_vec() } else { shape })))
    };
    let without = |of: &str| state(|name, shape| (name != of).then(|| (name.to_owned(), shape)));
    assert!(import(state(|name, shape| Some((format!("module.{name}"), shape)))).is_ok());
    refuses(renamed("lstm.weight_ih_l1", "lstm.weight_ih_l0_reverse"), &["bidirectional LSTM"]);
    refuses(renamed("lstm.bias_hh_l1", "lstm.weight_hr_l0"), &["projection"]);
    refuses(renamed("linear.bias", "norm.weight"), &["`norm.weight` belongs to no layer"]);
    refuses(renamed("linear.weight", "linear.kernel"), &["`linear.kernel` belongs to no layer"]);
    refuses(renamed("lstm.weight_hh_l1", "lstm.weight_xx_l1"), &["`lstm.weight_hh_l1` is missing"]);
    refuses(without("linear.weight"), &["`linear.bias` belongs to no layer"]);
    refuses(without("lstm.bias_hh_l0"), &["`lstm.bias_hh_l0` is missing"]);
    refuses(shaped("lstm.weight_hh_l0", &[12, 4]), &["`lstm.weight_l0` is a GRU", "[4, 12]"]);
    refuses(shaped("lstm.weight_hh_l1", &[20, 5]), &["kernel of shape [4, 16], but [4, 20] is needed"]);
    refuses(shaped("lstm.weight_ih_l1", &[16, 3]), &["kernel of shape [3, 16], but [4, 16] is needed"]);
    refuses(
        shaped("lstm.weight_ih_l0", &[16, 3]),
        &["`linear` tells 11 characters apart, but the model reads 3"],
    );
    refuses(shaped("lstm.weight_ih_l0", &[16]), &["has shape [16], but must have two axes"]);
    refuses(
        shaped("lstm.bias_ih_l0", &[3]),
        &["`lstm.bias_ih_l0` has 3 numbers, but `lstm.bias_hh_l0` has 16"],
    );
    refuses(shaped("linear.weight", &[11, 5]), &["`linear` has a kernel of shape [5, 11]", "4 units"]);
    refuses(shaped("linear.bias", &[12]), &["`linear` has a bias of 12 numbers for 11 characters"]);
    refuses(
        state(|name, shape| name.starts_with("linear").then(|| (name.to_owned(), shape))),
        &["has no LSTM layer"],
    );
}

#[test]
fn numbers_that_are_not_finite() {
    let mut weights = weights(3, 1);
    weights.layers[0].recurrent[4] = f32::INFINITY;
    refuses(
        export(&weights, Kind::Keras).unwrap(),
        &["the tensor `layers/lstm/cell/vars/1` holds inf at place 4"],
    );
    refuses(export(&weights, Kind::PyTorch).unwrap(), &["`lstm.weight_hh_l0` holds inf"]);
}
