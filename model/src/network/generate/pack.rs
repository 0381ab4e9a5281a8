//! The weights in the order in which the kernel reads them.

use super::dimensions::Dimensions;
use crate::weights::{Dense, Layer, Weights};

/// All weights as the kernel reads them.
pub(crate) fn pack(weights: &Weights) -> Vec<f32> {
    let dimensions = Dimensions::new(weights);
    let mut packed = Vec::with_capacity(dimensions.weights());
    for (index, layer) in weights.layers.iter().enumerate() {
        let Layer { kernel, recurrent, bias, hidden, .. } = layer;
        if index == 0 {
            for row in kernel.chunks_exact(bias.len()) {
                let row: Vec<f32> = row.iter().zip(bias).map(|(weight, bias)| weight + bias).collect();
                push_gates(&row, *hidden, &mut packed);
            }
        } else {
            push_gates(bias, *hidden, &mut packed);
            push_gates(kernel, *hidden, &mut packed);
        }
        push_gates(recurrent, *hidden, &mut packed);
    }
    let Dense { kernel, bias } = &weights.dense;
    for row in bias.chunks_exact(dimensions.vocab).chain(kernel.chunks_exact(dimensions.vocab)) {
        packed.extend_from_slice(row);
        packed.resize(packed.len().next_multiple_of(4), 0.0);
    }
    packed.resize(dimensions.weights(), 0.0);
    packed
}

/// Rows `[4·units]` with the gates of each unit put side by side.
fn push_gates(rows: &[f32], units: usize, packed: &mut Vec<f32>) {
    for row in rows.chunks_exact(4 * units) {
        for unit in 0..units {
            packed.extend((0..4).map(|gate| row[gate * units + unit]));
        }
    }
}
