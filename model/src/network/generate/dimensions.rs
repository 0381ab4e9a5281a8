//! A model's shape, and where everything lies in the kernel's buffers.

use crate::{gates::GateFunction, weights::Weights};

/// Most threads of a workgroup: WebGPU's default limit.
pub(super) const MAX_THREADS: usize = 256;
/// Units that a thread computes at once, at most.
pub(super) const MAX_TILE: usize = 4;

/// A model's shape, and the function of its gates.
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
    pub(crate) gates: GateFunction,
}

impl Dimensions {
    pub(crate) fn new(weights: &Weights) -> Self {
        Self {
            layers: weights.layers.len(),
            units: weights.hidden(),
            vocab: weights.vocab.len(),
            gates: weights.gates,
        }
    }

    /// Groups of four logits.
    pub(super) fn outputs(self) -> usize {
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
        4 * (self.output_at() + (self.units + 1) * self.outputs() + MAX_TILE * MAX_THREADS)
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
