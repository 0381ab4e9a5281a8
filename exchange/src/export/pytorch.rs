//! A PyTorch state dict in safetensors.
//!
//! PyTorch keeps matrices the other way round, and two biases a layer: the second is zero.

use std::collections::HashMap;

use model::Weights;
use safetensors::{Dtype, tensor::TensorView};

use super::{metadata::characters, sigmoid_alone};
use crate::{
    ExportError,
    layout::{little_endian, transposed},
};

/// Writes a state dict with `lstm.weight_ih_l0` … and `linear.weight`, `linear.bias`.
pub(super) fn write(weights: &Weights) -> Result<Vec<u8>, ExportError> {
    sigmoid_alone("PyTorch", weights)?;
    let hidden = weights.hidden();
    let gates = 4 * hidden;
    let mut tensors: Vec<(String, Vec<usize>, Vec<u8>)> = Vec::new();
    for (number, layer) in weights.layers.iter().enumerate() {
        let mut add = |part: &str, shape, values: &[f32]| {
            tensors.push((format!("lstm.{part}_l{number}"), shape, little_endian(values)));
        };
        add("weight_ih", vec![gates, layer.input], &transposed(&layer.kernel, gates));
        add("weight_hh", vec![gates, hidden], &transposed(&layer.recurrent, gates));
        add("bias_ih", vec![gates], &layer.bias);
        add("bias_hh", vec![gates], &vec![0.0; gates]);
    }
    let vocab = weights.vocab.len();
    let kernel = little_endian(&transposed(&weights.dense.kernel, vocab));
    tensors.push(("linear.weight".to_owned(), vec![vocab, hidden], kernel));
    tensors.push(("linear.bias".to_owned(), vec![vocab], little_endian(&weights.dense.bias)));

    let refused = |error| ExportError::write("PyTorch", error);
    let view = |(name, shape, bytes)| Ok((name, TensorView::new(Dtype::F32, shape, bytes)?));
    let tensors = tensors.iter().map(|(name, shape, bytes)| view((name, shape.clone(), bytes.as_slice())));
    let tensors = tensors.collect::<Result<Vec<_>, _>>().map_err(refused)?;
    // One field only: the library would write several in any order.
    let metadata = HashMap::from([("vocabulary".to_owned(), characters(weights))]);
    safetensors::serialize(tensors, Some(metadata)).map_err(refused)
}
