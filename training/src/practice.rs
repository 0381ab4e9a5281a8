//! A training to measure with: the same everywhere, so that a page's losses can be laid beside the command line's.

use model::{Card, Vocab};

use crate::{
    checkpoint::{Checkpoint, Source},
    init::keras_weights,
    recipe::{Recipe, RecipeName},
};

/// Distinct characters, as many as the notebook's text has.
const CHARACTERS: u8 = 78;
/// Length of the text.
const LENGTH: usize = 300_000;

/// A training of 128 units that has not begun, and its text, which is made up.
#[derive(Debug, Clone)]
pub struct Practice {
    /// The training.
    pub checkpoint: Checkpoint,
    /// Its text.
    pub text: String,
}

impl Practice {
    /// At a recipe's own shape. `seed` is the weights' and the order's.
    ///
    /// # Errors
    /// None, of these settings; they are the parts' own.
    pub fn new(name: RecipeName, seed: u64) -> Result<Self, Box<dyn std::error::Error>> {
        let recipe = Recipe { seed, ..Recipe::new(name) };
        let vocab = Vocab::from_text(&(0..CHARACTERS).map(letter).collect::<String>())?;
        let weights = keras_weights(vocab, Card::default(), recipe.hidden, recipe.layers, seed)?;
        Ok(Self { checkpoint: Checkpoint::new(recipe, Source::default(), weights), text: walk() })
    }
}

/// From the first printable character on.
fn letter(id: u8) -> char {
    char::from(b'!' + id)
}

/// A text of sorts: one of four likely followers, or any.
fn walk() -> String {
    let (mut at, mut state) = (7u32, 1u32);
    let next = |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let random = state >> 24;
        let characters = u32::from(CHARACTERS);
        at = if random < 200 { (at * 31 + 17 * (random & 3) + 5) % characters } else { random % characters };
        letter(at as u8)
    };
    (0..LENGTH).map(next).collect()
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, read_sync};

    use super::*;
    use crate::{ids::Ids, training::Training};

    #[test]
    fn it_learns() {
        for name in RecipeName::ALL {
            let Practice { checkpoint, text } = Practice::new(name, 1).unwrap();
            let ids = Ids::encode(&checkpoint.weights.vocab, &text);
            let mut training = Training::new(checkpoint, &ids, &Device::flex()).unwrap();
            let mut steps = |count| {
                let before = training.position().clone();
                (0..count).for_each(|_| {
                    training.step_next();
                });
                read_sync(training.read_losses()).unwrap();
                training.position().mean_loss_since(&before)
            };
            let (first, last) = (steps(2), {
                steps(10);
                steps(2)
            });
            assert!(first.is_finite() && last < first, "{first}, then {last}");
        }
    }
}
