//! The likeliest characters of a draw, with their probabilities before and after temperature, top-k and top-p.

use crate::draw::{ByLikelihood, Draw, DrawScratch, Sampling, likeliest, weigh};

/// How likely a character is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Odds {
    /// The character.
    pub id: u32,
    /// Its probability according to the model alone: `softmax(logits)`.
    pub before: f32,
    /// The probability with which [`draw`](crate::draw) picks it.
    pub after: f32,
}

/// The `count` likeliest characters, the likeliest first; fewer if the vocabulary is smaller.
pub fn odds(logits: &[f32], sampling: Sampling, count: usize, scratch: &mut DrawScratch) -> Vec<Odds> {
    let likely = ByLikelihood::new(logits, Vec::new()).take(count);
    let mut found: Vec<Odds> = likely.map(|id| Odds { id: id as u32, before: 0.0, after: 0.0 }).collect();
    let plain = Sampling { draw: Draw::Logits, temperature: 1.0, top_k: 0, top_p: 1.0 };
    let chances = Chances::new(logits, plain, scratch);
    found.iter_mut().for_each(|odds| odds.before = chances.of(odds.id));
    let chances = Chances::new(logits, sampling, scratch);
    found.iter_mut().for_each(|odds| odds.after = chances.of(odds.id));
    found
}

/// The probabilities of a draw.
enum Chances<'a> {
    /// The draw takes this character.
    Certain(u32),
    /// The draw is by these weights `[vocab]`, whose sum stands beside them.
    Weighed(&'a [f32], f32),
}

impl<'a> Chances<'a> {
    fn new(logits: &[f32], sampling: Sampling, scratch: &'a mut DrawScratch) -> Self {
        if let Some(weights) = weigh(logits, sampling, scratch) {
            let sum: f32 = weights.iter().sum();
            // A logit that is no number makes the sum none; no running sum then passes, as in the draw.
            if sum > 0.0 {
                return Self::Weighed(weights, sum);
            }
        }
        Self::Certain(likeliest(logits))
    }

    fn of(&self, id: u32) -> f32 {
        match *self {
            Self::Certain(certain) => f32::from(u8::from(id == certain)),
            Self::Weighed(weights, sum) => weights.get(id as usize).map_or(0.0, |weight| weight / sum),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{draw::draw, test_prelude::test};

    const LOGITS: [f32; 7] = [1.0, 3.0, 2.0, 3.0, -1.0, 2.0, -8.0];

    fn check(logits: &[f32], temperature: f32, top_k: u32, top_p: f32) {
        for draw in [Draw::Logits, Draw::Probabilities] {
            check_sampling(logits, Sampling { draw, temperature, top_k, top_p });
        }
    }

    fn check_sampling(logits: &[f32], sampling: Sampling) {
        const DRAWS: u32 = 20_000;
        let mut scratch = DrawScratch::default();
        let mut counts = vec![0u32; logits.len()];
        for n in 0..DRAWS {
            let uniform = n as f32 / DRAWS as f32;
            counts[draw(logits, sampling, uniform, &mut scratch) as usize] += 1;
        }
        let all = odds(logits, sampling, logits.len(), &mut scratch);
        assert_eq!(all.len(), logits.len());
        for Odds { id, after, .. } in all {
            let seen = counts[id as usize] as f32 / DRAWS as f32;
            assert!((seen - after).abs() < 2e-4, "{sampling:?}: {id} drawn {seen}, odds {after}");
        }
    }

    #[test]
    fn they_are_those_of_the_draw() {
        for temperature in [0.0, 0.1, 0.7, 1.0, 2.5, 100.0] {
            for top_k in [0, 1, 3, 4, 6, 7, 50] {
                for top_p in [0.05, 0.5, 0.9, 1.0] {
                    check(&LOGITS, temperature, top_k, top_p);
                }
            }
        }
        check(&[f32::NAN, 1.0, 2.0], 1.0, 0, 1.0);
        check(&[f32::NEG_INFINITY; 3], 1.0, 0, 1.0);
        check(&[f32::NEG_INFINITY, 1.0, 2.0], 1.0, 2, 0.9);
    }

    #[test]
    fn the_likeliest_come_first() {
        let sampling = Sampling { draw: Draw::Logits, temperature: 0.0, top_k: 0, top_p: 1.0 };
        let mut scratch = DrawScratch::default();
        let found = odds(&LOGITS, sampling, 5, &mut scratch);
        assert_eq!(found.iter().map(|odds| odds.id).collect::<Vec<_>>(), [1, 3, 2, 5, 0]);
        assert_eq!(found.iter().map(|odds| odds.after).collect::<Vec<_>>(), [1.0, 0.0, 0.0, 0.0, 0.0]);
        let total: f64 = LOGITS.iter().map(|logit| f64::from(*logit).exp()).sum();
        for odds in found {
            let expected = f64::from(LOGITS[odds.id as usize]).exp() / total;
            assert!((f64::from(odds.before) - expected).abs() < 1e-6, "{odds:?} against {expected}");
        }
        assert!(odds(&LOGITS, sampling, 0, &mut scratch).is_empty());
        assert!(odds(&[], sampling, 5, &mut scratch).is_empty());
    }
}
