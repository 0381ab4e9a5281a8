//! A training to measure with: the same everywhere, so that a page's losses can be laid beside the command line's.

use burn::tensor::{Device, Tensor};
use model::{Card, Vocab};

use crate::{
    batches::Epoch,
    checkpoint::{Checkpoint, Source},
    ids::Ids,
    init::keras_weights,
    recipe::{Recipe, RecipeName},
    training::Training,
};

/// Distinct characters, as many as the notebook's text has.
const CHARACTERS: u16 = 78;
/// Length of the text.
const LENGTH: usize = 300_000;
const RATE: f64 = 1e-3;

/// A small training of 128 units on a made-up text, whose steps can be timed.
#[derive(Debug)]
pub struct Practice {
    training: Training,
    epoch: Epoch,
    step: usize,
}

impl Practice {
    /// At a recipe's own shape. `seed` is the weights' and the order's.
    ///
    /// # Errors
    /// None, of these settings; they are the parts' own.
    pub fn new(name: RecipeName, seed: u64, device: &Device) -> Result<Self, Box<dyn std::error::Error>> {
        let recipe = Recipe { seed, ..Recipe::new(name) };
        // From the first printable character on.
        let letters: String = ('!'..).take(CHARACTERS.into()).collect();
        let vocab = Vocab::from_text(&letters)?;
        let weights = keras_weights(vocab, Card::default(), recipe.hidden, recipe.layers, seed)?;
        let ids = walk();
        let epoch = Epoch::training(&ids, &recipe, 0);
        let training = Training::new(Checkpoint::new(recipe, Source::default(), weights), &ids, device)?;
        Ok(Self { training, epoch, step: 0 })
    }

    /// Characters that a step learns from.
    pub fn characters(&self) -> usize {
        let Recipe { batch, time, .. } = self.training.recipe();
        batch * time
    }

    /// A whole step on a fresh batch: forward, backward, Adam. Returns its mean loss, `[1]`, on the device.
    pub fn step(&mut self) -> Tensor<1> {
        // The last batch of a pass is a smaller one.
        let batch = self.epoch.batch(self.step % (self.epoch.steps() - 1));
        self.step += 1;
        self.training.step(&batch, RATE)
    }
}

/// Text-like ids: one of four likely followers, or any.
fn walk() -> Ids {
    let (mut at, mut state) = (7u32, 1u32);
    let next = |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let random = state >> 24;
        let characters = u32::from(CHARACTERS);
        at = if random < 200 { (at * 31 + 17 * (random & 3) + 5) % characters } else { random % characters };
        at as u16
    };
    (0..LENGTH).map(next).collect()
}

#[cfg(test)]
mod tests {
    use burn::tensor::read_sync;

    use super::*;

    #[test]
    fn it_learns() {
        for name in RecipeName::ALL {
            let mut practice = Practice::new(name, 1, &Device::flex()).unwrap();
            let mut loss =
                || read_sync(practice.step().into_data_async()).unwrap().iter::<f32>().next().unwrap();
            let first = loss();
            let last = (0..10).fold(first, |_, _| loss());
            assert!(first.is_finite() && last < first, "{first}, then {last}");
        }
    }
}
