//! The draw: logits, a temperature and one number of the random stream give the next character.

use std::{collections::BinaryHeap, mem::take};

use crate::{
    math::exp_of,
    number::{Change, Number, change},
};

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

/// What the temperature divides before the exponential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Draw {
    /// The logits, which makes a softmax at that temperature.
    #[default]
    Logits,
    /// The probabilities, `softmax(logits)`: what a program that expects logits makes of a model that ends in a softmax, as
    /// the course's notebook did. They lie between 0 and 1, so that temperatures are some hundredths.
    Probabilities,
}

impl Draw {
    /// The one of a name, `logits` or `probabilities`.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "logits" => Some(Self::Logits),
            "probabilities" => Some(Self::Probabilities),
            _ => None,
        }
    }
}

/// How a character is picked from the logits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sampling {
    /// What is divided by the temperature.
    pub draw: Draw,
    /// How daring: the logits, or the probabilities, are divided by it; 0 always takes the likeliest character.
    pub temperature: f32,
    /// Only this many of the likeliest characters are drawn from; 0 is all.
    pub top_k: u32,
    /// Only the fewest likeliest characters are drawn from whose probabilities together reach this share; 1 is all.
    pub top_p: f32,
}

/// Working space of [`draw`], kept from one draw to the next so that none allocates.
#[derive(Debug, Clone, Default)]
pub struct DrawScratch {
    weights: Vec<f32>,
    order: Vec<u64>,
    kept: Vec<(usize, f32)>,
}

/// The id that `uniform` (in `[0, 1)`) picks from `softmax(logits / temperature)` or, by [`Draw::Probabilities`], from
/// `softmax(softmax(logits) / temperature)`, of which top-k and then top-p have taken away the less likely; of two equally
/// likely characters the one with the lower id counts as the likelier.
///
/// The kept characters' weights are summed in the order of the ids, and the first sum above `uniform` times the
/// total is the id drawn. The maximum is subtracted before the exponential, so no logit and no temperature overflows.
pub fn draw(logits: &[f32], sampling: Sampling, uniform: f32, scratch: &mut DrawScratch) -> u32 {
    let Some(weights) = weigh(logits, sampling, scratch) else { return likeliest(logits) };
    let mut sum = 0.0;
    for weight in weights.iter_mut() {
        sum += *weight;
        *weight = sum;
    }
    // The sums rise, so those that pass the target are the last ones: counting them finds the first.
    let target = uniform * sum;
    let passing = weights.iter().map(|&sum| u32::from(sum > target)).sum::<u32>();
    let place = weights.len() as u32 - passing;
    if passing > 0 { place } else { likeliest(logits) }
}

/// The weights `[vocab]` by which ids are drawn, not normalised, zero for those taken away; `None` if the likeliest
/// is taken instead.
pub(crate) fn weigh<'a>(
    logits: &[f32],
    sampling: Sampling,
    scratch: &'a mut DrawScratch,
) -> Option<&'a mut [f32]> {
    let max = maximum(logits);
    if sampling.temperature <= 0.0 || !max.is_finite() {
        return None;
    }
    let weights = &mut scratch.weights;
    weights.clear();
    weights.extend_from_slice(logits);
    let mut likelihoods = Some(logits);
    match sampling.draw {
        Draw::Logits => exponentials(weights, max, sampling.temperature),
        Draw::Probabilities => {
            exponentials(weights, max, 1.0);
            // The probabilities are these divided by their sum, and the greatest of these is 1.
            let sum: f32 = weights.iter().sum();
            exponentials(weights, 1.0, sampling.temperature * sum);
            likelihoods = None;
        }
    }
    let max_kept = if sampling.top_k == 0 { usize::MAX } else { sampling.top_k as usize };
    if max_kept < logits.len() || sampling.top_p < 1.0 {
        keep_likeliest(likelihoods, max_kept, sampling.top_p, scratch);
    }
    Some(&mut scratch.weights)
}

/// Makes `e^((value - max) / temperature)` of each value.
#[inline(never)]
fn exponentials(values: &mut [f32], max: f32, temperature: f32) {
    change(values, [], Softmax { max, temperature });
}

/// The numerators of the softmax.
#[derive(Clone, Copy)]
struct Softmax {
    max: f32,
    temperature: f32,
}

impl Change<0> for Softmax {
    #[inline(always)]
    fn becomes<N: Number>(self, own: N, []: [N; 0]) -> N {
        exp_of::<N, false>((own - N::of(self.max)) / N::of(self.temperature))
    }
}

/// Sets all weights to zero but those of the `max_kept` likeliest characters, and of these all but the fewest whose sum
/// reaches the share `top_p` of theirs. How likely they are say the logits or, if those are not given, the weights.
fn keep_likeliest(logits: Option<&[f32]>, max_kept: usize, top_p: f32, scratch: &mut DrawScratch) {
    let DrawScratch { weights, order, kept } = scratch;
    let mut likely = ByLikelihood::new(logits.unwrap_or(weights), take(order));
    kept.clear();
    let total: f32 = if max_kept < weights.len() {
        kept.extend(likely.by_ref().take(max_kept).map(|id| (id, weights[id])));
        kept.iter().map(|(_, weight)| weight).sum()
    } else {
        weights.iter().sum()
    };
    if top_p < 1.0 {
        let (mut sum, mut count) = (0.0, 0);
        while count == 0 || sum < top_p * total {
            if count == kept.len() {
                match likely.next() {
                    Some(id) if max_kept >= weights.len() => kept.push((id, weights[id])),
                    _ => break,
                }
            }
            sum += kept[count].1;
            count += 1;
        }
        kept.truncate(count);
    }
    weights.fill(0.0);
    for &(id, weight) in &*kept {
        weights[id] = weight;
    }
    *order = likely.into_space();
}

/// The ids, the likeliest first; of equally likely ones the lower id first.
pub(crate) struct ByLikelihood(BinaryHeap<u64>);

impl ByLikelihood {
    /// The ids of `logits`; `space` is memory to use, its content does not matter.
    pub(crate) fn new(logits: &[f32], mut space: Vec<u64>) -> Self {
        // A heap, as few are wanted of many. Its integers are the logit's rank above the complemented id.
        space.clear();
        space.extend(
            logits.iter().zip(0u32..).map(|(&logit, id)| u64::from(rank(logit)) << 32 | u64::from(!id)),
        );
        Self(BinaryHeap::from(space))
    }

    fn into_space(self) -> Vec<u64> {
        self.0.into_vec()
    }
}

impl Iterator for ByLikelihood {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        self.0.pop().map(|entry| !(entry as u32) as usize)
    }
}

/// An integer that is greater for a greater logit, and the same for the same.
fn rank(logit: f32) -> u32 {
    // Adding zero makes -0 the 0 that it equals.
    let bits = (logit + 0.0).to_bits();
    if bits >> 31 == 0 { bits | 1 << 31 } else { !bits }
}

/// The largest logit; -∞ if there is none.
fn maximum(logits: &[f32]) -> f32 {
    const LANES: usize = 16;
    let larger = |a: f32, b: f32| if b > a { b } else { a };
    let (chunks, rest) = logits.as_chunks::<LANES>();
    let mut lanes = [f32::NEG_INFINITY; LANES];
    for chunk in chunks {
        for (lane, &logit) in lanes.iter_mut().zip(chunk) {
            *lane = larger(*lane, logit);
        }
    }
    lanes.iter().chain(rest).copied().fold(f32::NEG_INFINITY, larger)
}

/// The first id with the largest logit.
pub(crate) fn likeliest(logits: &[f32]) -> u32 {
    let max = maximum(logits);
    logits.iter().zip(0u32..).find(|(logit, _)| **logit == max).map_or(0, |(_, id)| id)
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
        let mut scratch = DrawScratch::default();
        for step in 0..200_000 {
            counts[draw(&logits, at(0.8), uniform(3, 0, step), &mut scratch) as usize] += 1;
        }
        let weights: Vec<f64> = logits.iter().map(|l| (f64::from(*l) / 0.8).exp()).collect();
        let total: f64 = weights.iter().sum();
        for (count, weight) in counts.iter().zip(&weights) {
            let (seen, expected) = (f64::from(*count) / 200_000.0, weight / total);
            assert!((seen - expected).abs() < 0.005, "{seen} against {expected}");
        }
    }

    fn at(temperature: f32) -> Sampling {
        Sampling { draw: Draw::Logits, temperature, top_k: 0, top_p: 1.0 }
    }

    /// The notebook's `sample`, in f64, of what its model gives: probabilities.
    #[test]
    fn draws_follow_the_notebook() {
        let logits = [1.0f32, 4.0, 0.0, 3.5, -20.0];
        let exponentials = |values: &[f64], temperature: f64| -> Vec<f64> {
            let values: Vec<f64> = values.iter().map(|value| (value / temperature).exp()).collect();
            let sum: f64 = values.iter().sum();
            values.iter().map(|value| value / sum).collect()
        };
        let probabilities = exponentials(&logits.map(f64::from), 1.0);
        let mut scratch = DrawScratch::default();
        for temperature in [0.01f32, 0.05, 0.3, 2.0] {
            let expected = exponentials(&probabilities, f64::from(temperature));
            let sampling = Sampling { draw: Draw::Probabilities, ..at(temperature) };
            let mut counts = [0u32; 5];
            for step in 0..100_000 {
                counts[draw(&logits, sampling, uniform(3, 0, step), &mut scratch) as usize] += 1;
            }
            for (count, expected) in counts.iter().zip(&expected) {
                let seen = f64::from(*count) / 1e5;
                assert!((seen - expected).abs() < 0.006, "{temperature}: {seen} against {expected}");
            }
        }
        let never_overflows = Sampling { draw: Draw::Probabilities, ..at(1e-30) };
        assert_eq!(draw(&logits, never_overflows, 0.999_999, &mut scratch), 1);
        let likeliest = Sampling { draw: Draw::Probabilities, ..at(0.0) };
        assert_eq!(draw(&logits, likeliest, 0.9, &mut scratch), 1);
        assert_eq!(draw(&[f32::NAN; 3], never_overflows, 0.5, &mut scratch), 0);
        let filtered = Sampling { top_k: 2, top_p: 0.99, ..never_overflows };
        assert_eq!(draw(&logits, Sampling { temperature: 1.0, ..filtered }, 0.999_999, &mut scratch), 3);
        assert_eq!(draw(&logits, filtered, 0.999_999, &mut scratch), 1);
    }

    #[test]
    fn extremes_are_stable() {
        let mut scratch = DrawScratch::default();
        let logits = [1000.0f32, -1000.0, 999.0];
        assert_eq!(draw(&logits, at(0.0), 0.9, &mut scratch), 0);
        assert_eq!(draw(&logits, at(0.01), 0.999_999, &mut scratch), 0);
        assert_eq!(draw(&[f32::NAN; 3], at(1.0), 0.5, &mut scratch), 0);
        assert_eq!(draw(&[2.0, 2.0], at(0.0), 0.9, &mut scratch), 0);
        assert_eq!(draw(&[f32::NAN, 1.0, 2.0], at(0.0), 0.9, &mut scratch), 2);
        let all = Sampling { top_k: 2, top_p: 0.5, ..at(0.01) };
        assert_eq!(draw(&logits, all, 0.999_999, &mut scratch), 0);
        assert_eq!(draw(&[f32::NAN, 1.0, 2.0], all, 0.9, &mut scratch), 2);
        assert_eq!(draw(&[f32::NEG_INFINITY; 3], all, 0.9, &mut scratch), 0);
    }

    /// The ids that can be drawn.
    fn drawn(logits: &[f32], temperature: f32, top_k: u32, top_p: f32) -> Vec<u32> {
        let sampling = Sampling { top_k, top_p, ..at(temperature) };
        let mut scratch = DrawScratch::default();
        let mut ids: Vec<u32> =
            (0..2000).map(|n| draw(logits, sampling, n as f32 / 2000.0, &mut scratch)).collect();
        assert!(ids.is_sorted(), "the draw runs over the ids in their order");
        ids.dedup();
        ids
    }

    #[test]
    fn top_k_keeps_the_likeliest() {
        let logits = [1.0f32, 3.0, 2.0, 3.0, -1.0, 2.0];
        assert_eq!(drawn(&logits, 1.0, 0, 1.0), [0, 1, 2, 3, 4, 5]);
        assert_eq!(drawn(&logits, 1.0, 6, 1.0), [0, 1, 2, 3, 4, 5]);
        assert_eq!(drawn(&logits, 1.0, 100, 1.0), [0, 1, 2, 3, 4, 5]);
        assert_eq!(drawn(&logits, 1.0, 4, 1.0), [1, 2, 3, 5]);
        // Of two alike the lower id is kept.
        assert_eq!(drawn(&logits, 1.0, 3, 1.0), [1, 2, 3]);
        assert_eq!(drawn(&logits, 1.0, 1, 1.0), [1]);
        assert_eq!(drawn(&[-0.0, 0.0, -1.0], 1.0, 1, 1.0), [0]);
    }

    #[test]
    fn top_p_keeps_the_fewest_that_reach_it() {
        // Probabilities 0.125, 0.5, 0.125, 0.25.
        let logits = [0.125f32, 0.5, 0.125, 0.25].map(|p| p.log2() * std::f32::consts::LN_2);
        assert_eq!(drawn(&logits, 1.0, 0, 0.01), [1]);
        assert_eq!(drawn(&logits, 1.0, 0, 0.49), [1]);
        assert_eq!(drawn(&logits, 1.0, 0, 0.6), [1, 3]);
        assert_eq!(drawn(&logits, 1.0, 0, 0.8), [0, 1, 3]);
        assert_eq!(drawn(&logits, 1.0, 0, 0.9), [0, 1, 2, 3]);
        // After top-k the probabilities are 2/3 and 1/3; at temperature 0.1 the first stands nearly alone.
        assert_eq!(drawn(&logits, 1.0, 2, 0.6), [1]);
        assert_eq!(drawn(&logits, 1.0, 2, 0.7), [1, 3]);
        assert_eq!(drawn(&logits, 0.1, 0, 0.9), [1]);
    }

    #[test]
    fn kept_characters_keep_their_proportions() {
        let logits = [1.0f32, 2.0, 0.0, -1.0];
        let sampling = Sampling { top_k: 2, ..at(0.8) };
        let mut scratch = DrawScratch::default();
        let ones = (0..100_000)
            .filter(|&step| draw(&logits, sampling, uniform(3, 0, step), &mut scratch) == 1)
            .count();
        let expected = 1.0 / (1.0 + (-1.0f64 / 0.8).exp());
        assert!((ones as f64 / 1e5 - expected).abs() < 0.005);
    }
}
