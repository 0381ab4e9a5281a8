//! Keras's initialisers, so that a model starts as the notebook's does.

use model::{Card, Vocab, Weights, WeightsError};
use rand::Rng;
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};

/// Weights as Keras's `LSTM` and `Dense` layers start: Glorot-uniform kernels, an orthogonal recurrent
/// kernel, zero biases but for the forget gate's, which is one.
///
/// # Errors
/// If the shape is beyond what the weights format allows.
pub fn keras_weights(
    vocab: Vocab,
    card: Card,
    hidden: usize,
    layers: usize,
    seed: u64,
) -> Result<Weights, WeightsError> {
    let mut weights = Weights::zeros(vocab, card, hidden, layers)?;
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    for layer in &mut weights.layers {
        glorot_uniform(&mut layer.kernel, layer.input, 4 * hidden, &mut rng);
        layer.recurrent = orthogonal(hidden, 4 * hidden, &mut rng);
        layer.bias[hidden..2 * hidden].fill(1.0);
    }
    let vocab = weights.vocab.len();
    glorot_uniform(&mut weights.dense.kernel, hidden, vocab, &mut rng);
    Ok(weights)
}

/// Uniform in `±√(6 / (fan_in + fan_out))` (Glorot and Bengio, 2010).
pub(crate) fn glorot_uniform(values: &mut [f32], fan_in: usize, fan_out: usize, rng: &mut impl Rng) {
    let limit = (6.0 / (fan_in + fan_out) as f32).sqrt();
    for value in values {
        *value = (rng.random::<f32>() * 2.0 - 1.0) * limit;
    }
}

/// A `[rows, columns]` matrix (`rows ≤ columns`) with orthonormal rows: Gram and Schmidt's procedure over
/// Gaussian rows (Saxe et al., 2014), twice over for accuracy.
fn orthogonal(rows: usize, columns: usize, rng: &mut impl Rng) -> Vec<f32> {
    let mut basis: Vec<Vec<f64>> = Vec::with_capacity(rows);
    while basis.len() < rows {
        let mut row: Vec<f64> = (0..columns).map(|_| gaussian(rng)).collect();
        for _ in 0..2 {
            for other in &basis {
                let overlap: f64 = row.iter().zip(other).map(|(a, b)| a * b).sum();
                for (value, other) in row.iter_mut().zip(other) {
                    *value -= overlap * other;
                }
            }
        }
        let norm = row.iter().map(|x| x * x).sum::<f64>().sqrt();
        if norm > 1e-6 {
            row.iter_mut().for_each(|value| *value /= norm);
            basis.push(row);
        }
    }
    basis.into_iter().flatten().map(|value| value as f32).collect()
}

/// A standard normal number (Box and Muller, 1958).
fn gaussian(rng: &mut impl Rng) -> f64 {
    let radius = (-2.0 * (1.0 - rng.random::<f64>()).ln()).sqrt();
    radius * (std::f64::consts::TAU * rng.random::<f64>()).cos()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_orthonormal() {
        let (rows, columns) = (33, 132);
        let matrix = orthogonal(rows, columns, &mut ChaCha8Rng::seed_from_u64(3));
        let row = |r: usize| &matrix[r * columns..(r + 1) * columns];
        for a in 0..rows {
            for b in 0..rows {
                let dot: f32 = row(a).iter().zip(row(b)).map(|(x, y)| x * y).sum();
                let expected = if a == b { 1.0 } else { 0.0 };
                assert!((dot - expected).abs() < 1e-5, "{a} · {b} = {dot}");
            }
        }
    }

    #[test]
    fn starts_as_keras_does() {
        let vocab = Vocab::from_text("abcdef").unwrap();
        let weights = keras_weights(vocab, Card::default(), 16, 2, 1).unwrap();
        let bias = &weights.layers[0].bias;
        assert!(bias[16..32].iter().all(|&b| b == 1.0));
        assert_eq!(bias.iter().sum::<f32>(), 16.0);
        let limit = (6.0f32 / (6 + 64) as f32).sqrt();
        let kernel = &weights.layers[0].kernel;
        assert!(kernel.iter().all(|k| k.abs() <= limit));
        assert!(kernel.iter().any(|k| k.abs() > 0.9 * limit));
    }
}
