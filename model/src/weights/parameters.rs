//! A model's numbers.

use super::{
    card::Card,
    error::WeightsError,
    format::{MAX_HIDDEN, MAX_LAYERS},
};
use crate::{gates::GateFunction, vocab::Vocab};

/// One LSTM layer in Keras's layout: the gates stand side by side in the order `i f g o`.
#[derive(Debug, Clone, PartialEq)]
pub struct Layer {
    /// Length of the input vector.
    pub input: usize,
    /// Number of units.
    pub hidden: usize,
    /// Input weights `[input, 4·hidden]`, row-major.
    pub kernel: Vec<f32>,
    /// Recurrent weights `[hidden, 4·hidden]`, row-major.
    pub recurrent: Vec<f32>,
    /// Bias `[4·hidden]`.
    pub bias: Vec<f32>,
}

/// The layer that turns the last hidden state into logits.
#[derive(Debug, Clone, PartialEq)]
pub struct Dense {
    /// Weights `[hidden, vocab]`, row-major.
    pub kernel: Vec<f32>,
    /// Bias `[vocab]`.
    pub bias: Vec<f32>,
}

/// A model: its vocabulary, its numbers and its card.
#[derive(Debug, Clone, PartialEq)]
pub struct Weights {
    /// What the ids stand for.
    pub vocab: Vocab,
    /// Where the model comes from.
    pub card: Card,
    /// LSTM layers, input first; at least one.
    pub layers: Vec<Layer>,
    /// Output layer.
    pub dense: Dense,
    /// The function of the LSTM layers' gates.
    pub gates: GateFunction,
}

/// A tensor of [`Weights`] with its name in the file and its shape.
#[derive(Debug)]
pub struct Named<'a> {
    /// Name in the file.
    pub name: String,
    /// Shape, one or two axes.
    pub shape: Vec<usize>,
    /// Values, row-major.
    pub values: &'a [f32],
}

impl Weights {
    /// Zero weights of a shape: `hidden` units in each of `layers` layers, with sigmoid gates.
    ///
    /// # Errors
    /// If the shape is empty or beyond what the format allows.
    pub fn zeros(vocab: Vocab, card: Card, hidden: usize, layers: usize) -> Result<Self, WeightsError> {
        if !(1..=MAX_HIDDEN).contains(&hidden) {
            let problem = format!("is {hidden}, but must be from 1 to {MAX_HIDDEN}");
            return Err(WeightsError::field("hidden", problem));
        }
        if !(1..=MAX_LAYERS).contains(&layers) {
            let problem = format!("is {layers}, but must be from 1 to {MAX_LAYERS}");
            return Err(WeightsError::field("layers", problem));
        }
        let layers = (0..layers)
            .map(|index| {
                let input = if index == 0 { vocab.len() } else { hidden };
                Layer {
                    input,
                    hidden,
                    kernel: vec![0.0; input * 4 * hidden],
                    recurrent: vec![0.0; hidden * 4 * hidden],
                    bias: vec![0.0; 4 * hidden],
                }
            })
            .collect();
        let dense = Dense { kernel: vec![0.0; hidden * vocab.len()], bias: vec![0.0; vocab.len()] };
        Ok(Self { vocab, card, layers, dense, gates: GateFunction::default() })
    }

    /// Number of units of a layer (all layers have the same).
    pub fn hidden(&self) -> usize {
        self.layers.first().map_or(0, |layer| layer.hidden)
    }

    /// Number of trainable numbers.
    pub fn parameters(&self) -> usize {
        self.tensors().iter().map(|t| t.values.len()).sum()
    }

    /// All tensors by name, in a fixed order.
    pub fn tensors(&self) -> Vec<Named<'_>> {
        let mut tensors = Vec::new();
        for (index, layer) in self.layers.iter().enumerate() {
            let gates = 4 * layer.hidden;
            for (part, shape, values) in [
                ("kernel", vec![layer.input, gates], &layer.kernel),
                ("recurrent", vec![layer.hidden, gates], &layer.recurrent),
                ("bias", vec![gates], &layer.bias),
            ] {
                let name = format!("lstm.{index}.{part}");
                tensors.push(Named { name, shape, values });
            }
        }
        let vocab = self.vocab.len();
        for (part, shape, values) in [
            ("kernel", vec![self.hidden(), vocab], &self.dense.kernel),
            ("bias", vec![vocab], &self.dense.bias),
        ] {
            let name = format!("dense.{part}");
            tensors.push(Named { name, shape, values });
        }
        tensors
    }

    /// The same tensors, to be filled, in the same order.
    pub fn values_mut(&mut self) -> Vec<&mut Vec<f32>> {
        let mut values = Vec::new();
        for layer in &mut self.layers {
            values.push(&mut layer.kernel);
            values.push(&mut layer.recurrent);
            values.push(&mut layer.bias);
        }
        values.push(&mut self.dense.kernel);
        values.push(&mut self.dense.bias);
        values
    }
}
