//! Dropout's masks.

use burn::tensor::{Device, Tensor, TensorData};
use rand::Rng;
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};

use crate::recipe::Recipe;

/// First of the random streams that masks are drawn from; those below are the epochs'.
const FIRST_STREAM: u64 = 1 << 32;

/// What a step's layers are multiplied with, `[1, rows, hidden]` each: the same units are silent in all of a row's
/// characters (Gal and Ghahramani, 2016), the others louder, so that the mean stays. None without dropout.
///
/// The masks depend on the recipe's seed and the step alone, so a resumed training needs no saved random state.
pub(crate) fn masks(recipe: &Recipe, step: u64, rows: usize, device: &Device) -> Vec<Tensor<3>> {
    if recipe.dropout == 0.0 {
        return Vec::new();
    }
    let mut rng = ChaCha8Rng::seed_from_u64(recipe.seed);
    rng.set_stream(FIRST_STREAM + step);
    let kept = (1.0 / (1.0 - recipe.dropout)) as f32;
    let mask = |_| {
        let draw = |_| if rng.random_bool(recipe.dropout) { 0.0 } else { kept };
        let values: Vec<f32> = (0..rows * recipe.hidden).map(draw).collect();
        Tensor::from_data(TensorData::new(values, [1, rows, recipe.hidden]), device)
    };
    (0..recipe.layers).map(mask).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recipe::RecipeName;

    #[test]
    fn masks_keep_the_mean_and_belong_to_a_step() {
        let recipe = Recipe { dropout: 0.25, layers: 2, ..Recipe::new(RecipeName::Sequence) };
        let values = |step: u64| -> Vec<f32> {
            let masks = masks(&recipe, step, 100, &Device::flex());
            assert_eq!(masks.len(), 2);
            masks[1].to_data().iter::<f32>().collect()
        };
        let first = values(7);
        let mean = first.iter().sum::<f32>() / first.len() as f32;
        assert!((mean - 1.0).abs() < 0.03, "{mean}");
        assert_eq!(first, values(7));
        assert_ne!(first, values(8));
        let none = Recipe { dropout: 0.0, ..recipe };
        assert!(super::masks(&none, 1, 10, &Device::flex()).is_empty());
    }
}
