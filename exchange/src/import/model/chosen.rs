//! The ids of a model that stand for characters, and one-hot input for all of them.

use super::Numbers;
use crate::ImportError;

/// The model with these ids alone, renumbered in this order: their rows of the first layer's kernel, their columns of the
/// output. The others' logits are left out, so that they have no part in the odds.
///
/// A first layer that reads an id as one number, divided by `divisor`, gets a row for each: what a one-hot product
/// picks is the same product.
pub(super) fn chosen(
    mut numbers: Numbers,
    ids: &[usize],
    divisor: Option<f32>,
) -> Result<Numbers, ImportError> {
    let vocab = numbers.vocab;
    let Some(first) = numbers.layers.first_mut() else { return Ok(numbers) };
    let gates = 4 * first.hidden;
    if first.input != vocab {
        let divisor = divisor.filter(|divisor| divisor.is_finite() && *divisor > 0.0);
        let divisor = divisor.ok_or(ImportError::Scaled { characters: vocab })?;
        let scaled = ids.iter().flat_map(|&id| {
            let number = id as f32 / divisor;
            first.kernel.iter().map(move |weight| number * weight)
        });
        first.kernel = scaled.collect();
    } else if is_all(ids, vocab) {
        return Ok(numbers);
    } else {
        let row = |&id: &usize| first.kernel.get(id * gates..(id + 1) * gates).unwrap_or_default();
        first.kernel = ids.iter().flat_map(row).copied().collect();
    }
    first.input = ids.len();
    if !is_all(ids, vocab) {
        let dense = &mut numbers.dense;
        let pick = |row: &[f32]| ids.iter().filter_map(|&id| row.get(id).copied()).collect::<Vec<f32>>();
        dense.kernel = dense.kernel.chunks_exact(vocab.max(1)).flat_map(pick).collect();
        dense.bias = pick(&dense.bias);
        numbers.vocab = ids.len();
    }
    Ok(numbers)
}

fn is_all(ids: &[usize], vocab: usize) -> bool {
    ids.len() == vocab && ids.iter().enumerate().all(|(at, id)| at == *id)
}
