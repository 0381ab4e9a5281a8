//! Models as people have them: each in the form that failed once, against the same model in a form that is read.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::collections::HashMap;

use common::{log_probabilities, vocab, weights};
use exchange::{Characters, Choice, Kind, export, read, read_vocab};
use hdf5_writer::{AttributeBuilder, DatasetBuilder, Hdf5Builder, WriteOptions};
use model::{Card, GateFunction, Weights};
use safetensors::{Dtype, SafeTensors, tensor::TensorView};

type Tensors = HashMap<String, (Vec<usize>, Vec<f32>)>;

/// A state dict's tensors.
fn tensors(weights: &Weights) -> Tensors {
    let bytes = export(weights, Kind::PyTorch).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let numbers = |data: &[u8]| data.as_chunks().0.iter().map(|&four| f32::from_le_bytes(four)).collect();
    file.iter()
        .map(|(name, tensor)| (name.to_owned(), (tensor.shape().to_vec(), numbers(tensor.data()))))
        .collect()
}

fn written(tensors: &Tensors, metadata: &[(&str, &str)]) -> Vec<u8> {
    let bytes: Vec<_> = tensors
        .iter()
        .map(|(name, (shape, values))| {
            (name, shape, values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>())
        })
        .collect();
    let views = bytes.iter().map(|(name, shape, bytes)| {
        (name.as_str(), TensorView::new(Dtype::F32, (*shape).clone(), bytes).unwrap())
    });
    let metadata = metadata.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
    safetensors::serialize(views, Some(metadata)).unwrap()
}

fn given(bytes: Vec<u8>, characters: &Characters) -> Result<(Weights, Vec<String>), String> {
    let imported = read(bytes).and_then(|model| model.into_weights(Some(characters), Card::default()));
    imported.map(|imported| (imported.weights, imported.notes)).map_err(|error| error.to_string())
}

fn taken(tensors: &Tensors, metadata: &[(&str, &str)]) -> Result<(Weights, Vec<String>), String> {
    given(written(tensors, metadata), &vocab().into())
}

fn json(text: &str) -> Characters {
    read_vocab("v.json", text.into(), &Choice::default()).unwrap()
}

#[test]
fn tensors_that_are_stored_once() {
    // An embedding as wide as the state, whose matrix is the output's too.
    let mut tied = tensors(&weights(11, 1));
    tied.insert("encoder.weight".to_owned(), tied["linear.weight"].clone());
    let whole = taken(&tied, &[]).unwrap();
    tied.remove("linear.weight");
    assert_eq!(taken(&tied, &[("linear.weight", "encoder.weight")]).unwrap(), whole);
    assert!(taken(&tied, &[("linear.weight", "nowhere")]).is_err());
}

#[test]
fn weights_that_were_dropped_or_taken_apart() {
    let weights = weights(4, 1);
    let mut dropped = tensors(&weights);
    let whole = dropped["lstm.weight_hh_l0"].clone();
    dropped.insert("lstm.weight_hh_l0_raw".to_owned(), whole.clone());
    dropped.get_mut("lstm.weight_hh_l0").unwrap().1.fill(0.0);
    let (read, notes) = taken(&dropped, &[]).unwrap();
    assert_eq!(read, weights);
    assert!(notes[0].contains("`lstm.weight_hh_l0_raw` is the weight"), "{notes:?}");
    // As fastai wraps it, with and without the copy.
    let mut wrapped: Tensors = dropped
        .iter()
        .map(|(name, tensor)| (name.replace("lstm.", "0.rnn.module."), tensor.clone()))
        .collect();
    let raw = wrapped.remove("0.rnn.module.weight_hh_l0_raw").unwrap();
    wrapped.insert("0.rnn.weight_hh_l0_raw".to_owned(), raw);
    assert_eq!(taken(&wrapped, &[]).unwrap().0, weights);
    wrapped.remove("0.rnn.module.weight_hh_l0");
    assert_eq!(taken(&wrapped, &[]).unwrap().0, weights);

    for (lengths, directions) in [
        ("lstm.weight_hh_l0_g", "lstm.weight_hh_l0_v"),
        ("lstm.parametrizations.weight_hh_l0.original0", "lstm.parametrizations.weight_hh_l0.original1"),
    ] {
        let mut normed = tensors(&weights);
        let (shape, values) = normed.remove("lstm.weight_hh_l0").unwrap();
        let norms =
            values.chunks(shape[1]).map(|row| row.iter().map(|x| x * x).sum::<f32>().sqrt()).collect();
        normed.insert(lengths.to_owned(), (vec![shape[0], 1], norms));
        normed.insert(directions.to_owned(), (shape, values.iter().map(|value| value * 3.0).collect()));
        let (read, _) = taken(&normed, &[]).unwrap();
        let pairs = read.layers[0].recurrent.iter().zip(&weights.layers[0].recurrent);
        assert!(pairs.into_iter().all(|(a, b)| (a - b).abs() < 1e-6), "{lengths}");
    }
}

#[test]
fn buffers_and_what_is_no_weight() {
    let with = |name: &str, values: &[f32]| {
        let mut state = tensors(&weights(4, 1));
        state.insert(name.to_owned(), (vec![values.len()], values.to_vec()));
        taken(&state, &[])
    };
    assert!(with("norm.num_batches_tracked", &[7.0]).unwrap().1[0].contains("passed over"));
    assert!(with("h0", &[0.0; 4]).unwrap().1[0].contains("`h0` is no weight"));
    assert!(with("h0", &[0.0, 0.1]).unwrap_err().contains("`h0` is a first state that is not zero"));
    assert!(with("fc.weight_orig", &[1.0]).unwrap_err().contains("remove_spectral_norm"));
    assert!(
        with("fc.parametrizations.weight.original", &[1.0]).unwrap_err().contains("remove_parametrizations")
    );
}

/// The model without some of its ids: their rows and columns.
fn without(weights: &Weights, ids: &[usize], vocab: &str) -> Weights {
    let kept: Vec<usize> = (0..weights.vocab.len()).filter(|id| !ids.contains(id)).collect();
    let vocab = model::Vocab::from_characters(vocab.chars()).unwrap();
    let mut fewer = Weights::zeros(vocab, Card::default(), weights.hidden(), weights.layers.len()).unwrap();
    let gates = 4 * weights.hidden();
    let first = &weights.layers[0];
    fewer.layers.clone_from(&weights.layers);
    fewer.layers[0].input = kept.len();
    fewer.layers[0].kernel =
        kept.iter().flat_map(|id| first.kernel[id * gates..][..gates].to_vec()).collect();
    let columns = weights.dense.kernel.chunks(weights.vocab.len());
    fewer.dense.kernel =
        columns.flat_map(|row| kept.iter().map(|&id| row[id]).collect::<Vec<f32>>()).collect();
    fewer.dense.bias = kept.iter().map(|&id| weights.dense.bias[id]).collect();
    fewer
}

#[test]
fn ids_that_are_no_characters_are_never_drawn() {
    let weights = weights(4, 2);
    let bytes = written(&tensors(&weights), &[]);
    let from_one = json(r#"{"a":1,"b":2,"c":3,"d":4,"e":5,"f":6,"g":7,"h":8,"i":9,"j":10}"#);
    let (read, notes) = given(bytes.clone(), &from_one).unwrap();
    assert_eq!(read, without(&weights, &[0], "abcdefghij"));
    assert_eq!(notes, ["the id 0 stands for nothing and is never drawn"]);
    let marked = json(r#"["<pad>", "a", "b", "c", "d", "e", "f", "g", "h", "i", "[UNK]"]"#);
    let (read, notes) = given(bytes.clone(), &marked).unwrap();
    assert_eq!(read, without(&weights, &[0, 10], "abcdefghi"));
    assert!(notes[0].contains("`<pad>`, `[UNK]`"), "{notes:?}");
    let ten = json(r#"["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"]"#);
    assert!(given(bytes, &ten).unwrap_err().contains("one id stands for nothing"));
}

#[test]
fn layers_of_unequal_size() {
    // What the larger model computes with units that are zero, the smaller one computes without them.
    let mut filled = weights(5, 2);
    let keep = 3;
    let zero = |values: &mut [f32]| {
        for gate in values.chunks_mut(5) {
            gate[keep..].fill(0.0);
        }
    };
    let upper = &mut filled.layers[1];
    upper.recurrent[keep * 20..].fill(0.0);
    for values in [&mut upper.kernel, &mut upper.recurrent, &mut upper.bias] {
        zero(values);
    }
    filled.dense.kernel[keep * 11..].fill(0.0);
    let mut state = tensors(&filled);
    let narrow = |rows: &(Vec<usize>, Vec<f32>), columns: usize| {
        let width = rows.0.get(1).copied().unwrap_or(1);
        let rows = rows.1.chunks(width).enumerate().filter(|(row, _)| row % 5 < keep);
        rows.flat_map(|(_, row)| row[..columns].to_vec()).collect::<Vec<f32>>()
    };
    for (name, columns) in [("weight_ih_l1", 5), ("weight_hh_l1", keep), ("bias_ih_l1", 1), ("bias_hh_l1", 1)]
    {
        let tensor = state.get_mut(&format!("lstm.{name}")).unwrap();
        let values = narrow(tensor, columns);
        *tensor = (if columns == 1 { vec![12] } else { vec![12, columns] }, values);
    }
    let dense = state.get_mut("linear.weight").unwrap();
    let values = dense.1.chunks(5).flat_map(|row| row[..keep].to_vec()).collect();
    *dense = (vec![11, keep], values);
    let (read, notes) = taken(&state, &[]).unwrap();
    assert_eq!(read, filled);
    assert!(notes[0].contains("have 5, 3 units"), "{notes:?}");
    // One of one layer, and the larger above.
    assert!(log_probabilities(&read, "hello").concat().iter().all(|value| value.is_finite()));
}

/// Keras's newer file of weights, with the names of its groups as a system writes them.
fn keras_weights(weights: &Weights, separator: &str) -> Vec<u8> {
    let mut file = Hdf5Builder::new();
    let layer = &weights.layers[0];
    let (hidden, vocab) = (layer.hidden as u64, weights.vocab.len() as u64);
    let entries: [(&str, Vec<u64>, &[f32]); 5] = [
        ("lstm/cell|0", vec![vocab, 4 * hidden], &layer.kernel),
        ("lstm/cell|1", vec![hidden, 4 * hidden], &layer.recurrent),
        ("lstm/cell|2", vec![4 * hidden], &layer.bias),
        ("dense|0", vec![hidden, vocab], &weights.dense.kernel),
        ("dense|1", vec![vocab], &weights.dense.bias),
    ];
    for (place, shape, values) in entries {
        let (place, number) = place.split_once('|').unwrap();
        let place = format!("layers/{place}").replace('/', separator);
        file = file
            .dataset(DatasetBuilder::typed_data(format!("{place}/vars/{number}"), shape, values).unwrap());
    }
    file.into_plan().unwrap().encode(WriteOptions::default()).unwrap()
}

#[test]
fn names_with_backslashes() {
    let weights = weights(4, 1);
    for separator in ["/", "\\"] {
        assert_eq!(given(keras_weights(&weights, separator), &vocab().into()).unwrap().0, weights);
    }
}

/// A file of weights alone as Keras 2 wrote it.
fn old_weights(weights: &Weights, version: Option<&str>, bias: &[f32]) -> Vec<u8> {
    let list = |name: &str, texts: &[&str]| AttributeBuilder::fixed_string_vector(name, texts).unwrap();
    let mut file = Hdf5Builder::new().attribute(list("layer_names", &["lstm_1", "dense_1"]));
    if let Some(version) = version {
        file = file.attribute(AttributeBuilder::fixed_string("keras_version", version));
    }
    let layer = &weights.layers[0];
    let (hidden, vocab) = (layer.hidden as u64, weights.vocab.len() as u64);
    let entries: [(&str, Vec<u64>, &[f32]); 5] = [
        ("lstm_1/kernel:0", vec![vocab, 4 * hidden], &layer.kernel),
        ("lstm_1/recurrent_kernel:0", vec![hidden, 4 * hidden], &layer.recurrent),
        ("lstm_1/bias:0", vec![bias.len() as u64], bias),
        ("dense_1/kernel:0", vec![hidden, vocab], &weights.dense.kernel),
        ("dense_1/bias:0", vec![vocab], &weights.dense.bias),
    ];
    for layer in ["lstm_1", "dense_1"] {
        let own: Vec<_> = entries.iter().filter(|(name, ..)| name.starts_with(layer)).collect();
        for (name, shape, values) in &own {
            let place = format!("{layer}/{name}");
            file = file.dataset(DatasetBuilder::typed_data(place, shape.clone(), values).unwrap());
        }
        let names: Vec<&str> = own.iter().map(|(name, ..)| *name).collect();
        file = file.group_attribute(layer, list("weight_names", &names));
    }
    file.into_plan().unwrap().encode(WriteOptions::default()).unwrap()
}

#[test]
fn old_weights_say_what_their_gates_are_or_it_is_asked() {
    let weights = weights(4, 1);
    let bias = weights.layers[0].bias.clone();
    let of = |version: Option<&str>| given(old_weights(&weights, version, &bias), &vocab().into());
    let error = of(Some("2.2.4-tf")).unwrap_err();
    assert!(error.contains("2.2.4-tf") && error.contains("--gates hard-sigmoid or"), "{error}");
    let hard = Weights { gates: GateFunction::HardSigmoid, ..weights.clone() };
    let (taken, notes) = of(Some("2.1.5")).unwrap();
    assert_eq!(taken, hard);
    assert!(notes[0].contains("2.1.5") && notes[0].contains("--gates sigmoid"), "{notes:?}");
    for version in ["2.1.5", "2.2.4-tf"] {
        for (answer, expected) in [(GateFunction::Sigmoid, &weights), (GateFunction::HardSigmoid, &hard)] {
            let answered = read(old_weights(&weights, Some(version), &bias)).unwrap().with_gates(answer);
            let answered = answered.into_weights(Some(&vocab().into()), Card::default()).unwrap();
            assert_eq!((&answered.weights, answered.notes.len()), (expected, 0));
        }
    }
    assert_eq!(of(Some("2.4.0")).unwrap(), (weights.clone(), Vec::new()));
    assert!(of(None).unwrap().1[0].contains("before Keras 2.3"));
    // Two biases a gate are those of a CuDNNLSTM, which has sigmoid gates in every version.
    let two = [bias.clone(), vec![0.25; bias.len()]].concat();
    let (cudnn, notes) = given(old_weights(&weights, Some("2.1.5"), &two), &vocab().into()).unwrap();
    assert!(notes.is_empty());
    assert!(cudnn.layers[0].bias.iter().zip(&bias).all(|(sum, first)| *sum == first + 0.25));
}

#[test]
fn ids_as_one_number() {
    let mut weights = weights(4, 1);
    let row: Vec<f32> = weights.layers[0].kernel[..16].to_vec();
    let mut state = tensors(&weights);
    state.insert("lstm.weight_ih_l0".to_owned(), (vec![16, 1], row.clone()));
    let bytes = written(&state, &[]);
    let error = given(bytes.clone(), &vocab().into()).unwrap_err();
    assert!(
        error.contains("a single number for each of its 11 characters")
            && error.contains("--ids-divided-by 11"),
        "{error}"
    );
    weights.layers[0].kernel =
        (0..11).flat_map(|id| row.iter().map(move |weight| id as f32 / 11.0 * weight)).collect();
    let read = read(bytes).unwrap().with_divisor(11.0).into_weights(Some(&vocab().into()), Card::default());
    assert_eq!(read.unwrap().weights, weights);
}
