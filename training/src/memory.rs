//! How much memory a step takes on the CPU.

use crate::{
    batches::{MAX_VALIDATION_ROWS, MIN_VALIDATION_LENGTH},
    recipe::{Recipe, RecipeName},
};

/// Bytes of a number.
const NUMBER: u64 = 4;
/// Copies of the weights while a step is taken: themselves and what becomes of them, gradients, moments, the mean, what
/// is exchanged.
const WEIGHTS: u64 = 10;
/// Copies of the logits: they and the way to the loss and back.
const LOGITS: u64 = 6;

/// Bytes that a training on the CPU takes, roughly and rather too many, on a text of so many characters, of which `vocab`
/// are distinct: the weights, a step forward and back, and validation. The text itself is not in it.
pub fn training_bytes(recipe: &Recipe, characters: usize, vocab: usize) -> u64 {
    let [hidden, layers, time, vocab] = [recipe.hidden, recipe.layers, recipe.time, vocab].map(|n| n as u64);
    let batch = recipe.batch as u64;
    let gates = 4 * hidden;
    let weights = gates * (vocab + (2 * layers - 1) * hidden + layers) + vocab * (hidden + 1);
    let pass = |rows: u64, losses: u64| {
        // Gates, states, cells and what goes back through them, of each layer.
        let layer = (gates + 6 * hidden) * (time + 1);
        rows * (layers * layer + LOGITS * losses * vocab)
    };
    let losses = if recipe.name == RecipeName::Notebook { 1 } else { time };
    let validated = (characters as f64 * (1.0 - recipe.split)) as usize;
    let validation = match recipe.name {
        RecipeName::Notebook => MAX_VALIDATION_ROWS,
        RecipeName::Sequence => (validated / MIN_VALIDATION_LENGTH).clamp(1, MAX_VALIDATION_ROWS),
    } as u64;
    let steps = pass(batch, losses).max(pass(validation, losses));
    NUMBER.saturating_mul(weights.saturating_mul(WEIGHTS).saturating_add(steps))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_recipes_fit_and_giants_do_not() {
        for name in RecipeName::ALL {
            let usual = Recipe::new(name);
            assert!(
                training_bytes(&usual, 1_000_000, 78) < 200 << 20,
                "{name:?} {}",
                training_bytes(&usual, 1_000_000, 78)
            );
            let giant = Recipe { hidden: 2048, layers: 8, batch: 4096, ..usual };
            assert!(training_bytes(&giant, 1_000_000, 4096) > 4 << 30);
        }
        let large = Recipe { hidden: 512, layers: 2, ..Recipe::new(RecipeName::Sequence) };
        assert!(
            training_bytes(&large, 1_000_000, 100) < 1 << 30,
            "{}",
            training_bytes(&large, 1_000_000, 100)
        );
    }
}
