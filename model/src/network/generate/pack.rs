//! The weights in the order in which the kernel reads them.

use super::{MOST_THREADS, MOST_TILE};
use crate::weights::{Dense, Layer, Weights};

/// A model's shape, and where everything lies in the kernel's buffers.
///
/// The weights are groups of four numbers: the gates `i f g o` of one unit side by side, or the logits of four ids. One
/// after another stand the rows of gates that the characters give to the first layer, bias included; its recurrent
/// weights; bias, kernel and recurrent weights of each further layer; bias and kernel of the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Dimensions {
    /// LSTM layers.
    pub(crate) layers: usize,
    /// Units of a layer.
    pub(crate) units: usize,
    /// Characters.
    pub(crate) vocab: usize,
}

impl Dimensions {
    pub(crate) fn new(weights: &Weights) -> Self {
        Self { layers: weights.layers.len(), units: weights.hidden(), vocab: weights.vocab.len() }
    }

    /// Groups of four logits.
    pub(crate) fn outputs(self) -> usize {
        self.vocab.div_ceil(4)
    }

    /// Where the first layer's recurrent weights begin, in groups.
    pub(super) fn recurrent_at(self) -> usize {
        self.vocab * self.units
    }

    /// Where the layers above the first begin.
    pub(super) fn upper_at(self) -> usize {
        (self.vocab + self.units) * self.units
    }

    /// Groups of one of them.
    pub(super) fn upper_layer(self) -> usize {
        self.units * (2 * self.units + 1)
    }

    /// Where the output's weights begin.
    pub(super) fn output_at(self) -> usize {
        self.upper_at() + (self.layers - 1) * self.upper_layer()
    }

    /// Numbers of all weights. Threads that have no unit in the last tile read on behind them.
    pub(crate) fn weights(self) -> usize {
        4 * (self.output_at() + (self.units + 1) * self.outputs() + MOST_TILE * MOST_THREADS)
    }

    /// Numbers of a row's state: for each layer the last hidden state, that of the step before, and the cell.
    pub(crate) fn state(self) -> usize {
        3 * self.layers * self.units
    }

    /// Numbers of a row's scratch: logits that become weights of the draw, and what is kept of them.
    pub(crate) fn scratch(self) -> usize {
        2 * 4 * self.outputs()
    }
}

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
