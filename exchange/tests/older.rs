//! Files as Keras 2 wrote them: layers by name, lists of weights, names with `:0`, any order of bytes.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use common::{import, weights};
use exchange::{Kind, export};
use hdf5_writer::{AttributeBuilder, ByteOrder, DatasetBuilder, Hdf5Builder, WriteOptions};
use model::Weights;
use serde_json::{Value, json};

/// A weight: layer, name in it, shape, numbers.
type Weight = (String, String, Vec<u64>, Vec<f32>);

/// The weights of a model, whose layers are called so.
fn listed(weights: &Weights, names: &[&str]) -> Vec<Weight> {
    let mut listed = Vec::new();
    let hidden = weights.hidden() as u64;
    let mut add = |layer: &str, name: String, shape: &[u64], values: &[f32]| {
        listed.push((layer.to_owned(), name, shape.to_vec(), values.to_vec()));
    };
    for (layer, name) in weights.layers.iter().zip(names) {
        add(name, format!("{name}/lstm_cell/kernel:0"), &[layer.input as u64, 4 * hidden], &layer.kernel);
        add(name, format!("{name}/lstm_cell/recurrent_kernel:0"), &[hidden, 4 * hidden], &layer.recurrent);
        add(name, format!("{name}/lstm_cell/bias:0"), &[4 * hidden], &layer.bias);
    }
    let (dense, vocab) = (&weights.dense, weights.vocab.len() as u64);
    add("out", "out/kernel:0".to_owned(), &[hidden, vocab], &dense.kernel);
    add("out", "out/bias:0".to_owned(), &[vocab], &dense.bias);
    listed
}

/// A file with the layers below `root`, in the order given.
fn file(root: &str, layers: &[&str], weights: &[Weight], config: Option<Value>, order: ByteOrder) -> Vec<u8> {
    let mut file = Hdf5Builder::new();
    let list = |name: &str, texts: &[&str]| AttributeBuilder::fixed_string_vector(name, texts).unwrap();
    file = match root {
        "" => file.attribute(list("layer_names", layers)),
        root => file.group_attribute(root, list("layer_names", layers)),
    };
    for layer in layers {
        let place = format!("{root}/{layer}").trim_start_matches('/').to_owned();
        let own: Vec<&Weight> = weights.iter().filter(|(of, ..)| of == layer).collect();
        for (_, name, shape, values) in &own {
            let values: Vec<f64> = values.iter().map(|&value| f64::from(value)).collect();
            let dataset =
                DatasetBuilder::typed_with_order::<f64>(format!("{place}/{name}"), shape.clone(), order);
            file = file.dataset(dataset.data(&values).unwrap());
        }
        let names: Vec<&str> = own.iter().map(|(_, name, ..)| name.as_str()).collect();
        file = file.group_attribute(place, list("weight_names", &names));
    }
    if let Some(config) = config {
        file = file.attribute(AttributeBuilder::fixed_string("model_config", config.to_string()));
    }
    let options = WriteOptions { byte_order: order, ..WriteOptions::default() };
    file.into_plan().unwrap().encode(options).unwrap()
}

#[test]
fn weights_alone() {
    let weights = weights(4, 2);
    let listed = listed(&weights, &["below", "above"]);
    // Not in the order of the alphabet, and some without weights.
    let layers = ["dropout", "below", "above", "out"];
    for order in [ByteOrder::LittleEndian, ByteOrder::BigEndian] {
        assert_eq!(import(file("", &layers, &listed, None, order)).unwrap(), weights);
    }
    let error = import(file("", &["below", "out"], &listed, None, ByteOrder::LittleEndian));
    assert!(error.is_ok(), "a model of the lower layer alone is one too");
    let mut other = listed;
    other[0].1 = "below/forward_lstm/lstm_cell/kernel:0".to_owned();
    let error = import(file("", &layers, &other, None, ByteOrder::LittleEndian)).unwrap_err();
    assert!(error.contains("`below` is a Bidirectional"), "{error}");
}

#[test]
fn a_complete_model() {
    let weights = weights(3, 2);
    let lstm = |name: &str| json!({"class_name": "LSTM", "config": {"name": name, "activation": "tanh"}});
    let dense = json!({"class_name": "Dense", "config": {"name": "out", "activation": "softmax"}});
    // The oldest are a mere list.
    let config = json!({"class_name": "Sequential", "config": [lstm("one"), lstm("two"), dense]});
    let listed = listed(&weights, &["one", "two"]);
    let layers = ["one", "two", "out"];
    let bytes = file("model_weights", &layers, &listed, Some(config.clone()), ByteOrder::LittleEndian);
    assert_eq!(import(bytes).unwrap(), weights);
    let bytes = file("model_weights", &layers[1..], &listed, Some(config), ByteOrder::LittleEndian);
    let error = import(bytes).unwrap_err();
    assert!(error.contains("`/model_weights/one`"), "{error}");
}

#[test]
fn as_many_layers_as_there_may_be() {
    let weights = weights(2, 8);
    for &kind in Kind::ALL.iter().filter(|&&kind| kind != Kind::Onnx) {
        assert_eq!(import(export(&weights, kind).unwrap()).unwrap(), weights, "{kind}");
    }
}
