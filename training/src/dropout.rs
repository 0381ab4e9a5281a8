//! Dropout's masks.

use std::ops::Range;

use burn::tensor::{Device, Tensor, TensorData};
use model::Masks;
use rand::Rng;
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};

use crate::recipe::Recipe;

/// First of the random streams that masks are drawn from; those below are the epochs'.
const FIRST_STREAM: u64 = 1 << 32;

/// What is silent in one step, drawn anew for each: the same units in all of a row's characters, and the same
/// recurrent weights for all rows and characters (Gal and Ghahramani, 2016; Merity et al., 2018). What is left is
/// louder, so that the mean stays.
///
/// The masks depend on the recipe's seed and the step alone, so a resumed training needs no saved random state. They are
/// drawn for all of a batch's `rows`, and cut to a `part` of them.
pub(crate) fn masks(recipe: &Recipe, step: u64, rows: usize, part: Range<usize>, device: &Device) -> Masks {
    let mut rng = ChaCha8Rng::seed_from_u64(recipe.seed);
    rng.set_stream(FIRST_STREAM + step);
    let mut mask = |share: f64, count: usize| -> Vec<f32> {
        let kept = (1.0 / (1.0 - share)) as f32;
        (0..count).map(|_| if rng.random_bool(share) { 0.0 } else { kept }).collect()
    };
    let Recipe { hidden, layers, dropout, recurrent_dropout, .. } = *recipe;
    let mut masks = Masks::default();
    if dropout > 0.0 {
        masks.outputs.extend((0..layers).map(|_| {
            let mut values = mask(dropout, rows * hidden);
            values.truncate(part.end * hidden);
            values.drain(..part.start * hidden);
            Tensor::from_data(TensorData::new(values, [1, part.len(), hidden]), device)
        }));
    }
    if recurrent_dropout > 0.0 {
        masks.recurrent.extend((0..layers).map(|_| {
            let values = mask(recurrent_dropout, 4 * hidden * hidden);
            Tensor::from_data(TensorData::new(values, [hidden, 4 * hidden]), device)
        }));
    }
    masks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recipe::RecipeName;

    #[test]
    fn masks_keep_the_mean_and_belong_to_a_step() {
        let recipe = Recipe { dropout: 0.25, layers: 2, ..Recipe::new(RecipeName::Sequence) };
        let values = |step: u64| -> Vec<f32> {
            let masks = masks(&recipe, step, 100, 0..100, &Device::flex());
            assert_eq!((masks.outputs.len(), masks.recurrent.len()), (2, 0));
            masks.outputs[1].to_data().iter::<f32>().collect()
        };
        let first = values(7);
        let mean = first.iter().sum::<f32>() / first.len() as f32;
        assert!((mean - 1.0).abs() < 0.03, "{mean}");
        assert_eq!(first, values(7));
        assert_ne!(first, values(8));
        let part = masks(&recipe, 7, 100, 40..70, &Device::flex());
        let part: Vec<f32> = part.outputs[1].to_data().iter::<f32>().collect();
        assert_eq!(part, first[40 * 128..70 * 128]);
        let weights = Recipe { dropout: 0.0, recurrent_dropout: 0.5, ..recipe };
        let masks = masks(&weights, 1, 10, 0..10, &Device::flex());
        assert_eq!((masks.outputs.len(), masks.recurrent.len()), (0, 2));
        assert_eq!(masks.recurrent[0].dims(), [128, 512]);
    }
}
