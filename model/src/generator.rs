//! The CPU generator: the whole network as plain loops over packed weights.

use crate::{
    draw::{draw, uniform},
    gates, panels,
    request::Request,
    weights::Weights,
};

/// Columns computed at once: eight 128-bit registers of accumulators.
const TILE: usize = 32;

/// The network, one character a step, with its state.
///
/// Sums run in the same order on every platform and nothing depends on libm, so the same weights and ids
/// give the same logits to the bit, natively and in a browser.
#[derive(Debug, Clone)]
pub struct Generator {
    layers: Vec<PackedLayer>,
    dense: Packed,
    dense_bias: Vec<f32>,
    vocab: usize,
    gates: Vec<f32>,
    logits: Vec<f32>,
}

#[derive(Debug, Clone)]
struct PackedLayer {
    /// First layer: one row of gates a character, bias included. Later layers: the packed kernel.
    input: Input,
    recurrent: Packed,
    hidden: Vec<f32>,
    cell: Vec<f32>,
}

#[derive(Debug, Clone)]
enum Input {
    Embedding(Vec<f32>),
    Kernel { kernel: Packed, bias: Vec<f32> },
}

/// A `[rows, columns]` matrix cut into panels of [`TILE`] columns.
#[derive(Debug, Clone)]
struct Packed {
    rows: usize,
    columns: usize,
    values: Vec<f32>,
}

impl Packed {
    fn new(rows: usize, columns: usize, row_major: &[f32]) -> Self {
        Self { rows, columns, values: panels::cut(row_major, rows, columns, TILE) }
    }

    /// `out += x · self`
    fn add_product(&self, x: &[f32], out: &mut [f32]) {
        let tiles = self.values.chunks_exact(self.rows * TILE);
        for (tile, out) in tiles.zip(out[..self.columns].chunks_mut(TILE)) {
            let mut sums = [0.0f32; TILE];
            for (&x, weights) in x.iter().zip(tile.as_chunks::<TILE>().0) {
                for (sum, weight) in sums.iter_mut().zip(weights) {
                    *sum += x * weight;
                }
            }
            for (out, sum) in out.iter_mut().zip(sums) {
                *out += sum;
            }
        }
    }
}

impl Generator {
    /// Packs the weights; the state is zero.
    pub fn new(weights: &Weights) -> Self {
        let layers = weights
            .layers
            .iter()
            .enumerate()
            .map(|(index, layer)| {
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
                    Input::Kernel {
                        kernel: Packed::new(layer.input, gates, &layer.kernel),
                        bias: layer.bias.clone(),
                    }
                };
                PackedLayer {
                    input,
                    recurrent: Packed::new(layer.hidden, gates, &layer.recurrent),
                    hidden: vec![0.0; layer.hidden],
                    cell: vec![0.0; layer.hidden],
                }
            })
            .collect();
        let vocab = weights.vocab.len();
        Self {
            layers,
            dense: Packed::new(weights.hidden(), vocab, &weights.dense.kernel),
            dense_bias: weights.dense.bias.clone(),
            vocab,
            gates: vec![0.0; 4 * weights.hidden()],
            logits: vec![0.0; vocab],
        }
    }

    /// Sets the state to zero.
    pub fn reset(&mut self) {
        for layer in &mut self.layers {
            layer.hidden.fill(0.0);
            layer.cell.fill(0.0);
        }
    }

    /// Reads one character and returns the logits `[vocab]` of the next. An id out of range counts as the
    /// vocabulary's last.
    pub fn step(&mut self, id: u32) -> &[f32] {
        let id = (id as usize).min(self.vocab - 1);
        for index in 0..self.layers.len() {
            let (below, rest) = self.layers.split_at_mut(index);
            let layer = &mut rest[0];
            match &layer.input {
                Input::Embedding(rows) => {
                    let width = self.gates.len();
                    self.gates.copy_from_slice(&rows[id * width..(id + 1) * width]);
                }
                Input::Kernel { kernel, bias } => {
                    self.gates.copy_from_slice(bias);
                    kernel.add_product(&below[index - 1].hidden, &mut self.gates);
                }
            }
            layer.recurrent.add_product(&layer.hidden, &mut self.gates);
            gates::forward::<false>(&mut self.gates, &mut layer.cell, &mut layer.hidden);
        }
        self.logits.copy_from_slice(&self.dense_bias);
        if let Some(top) = self.layers.last() {
            self.dense.add_product(&top.hidden, &mut self.logits);
        }
        &self.logits
    }

    /// Reads several characters and returns the logits after the last.
    pub fn read(&mut self, ids: &[u32]) -> &[f32] {
        for &id in ids {
            self.step(id);
        }
        &self.logits
    }
}

/// Writes one script, character by character.
#[derive(Debug, Clone)]
pub struct Writer {
    generator: Generator,
    request: Request,
    written: u32,
    last: Option<u32>,
    scratch: Vec<f32>,
}

impl Writer {
    /// Begins a script: the generator starts from a zero state and has read all of the prompt but its last
    /// character, which the first call of `next` reads.
    pub fn new(generator: Generator, request: Request) -> Self {
        Self::after(generator, request, &[])
    }

    /// Goes on with a script of which `written` is there already, by whichever engine: the text that follows
    /// is the one that a single writer would have written.
    pub fn after(mut generator: Generator, request: Request, written: &[u32]) -> Self {
        generator.reset();
        let mut read = request.prompt.iter().chain(written).copied();
        let last = read.next_back();
        read.for_each(|id| {
            generator.step(id);
        });
        Self { generator, written: written.len() as u32, last, scratch: Vec::new(), request }
    }

    /// Gives the generator back, for the next script.
    pub fn into_generator(self) -> Generator {
        self.generator
    }
}

impl Iterator for Writer {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        if self.written >= self.request.length {
            return None;
        }
        let random = uniform(self.request.seed, 0, self.written);
        let logits = self.generator.step(self.last?);
        let id = draw(logits, self.request.temperature, random, &mut self.scratch);
        self.written += 1;
        self.last = Some(id);
        Some(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Card, Vocab, test_prelude::test};

    /// Weights from the random stream, so that every platform tests the same numbers.
    fn weights(hidden: usize, layers: usize) -> Weights {
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
        let s = |x: f64| 1.0 / (1.0 + (-x).exp());
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
            let weights = weights(hidden, layers);
            let mut generator = Generator::new(&weights);
            let logits = generator.read(&ids);
            for (logit, expected) in logits.iter().zip(reference(&weights, &ids)) {
                assert!(
                    (f64::from(*logit) - expected).abs() < 1e-5,
                    "{hidden} units, {layers} layers: {logit} against {expected}"
                );
            }
        }
    }

    #[test]
    fn a_seed_means_a_text_on_every_platform() {
        // This very text is asserted natively and in the browser.
        let weights = weights(40, 2);
        let request = Request::new(&weights.vocab, "abc", 0.7, 100_000, 42).unwrap();
        let ids: Vec<u32> = Writer::new(Generator::new(&weights), request).collect();
        let text = weights.vocab.decode(&ids);
        assert_eq!(
            Weights::content_hash(text.as_bytes()),
            "ca38a003ac3a63bbc7fa02cce014edbb62cb16be81116c6bd875d42255ba121b"
        );
    }

    #[test]
    fn another_writer_goes_on_with_the_same_text() {
        let weights = weights(16, 2);
        let request = Request::new(&weights.vocab, "ab", 0.9, 60, 3).unwrap();
        let whole: Vec<u32> = Writer::new(Generator::new(&weights), request.clone()).collect();
        for at in [0, 1, 30, 60] {
            let rest = Writer::after(Generator::new(&weights), request.clone(), &whole[..at]);
            assert_eq!(rest.collect::<Vec<u32>>(), whole[at..]);
        }
    }

    #[test]
    fn a_second_script_starts_afresh() {
        let weights = weights(16, 1);
        let request = Request::new(&weights.vocab, "a", 1.0, 50, 5).unwrap();
        let mut writer = Writer::new(Generator::new(&weights), request.clone());
        let first: Vec<u32> = writer.by_ref().collect();
        let second: Vec<u32> = Writer::new(writer.into_generator(), request).collect();
        assert_eq!(first, second);
    }
}
