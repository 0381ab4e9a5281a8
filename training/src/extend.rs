//! A model that learns new characters.

use std::collections::BTreeSet;

use model::{Vocab, VocabError, Weights};
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};

use crate::init::glorot_uniform;

/// The weights with the characters of a text that they do not know, sorted, behind those that they know: with rows of the
/// first layer's input weights and columns of the output weights as Keras starts them, and a bias of zero. What they
/// know stays as it is.
///
/// # Errors
/// If that were more characters than a vocabulary can have.
pub fn extend(mut weights: Weights, text: &str, seed: u64) -> Result<Weights, VocabError> {
    let known = weights.vocab.characters();
    let new: BTreeSet<char> = text.chars().filter(|&c| weights.vocab.id(c).is_none()).collect();
    let (before, after) = (known.len(), known.len() + new.len());
    if new.is_empty() {
        return Ok(weights);
    }
    weights.vocab = Vocab::from_characters(known.iter().copied().chain(new))?;
    let hidden = weights.hidden();
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    if let Some(first) = weights.layers.first_mut() {
        first.input = after;
        let mut rows = vec![0.0; (after - before) * 4 * hidden];
        glorot_uniform(&mut rows, after, 4 * hidden, &mut rng);
        first.kernel.extend(rows);
    }
    let mut columns = vec![0.0; hidden * (after - before)];
    glorot_uniform(&mut columns, hidden, after, &mut rng);
    let rows = weights.dense.kernel.chunks(before).zip(columns.chunks(after - before));
    weights.dense.kernel = rows.flat_map(|(known, new)| [known, new].concat()).collect();
    weights.dense.bias.resize(after, 0.0);
    Ok(weights)
}

#[cfg(test)]
mod tests {
    use model::{Card, Generator};

    use super::*;
    use crate::init::keras_weights;

    #[test]
    fn what_is_known_stays_and_what_is_new_starts_as_in_keras() {
        let vocab = Vocab::from_characters("cab".chars()).unwrap();
        let weights = keras_weights(vocab, Card::default(), 6, 2, 1).unwrap();
        assert_eq!(extend(weights.clone(), "abc", 2).unwrap(), weights);
        let extended = extend(weights.clone(), "abé: z", 2).unwrap();
        assert_eq!(extended.vocab.characters(), ['c', 'a', 'b', ' ', ':', 'z', 'é']);
        assert_eq!((extended.layers[0].input, extended.layers[1].input), (7, 6));
        let (kernel, new) = extended.layers[0].kernel.split_at(3 * 24);
        assert_eq!(kernel, weights.layers[0].kernel);
        let limit = (6.0f32 / (7 + 24) as f32).sqrt();
        assert!(new.len() == 4 * 24 && new.iter().all(|value| value.abs() <= limit && *value != 0.0));
        assert_eq!(extended.layers[1], weights.layers[1]);
        // The odds of the known characters among themselves are what they were.
        let logits = Generator::new(&weights).read(&[0, 2, 1]).to_vec();
        assert_eq!(Generator::new(&extended).read(&[0, 2, 1])[..3], logits);
        assert_eq!(extended.dense.bias, [0.0; 7]);
        assert_eq!(extended.dense.kernel.len(), 6 * 7);
    }
}
