//! Layers of unequal size: ours have the same number of units each.
//!
//! A unit whose weights and biases are zero stays zero: its cell gets tanh(0) of whatever its gates let through. So the
//! smaller layers are filled up with such units, and nothing that is computed changes.

use model::{MAX_HIDDEN, MAX_LAYERS};

use super::model::Numbers;

/// Fills all layers up to the largest one's number of units. What is beyond the format's limits is left as it is, to be
/// refused with them.
pub(super) fn fill(numbers: &mut Numbers) {
    let units = || numbers.layers.iter().map(|layer| layer.hidden);
    let hidden = units().max().unwrap_or(0);
    if units().all(|units| units == hidden) || hidden > MAX_HIDDEN || numbers.layers.len() > MAX_LAYERS {
        return;
    }
    let sizes: Vec<String> = units().map(|units| units.to_string()).collect();
    numbers.notes.push(format!(
        "its LSTM layers have {} units; the smaller ones are filled up to {hidden} with units that stay zero, which changes nothing that it writes",
        sizes.join(", ")
    ));
    let mut below = None;
    for layer in &mut numbers.layers {
        let own = layer.hidden;
        if let Some(units) = below {
            layer.kernel = rows(std::mem::take(&mut layer.kernel), 4 * own, units, hidden);
            layer.input = hidden;
        }
        let recurrent = rows(std::mem::take(&mut layer.recurrent), 4 * own, own, hidden);
        layer.kernel = gates(&layer.kernel, own, hidden);
        layer.recurrent = gates(&recurrent, own, hidden);
        layer.bias = gates(&layer.bias, own, hidden);
        layer.hidden = hidden;
        below = Some(own);
    }
    let kernel = std::mem::take(&mut numbers.dense.kernel);
    numbers.dense.kernel = rows(kernel, numbers.vocab, below.unwrap_or(hidden), hidden);
}

/// A matrix with rows of zeros below.
fn rows(mut values: Vec<f32>, columns: usize, from: usize, to: usize) -> Vec<f32> {
    values.resize(values.len() + (to - from) * columns, 0.0);
    values
}

/// A matrix `[rows, 4·from]` as `[rows, 4·to]`, each gate's columns followed by zeros.
fn gates(values: &[f32], from: usize, to: usize) -> Vec<f32> {
    let mut wider = Vec::with_capacity(values.len() / from.max(1) * to);
    for gate in values.chunks_exact(from.max(1)) {
        wider.extend_from_slice(gate);
        wider.resize(wider.len() + to - from, 0.0);
    }
    wider
}
