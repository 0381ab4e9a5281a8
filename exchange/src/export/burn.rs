//! A record of burn.
//!
//! burn keeps every gate as two linear layers, each with a bias: the second is zero.

use burn_pack::{Bytes, DType, Tensor, Writer};
use model::Weights;

use super::{
    metadata::{PRODUCER, characters},
    sigmoid_alone,
};
use crate::{
    ExportError,
    layout::{BURN_GATES, gate_columns, little_endian},
};

/// Writes a record with `lstm.input_gate.input_transform.weight` … (of several layers `lstm.0.input_gate…`) and
/// `linear.weight`, `linear.bias`.
pub(super) fn write(weights: &Weights) -> Result<Vec<u8>, ExportError> {
    sigmoid_alone("burn", weights)?;
    let hidden = weights.hidden();
    let mut tensors = Vec::new();
    let mut add = |name: String, shape: Vec<usize>, values: &[f32]| {
        // Ids that count up: burn finds a tensor by its name, and an optimiser by its id.
        let id = Some(tensors.len() as u64 + 1);
        tensors.push(Tensor::new(name, DType::F32, shape, id, Bytes::from_bytes_vec(little_endian(values))));
    };
    for (number, layer) in weights.layers.iter().enumerate() {
        let field = if weights.layers.len() == 1 { "lstm".to_owned() } else { format!("lstm.{number}") };
        for (gate, name) in BURN_GATES.into_iter().enumerate() {
            let (input, recurrent) =
                (format!("{field}.{name}.input_transform"), format!("{field}.{name}.hidden_transform"));
            add(
                format!("{input}.weight"),
                vec![layer.input, hidden],
                &gate_columns(&layer.kernel, gate, hidden),
            );
            add(format!("{input}.bias"), vec![hidden], &gate_columns(&layer.bias, gate, hidden));
            add(
                format!("{recurrent}.weight"),
                vec![hidden, hidden],
                &gate_columns(&layer.recurrent, gate, hidden),
            );
            add(format!("{recurrent}.bias"), vec![hidden], &vec![0.0; hidden]);
        }
    }
    let vocab = weights.vocab.len();
    add("linear.weight".to_owned(), vec![hidden, vocab], &weights.dense.kernel);
    add("linear.bias".to_owned(), vec![vocab], &weights.dense.bias);
    let writer = Writer::new(tensors)
        .with_metadata("producer", PRODUCER)
        .with_metadata("vocabulary", &characters(weights));
    let written = writer.into_bytes().map_err(|error| ExportError::write("burn", error))?;
    Ok(written.to_vec())
}
