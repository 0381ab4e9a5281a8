//! A text read character by character, and what is kept of it.

use crate::{
    generator::Generator,
    math::{exp, log2},
};

/// What a [`Reader`] kept of a run of characters, with no gap between them.
///
/// Everything that changes with a character has one row more than there are characters: row 0 is the state before the
/// first.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    pub(super) ids: Vec<u32>,
    /// `[positions + 1, vocab]`.
    logits: Vec<f32>,
    /// `[positions + 1, layers, units]`.
    pub(super) hidden: Vec<f32>,
    /// The top layer's, `[positions + 1, units]`.
    cells: Vec<f32>,
    vocab: usize,
    pub(super) layers: usize,
    pub(super) units: usize,
    /// Whether something was read before the first character kept, so that row 0 of the logits means something.
    begins_within: bool,
}

/// Reads a text for a [`Reading`], or for several. The state is carried along, so a text can be read in slices.
#[derive(Debug, Clone)]
pub struct Reader {
    generator: Generator,
    begun: bool,
}

impl Reader {
    /// Begins a text: the generator's state becomes zero.
    pub fn new(mut generator: Generator) -> Self {
        generator.reset();
        Self { generator, begun: false }
    }

    /// Reads a character and keeps nothing of it.
    pub fn skip(&mut self, id: u32) {
        self.generator.step(id);
        self.begun = true;
    }

    /// Reads a character and appends it to `into`, which must be empty or end with the character read before.
    pub fn keep(&mut self, id: u32, into: &mut Reading) {
        if into.is_empty() {
            *into = Reading { begins_within: self.begun, ..Reading::default() };
            into.add_state(&self.generator);
        }
        self.skip(id);
        into.ids.push(id);
        into.add_state(&self.generator);
    }
}

impl Reading {
    /// A reading of nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Number of characters.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there is no character.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The characters.
    pub fn ids(&self) -> &[u32] {
        &self.ids
    }

    /// Units of a layer; 0 as long as nothing was read.
    pub fn units(&self) -> usize {
        self.units
    }

    /// The logits `[vocab]` from which the character at `at` was to be foretold, which are those after the one before it; at
    /// [`len`](Self::len) those of the character to come. `None` for a text's very first character, and beyond the end.
    pub fn logits_before(&self, at: usize) -> Option<&[f32]> {
        if at == 0 && !self.begins_within {
            return None;
        }
        self.logits.get(at * self.vocab..(at + 1) * self.vocab).filter(|logits| !logits.is_empty())
    }

    /// What a unit of the top layer gives out after the character at `at`, from -1 to 1; 0 for what is not there.
    pub fn activation(&self, at: usize, unit: usize) -> f32 {
        self.top_hidden(at).get(unit).copied().unwrap_or(0.0)
    }

    /// How much the character at `at` surprised the model, in bits: `-log2 p`, at temperature 1. `None` if there are
    /// no logits before it.
    pub fn bits(&self, at: usize) -> Option<f32> {
        let logits = self.logits_before(at)?;
        let id = *self.ids.get(at)? as usize;
        let logit = logits.get(id).or(logits.last())?;
        let max = logits.iter().fold(f32::NEG_INFINITY, |max, &logit| if logit > max { logit } else { max });
        let sum: f32 = logits.iter().map(|logit| exp(logit - max)).sum();
        let bits = (max - logit) * std::f32::consts::LOG2_E + log2(sum);
        // Rounding may leave a certainty a little below zero.
        Some(if bits > 0.0 { bits } else { 0.0 })
    }

    fn add_state(&mut self, generator: &Generator) {
        let (logits, layers) = (generator.logits(), generator.layers());
        self.vocab = logits.len();
        self.layers = layers.len();
        self.logits.extend_from_slice(logits);
        for (hidden, _) in layers {
            self.hidden.extend_from_slice(hidden);
        }
        if let Some((_, cell)) = layers.last() {
            self.cells.extend_from_slice(cell);
            self.units = cell.len();
        }
    }

    /// The top layer's hidden state `[units]` after the character at `at`; empty beyond the end.
    pub(super) fn top_hidden(&self, at: usize) -> &[f32] {
        self.layers.checked_sub(1).map_or(&[], |top| self.hidden_in(at + 1, top))
    }

    /// A layer's hidden state `[units]` in a row; empty beyond the end.
    pub(super) fn hidden_in(&self, row: usize, layer: usize) -> &[f32] {
        let from = (row * self.layers + layer) * self.units;
        self.hidden.get(from..from + self.units).unwrap_or(&[])
    }

    /// The top layer's cells `[units]` in a row; empty beyond the end.
    pub(super) fn cells_in(&self, row: usize) -> &[f32] {
        self.cells.get(row * self.units..(row + 1) * self.units).unwrap_or(&[])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{generator::tests::weights, math::log_softmax, test_prelude::test};

    const IDS: [u32; 9] = [3, 1, 4, 1, 5, 9, 2, 6, 5];

    #[test]
    fn keeps_what_the_generator_held() {
        let weights = weights(12, 2);
        let mut generator = Generator::new(&weights);
        for skipped in [0, 1, 4] {
            let mut reader = Reader::new(generator.clone());
            let mut reading = Reading::new();
            IDS[..skipped].iter().for_each(|&id| reader.skip(id));
            IDS[skipped..].iter().for_each(|&id| reader.keep(id, &mut reading));
            assert_eq!((reading.ids(), reading.units()), (&IDS[skipped..], 12));
            generator.reset();
            for (at, &id) in IDS.iter().enumerate() {
                let before = (at > 0).then(|| generator.logits().to_vec());
                generator.step(id);
                if let Some(kept) = at.checked_sub(skipped) {
                    assert_eq!(reading.logits_before(kept), before.as_deref(), "at {at}");
                    let (hidden, _) = &generator.layers()[1];
                    assert!((0..12).all(|unit| reading.activation(kept, unit) == hidden[unit]));
                    let bits = before.map(|logits| -log_softmax(&logits)[id as usize] / 2f64.ln());
                    assert_eq!(reading.bits(kept).is_some(), bits.is_some());
                    let found = f64::from(reading.bits(kept).unwrap_or(0.0));
                    assert!((found - bits.unwrap_or(0.0)).abs() < 1e-5, "{found} bits against {bits:?}");
                }
            }
            assert_eq!(reading.logits_before(reading.len()), Some(generator.logits()));
            assert_eq!(reading.logits_before(reading.len() + 1), None);
        }
    }

    #[test]
    fn nothing_is_not_a_panic() {
        let reading = Reading::new();
        assert_eq!((reading.len(), reading.units(), reading.is_empty()), (0, 0, true));
        assert_eq!((reading.logits_before(0), reading.logits_before(3), reading.bits(0)), (None, None, None));
        assert_eq!(reading.activation(0, 0), 0.0);
    }
}
