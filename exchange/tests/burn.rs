//! Records of burn, written as burn names its tensors.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![cfg(feature = "burn")]

mod common;

use burn_pack::{Bytes, DType, Reader, Tensor, Writer};
use common::{import, weights};
use exchange::{Kind, export};
use model::Weights;

const GATES: [&str; 4] = ["input_gate", "forget_gate", "cell_gate", "output_gate"];

/// The tensors of a module: its `Lstm`s under a prefix each, its `Linear`, all biases split in two.
fn tensors(weights: &Weights, prefixes: &[&str], linear: &str) -> Vec<(String, Vec<usize>, Vec<f32>)> {
    let mut tensors = Vec::new();
    let hidden = weights.hidden();
    for (layer, prefix) in weights.layers.iter().zip(prefixes) {
        for (at, gate) in GATES.iter().enumerate() {
            let columns = |values: &[f32]| -> Vec<f32> {
                values
                    .chunks(4 * hidden)
                    .flat_map(|row| row[at * hidden..(at + 1) * hidden].to_vec())
                    .collect()
            };
            let half: Vec<f32> = columns(&layer.bias).into_iter().map(|bias| bias / 2.0).collect();
            for (transform, rows, matrix) in [
                ("input_transform", layer.input, &layer.kernel),
                ("hidden_transform", hidden, &layer.recurrent),
            ] {
                let name = format!("{prefix}.{gate}.{transform}");
                tensors.push((format!("{name}.weight"), vec![rows, hidden], columns(matrix)));
                tensors.push((format!("{name}.bias"), vec![hidden], half.clone()));
            }
        }
    }
    let vocab = weights.vocab.len();
    tensors.push((format!("{linear}.weight"), vec![hidden, vocab], weights.dense.kernel.clone()));
    tensors.push((format!("{linear}.bias"), vec![vocab], weights.dense.bias.clone()));
    tensors
}

fn record(tensors: &[(String, Vec<usize>, Vec<f32>)]) -> Vec<u8> {
    let tensor = |(name, shape, values): &(String, Vec<usize>, Vec<f32>)| {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        Tensor::new(name.clone(), DType::F32, shape.clone(), Some(7), Bytes::from_bytes_vec(bytes))
    };
    Writer::new(tensors.iter().map(tensor).collect()).into_bytes().unwrap().to_vec()
}

#[test]
fn modules_of_others() {
    let one = weights(4, 1);
    assert_eq!(import(record(&tensors(&one, &["lstm"], "linear"))).unwrap(), one);
    let three = weights(4, 3);
    for prefixes in [["rnn.0", "rnn.1", "rnn.2"], ["m.lstm", "m.lstm2", "m.lstm10"]] {
        assert_eq!(import(record(&tensors(&three, &prefixes, "m.out"))).unwrap(), three);
    }
}

#[test]
fn an_embedding_is_folded() {
    let one = weights(4, 1);
    let mut tensors = tensors(&one, &["lstm"], "linear");
    // Twice the identity.
    let table = (0..11 * 11).map(|at| if at / 11 == at % 11 { 2.0 } else { 0.0 }).collect();
    tensors.push(("embedding.weight".to_owned(), vec![11, 11], table));
    let mut expected = one;
    expected.layers[0].kernel.iter_mut().for_each(|value| *value *= 2.0);
    assert_eq!(import(record(&tensors)).unwrap(), expected);
}

#[test]
fn what_is_written_has_burns_names() {
    for layers in [1, 2] {
        let bytes = export(&weights(3, layers), Kind::Burn).unwrap();
        let reader = Reader::from_bytes(Bytes::from_bytes_vec(bytes)).unwrap();
        let names = reader.tensor_names();
        assert_eq!(names.len(), 16 * layers + 2);
        let first = if layers == 1 { "lstm" } else { "lstm.0" };
        assert!(names.contains(&format!("{first}.cell_gate.hidden_transform.bias").as_str()), "{names:?}");
        assert!(names.contains(&"linear.weight"));
    }
}

#[test]
fn says_what_it_cannot_read() {
    let one = weights(4, 1);
    let refuses = |tensors: &[(String, Vec<usize>, Vec<f32>)], expected: &str| {
        let error = import(record(tensors)).unwrap_err();
        assert!(error.contains(expected), "{error}");
    };
    refuses(&tensors(&one, &["bi.forward"], "linear"), "`bi.forward` is part of a BiLstm");
    let mut coupled = tensors(&one, &["lstm"], "linear");
    coupled.retain(|(name, _, _)| !name.contains("forget_gate"));
    refuses(&coupled, "`lstm` has no forget gate");
    let mut lacking = tensors(&one, &["lstm"], "linear");
    lacking.retain(|(name, _, _)| name != "lstm.output_gate.hidden_transform.weight");
    refuses(&lacking, "`lstm.output_gate.hidden_transform.weight` is missing");
    let mut norm = tensors(&one, &["lstm"], "linear");
    norm.push(("norm.gamma".to_owned(), vec![4], vec![0.0; 4]));
    refuses(&norm, "`norm.gamma` belongs to no layer");
    refuses(&tensors(&one, &[], "linear"), "has no LSTM layer");
}

#[test]
fn axes_of_length_zero() {
    let complete = tensors(&weights(4, 2), &["lstm.0", "lstm.1"], "linear");
    for at in 0..complete.len() {
        for axis in 0..complete[at].1.len() {
            let mut emptied = complete.clone();
            let (name, shape, values) = &mut emptied[at];
            shape[axis] = 0;
            values.clear();
            // The other axis may then be of any length.
            shape.iter_mut().filter(|length| **length != 0).for_each(|length| *length = 1 << 62);
            let expected = format!("`{name}` has shape");
            let error = import(record(&emptied)).unwrap_err();
            assert!(error.contains(&expected), "{error}");
        }
    }
}

#[test]
fn biases_that_come_to_infinity_are_refused() {
    let mut tensors = tensors(&weights(4, 1), &["lstm"], "linear");
    tensors
        .iter_mut()
        .filter(|(name, ..)| name.ends_with("bias"))
        .for_each(|(_, _, values)| values.fill(3e38));
    let error = import(record(&tensors)).unwrap_err();
    assert!(error.contains("`lstm.0.bias` comes to more than a 32-bit float can hold"), "{error}");
}
