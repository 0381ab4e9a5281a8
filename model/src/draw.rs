//! The draw: logits, a temperature and one number of the random stream give the next character.

use crate::math::exp;

/// Murmur3's 32-bit finaliser (Appleby, 2011): every input bit reaches every output bit.
fn mix(mut h: u32) -> u32 {
    h ^= h >> 16;
    h = h.wrapping_mul(0x85eb_ca6b);
    h ^= h >> 13;
    h = h.wrapping_mul(0xc2b2_ae35);
    h ^ (h >> 16)
}

/// The random stream: a number in `[0, 1)` for step `step` of row `row` under `seed`.
///
/// A counter-based integer hash has no state to carry, so any step can be drawn in any order and on any
/// device with the same result.
pub fn uniform(seed: u32, row: u32, step: u32) -> f32 {
    let mut h = mix(seed.wrapping_add(0x9e37_79b9));
    h = mix(h ^ row.wrapping_mul(0x85eb_ca77).wrapping_add(0x27d4_eb2f));
    h = mix(h ^ step.wrapping_mul(0xc2b2_ae3d).wrapping_add(0x1656_67b1));
    // 24 bits are what a f32 holds exactly.
    (h >> 8) as f32 * (1.0 / 16_777_216.0)
}

/// The id that `uniform` picks from `softmax(logits / temperature)`; temperature 0 takes the likeliest.
///
/// The maximum is subtracted before the exponential, so no logit and no temperature overflows. `scratch`
/// is working space; it is resized to the logits' length and its content does not matter.
pub fn draw(logits: &[f32], temperature: f32, uniform: f32, scratch: &mut Vec<f32>) -> u32 {
    let (likeliest, max) = likeliest(logits);
    if temperature <= 0.0 || !max.is_finite() {
        return likeliest;
    }
    scratch.clear();
    scratch.extend(logits.iter().map(|&l| exp((l - max) / temperature)));
    let total: f32 = scratch.iter().sum();
    let target = uniform * total;
    let mut sum = 0.0;
    for (&weight, id) in scratch.iter().zip(0u32..) {
        sum += weight;
        if sum > target {
            return id;
        }
    }
    likeliest
}

/// The first id with the largest logit, and that logit.
fn likeliest(logits: &[f32]) -> (u32, f32) {
    let mut best = (0, f32::NEG_INFINITY);
    for (&logit, id) in logits.iter().zip(0u32..) {
        if logit > best.1 {
            best = (id, logit);
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_prelude::test;

    #[test]
    fn the_stream_is_fixed() {
        // A seed in a shared link must mean the same text for ever.
        let stream: Vec<u32> = (0..4).map(|step| (uniform(7, 0, step) * 16_777_216.0) as u32).collect();
        assert_eq!(stream, STREAM_OF_SEED_7);
    }

    const STREAM_OF_SEED_7: [u32; 4] = [9_383_962, 15_501_018, 6_073_286, 1_936_020];

    #[test]
    fn the_stream_is_even() {
        let mean: f64 = (0..100_000).map(|s| f64::from(uniform(1, 2, s))).sum::<f64>() / 1e5;
        assert!((mean - 0.5).abs() < 0.005, "{mean}");
        let rows_differ = (0..1000).filter(|&s| uniform(1, 0, s) != uniform(1, 1, s)).count();
        assert!(rows_differ > 990);
    }

    #[test]
    fn draws_follow_the_probabilities() {
        let logits = [1.0f32, 2.0, 0.0, -1.0];
        let mut counts = [0u32; 4];
        let mut scratch = Vec::new();
        for step in 0..200_000 {
            counts[draw(&logits, 0.8, uniform(3, 0, step), &mut scratch) as usize] += 1;
        }
        let weights: Vec<f64> = logits.iter().map(|l| (f64::from(*l) / 0.8).exp()).collect();
        let total: f64 = weights.iter().sum();
        for (count, weight) in counts.iter().zip(&weights) {
            let (seen, expected) = (f64::from(*count) / 200_000.0, weight / total);
            assert!((seen - expected).abs() < 0.005, "{seen} against {expected}");
        }
    }

    #[test]
    fn extremes_are_stable() {
        let mut scratch = Vec::new();
        let logits = [1000.0f32, -1000.0, 999.0];
        assert_eq!(draw(&logits, 0.0, 0.9, &mut scratch), 0);
        assert_eq!(draw(&logits, 0.01, 0.999_999, &mut scratch), 0);
        assert_eq!(draw(&[f32::NAN; 3], 1.0, 0.5, &mut scratch), 0);
        assert_eq!(draw(&[2.0, 2.0], 0.0, 0.9, &mut scratch), 0);
    }
}
