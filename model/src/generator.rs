//! The CPU generator: the network as plain loops over packed weights.

use std::sync::Arc;

use crate::{
    gates::{self, GateFunction},
    product::{PANEL, Packed},
    weights::{Layer, Weights},
};

/// The network, one character a step, with its state. A clone shares the weights.
///
/// Sums run in the same order on every platform and nothing depends on libm, so the same weights and ids
/// give the same logits to the bit, natively and in a browser.
#[derive(Debug, Clone)]
pub struct Generator {
    network: Arc<Network>,
    state: State,
}

/// The weights, packed for the products.
#[derive(Debug)]
pub(crate) struct Network {
    layers: Vec<PackedLayer>,
    dense: Packed,
    dense_bias: Vec<f32>,
    units: usize,
    vocab: usize,
    gates: GateFunction,
}

#[derive(Debug)]
struct PackedLayer {
    input: Input,
    recurrent: Packed,
}

#[derive(Debug)]
enum Input {
    /// First layer: one row of gates a character, bias included.
    Embedding(Vec<f32>),
    /// Later layers.
    Kernel { kernel: Packed, bias: Vec<f32> },
}

/// Where some scripts are, a row each, and working space for a step.
#[derive(Debug, Clone)]
pub(crate) struct State {
    /// A layer's hidden states and cells, `[rows, units]` each.
    layers: Vec<(Vec<f32>, Vec<f32>)>,
    /// `[rows, 4·units]`, a row's length made a multiple of [`PANEL`].
    gates: Vec<f32>,
    /// `[rows, vocab]`, a row's length made a multiple of [`PANEL`].
    logits: Vec<f32>,
    /// The products' working space.
    mixed: Vec<f32>,
    rows: usize,
}

impl Network {
    fn new(weights: &Weights) -> Self {
        let pack = |(index, layer): (usize, &Layer)| {
            let gates = 4 * layer.hidden;
            let input = if index == 0 {
                let mut rows = layer.kernel.clone();
                for row in rows.chunks_exact_mut(gates) {
                    for (value, bias) in row.iter_mut().zip(&layer.bias) {
                        *value += bias;
                    }
                }
                Input::Embedding(rows)
            } else {
                let kernel = Packed::new(layer.input, gates, &layer.kernel);
                Input::Kernel { kernel, bias: layer.bias.clone() }
            };
            PackedLayer { input, recurrent: Packed::new(layer.hidden, gates, &layer.recurrent) }
        };
        let (units, vocab) = (weights.hidden(), weights.vocab.len());
        Self {
            layers: weights.layers.iter().enumerate().map(pack).collect(),
            dense: Packed::new(units, vocab, &weights.dense.kernel),
            dense_bias: weights.dense.bias.clone(),
            units,
            vocab,
            gates: weights.gates,
        }
    }

    /// Zero states of `rows` scripts.
    pub(crate) fn state(&self, rows: usize) -> State {
        let units = vec![0.0; rows * self.units];
        State {
            layers: vec![(units.clone(), units); self.layers.len()],
            gates: vec![0.0; rows * (4 * self.units).next_multiple_of(PANEL)],
            logits: vec![0.0; rows * self.vocab.next_multiple_of(PANEL)],
            mixed: Vec::new(),
            rows,
        }
    }

    /// Reads one character in each row: afterwards the state's logits are those of the next. An id out of range
    /// counts as the vocabulary's last.
    pub(crate) fn step(&self, ids: &[u32], state: &mut State) {
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") {
            // SAFETY: The processor has just been asked for it.
            return unsafe { self.step_avx2(ids, state) };
        }
        self.step_with::<false>(ids, state);
    }

    /// The same loops in registers of 256 bits.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    fn step_avx2(&self, ids: &[u32], state: &mut State) {
        self.step_with::<true>(ids, state);
    }

    #[inline(always)]
    fn step_with<const WIDE: bool>(&self, ids: &[u32], state: &mut State) {
        let State { layers: states, gates, logits, mixed, rows } = state;
        let (units, width) = (self.units, 4 * self.units);
        let stride = gates.len() / *rows;
        for (index, layer) in self.layers.iter().enumerate() {
            let (below, rest) = states.split_at_mut(index);
            let (hidden, cell) = &mut rest[0];
            match &layer.input {
                Input::Embedding(embedded) => {
                    for (gates, &id) in gates.chunks_exact_mut(stride).zip(ids) {
                        let at = (id as usize).min(self.vocab - 1) * width;
                        gates[..width].copy_from_slice(&embedded[at..at + width]);
                    }
                }
                Input::Kernel { kernel, bias } => {
                    for gates in gates.chunks_exact_mut(stride) {
                        gates[..width].copy_from_slice(bias);
                    }
                    kernel.add_product::<WIDE>(&below[index - 1].0, gates, stride, mixed);
                }
            }
            layer.recurrent.add_product::<WIDE>(hidden, gates, stride, mixed);
            let states = cell.chunks_exact_mut(units).zip(hidden.chunks_exact_mut(units));
            for (gates, (cell, hidden)) in gates.chunks_exact_mut(stride).zip(states) {
                gates::forward::<false>(&mut gates[..width], cell, hidden, self.gates);
            }
        }
        let stride = logits.len() / *rows;
        for logits in logits.chunks_exact_mut(stride) {
            logits[..self.vocab].copy_from_slice(&self.dense_bias);
        }
        if let Some((hidden, _)) = states.last() {
            self.dense.add_product::<WIDE>(hidden, logits, stride, mixed);
        }
    }

    /// The logits `[vocab]` of a row.
    pub(crate) fn logits<'a>(&self, state: &'a State, row: usize) -> &'a [f32] {
        let at = row * (state.logits.len() / state.rows);
        &state.logits[at..at + self.vocab]
    }
}

impl State {
    /// Takes a row away; the last row takes its place.
    pub(crate) fn swap_remove(&mut self, row: usize) {
        let rows = self.rows;
        let shrink = |values: &mut Vec<f32>| {
            let length = values.len() / rows;
            values.copy_within((rows - 1) * length.., row * length);
            values.truncate((rows - 1) * length);
        };
        for (hidden, cell) in &mut self.layers {
            shrink(hidden);
            shrink(cell);
        }
        shrink(&mut self.gates);
        shrink(&mut self.logits);
        self.rows -= 1;
    }
}

impl Generator {
    /// Packs the weights; the state is zero.
    pub fn new(weights: &Weights) -> Self {
        let network = Network::new(weights);
        Self { state: network.state(1), network: Arc::new(network) }
    }

    /// Sets the state to zero.
    pub fn reset(&mut self) {
        for (hidden, cell) in &mut self.state.layers {
            hidden.fill(0.0);
            cell.fill(0.0);
        }
    }

    /// Reads one character and returns the logits `[vocab]` of the next. An id out of range counts as the
    /// vocabulary's last.
    pub fn step(&mut self, id: u32) -> &[f32] {
        self.network.step(&[id], &mut self.state);
        self.logits()
    }

    /// Reads several characters and returns the logits after the last.
    pub fn read(&mut self, ids: &[u32]) -> &[f32] {
        for &id in ids {
            self.step(id);
        }
        self.logits()
    }

    /// The logits `[vocab]` of the last step.
    pub(crate) fn logits(&self) -> &[f32] {
        self.network.logits(&self.state, 0)
    }

    /// Each layer's hidden state and cell, `[units]` each, the input's layer first.
    pub(crate) fn layers(&self) -> &[(Vec<f32>, Vec<f32>)] {
        &self.state.layers
    }

    /// The weights, to be shared.
    pub(crate) fn network(&self) -> Arc<Network> {
        self.network.clone()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::{draw::uniform, test_prelude::test, vocab::Vocab, weights::Card};

    /// Weights from the random stream, so that every platform tests the same numbers.
    pub(crate) fn weights(hidden: usize, layers: usize) -> Weights {
        let vocab = Vocab::from_text("\n abcdefghij:XYZ").unwrap();
        let mut weights = Weights::zeros(vocab, Card::default(), hidden, layers).unwrap();
        for (values, row) in weights.values_mut().into_iter().zip(0u32..) {
            for (value, step) in values.iter_mut().zip(0u32..) {
                *value = uniform(9, row, step) - 0.5;
            }
        }
        weights
    }

    /// The textbook's LSTM in f64, one number at a time.
    fn reference(weights: &Weights, ids: &[u32]) -> Vec<f64> {
        let hidden = weights.hidden();
        let mut states = vec![(vec![0.0f64; hidden], vec![0.0f64; hidden]); weights.layers.len()];
        let s = |x: f64| match weights.gates {
            GateFunction::Sigmoid => 1.0 / (1.0 + (-x).exp()),
            GateFunction::HardSigmoid => (0.2 * x + 0.5).clamp(0.0, 1.0),
        };
        for &id in ids {
            let mut x = vec![0.0; weights.vocab.len()];
            x[id as usize] = 1.0;
            for (layer, (h, c)) in weights.layers.iter().zip(&mut states) {
                let z: Vec<f64> = (0..4 * hidden)
                    .map(|j| {
                        let at = |m: &[f32], k: usize| f64::from(m[k * 4 * hidden + j]);
                        f64::from(layer.bias[j])
                            + (0..x.len()).map(|k| x[k] * at(&layer.kernel, k)).sum::<f64>()
                            + (0..hidden).map(|k| h[k] * at(&layer.recurrent, k)).sum::<f64>()
                    })
                    .collect();
                for u in 0..hidden {
                    c[u] = s(z[hidden + u]) * c[u] + s(z[u]) * z[2 * hidden + u].tanh();
                    h[u] = s(z[3 * hidden + u]) * c[u].tanh();
                }
                x = h.clone();
            }
        }
        let top = &states[states.len() - 1].0;
        (0..weights.vocab.len())
            .map(|v| {
                let kernel = |k: usize| f64::from(weights.dense.kernel[k * weights.vocab.len() + v]);
                f64::from(weights.dense.bias[v]) + (0..hidden).map(|k| top[k] * kernel(k)).sum::<f64>()
            })
            .collect()
    }

    #[test]
    fn agrees_with_the_textbook() {
        let ids = [3u32, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5];
        for (hidden, layers) in [(1, 1), (7, 1), (32, 2), (50, 3), (128, 1)] {
            let mut weights = weights(hidden, layers);
            for gates in [GateFunction::Sigmoid, GateFunction::HardSigmoid] {
                weights.gates = gates;
                let mut generator = Generator::new(&weights);
                let logits = generator.read(&ids);
                for (logit, expected) in logits.iter().zip(reference(&weights, &ids)) {
                    assert!(
                        (f64::from(*logit) - expected).abs() < 1e-5,
                        "{hidden} units, {layers} layers, {gates:?}: {logit} against {expected}"
                    );
                }
            }
        }
    }
}
