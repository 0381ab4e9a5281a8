//! How well a weights file predicts a text.

use anyhow::{Result, bail};
use model::{Generator, Weights, log_softmax};
use serde::Serialize;

/// The loss of a model on a text.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Evaluation {
    /// Mean loss, natural logarithm.
    pub nats_per_char: f64,
    /// Mean loss, logarithm to base 2.
    pub bits_per_char: f64,
    /// `e^nats`: among how many characters the model is in doubt.
    pub perplexity: f64,
    /// Predicted characters.
    pub characters: usize,
    /// Characters passed over because the vocabulary lacks them.
    pub skipped: usize,
}

/// Reads `text` from the share `from` of its characters on, in one run with carried state from a zero state,
/// and takes the mean loss over every character but the first. Characters that the vocabulary lacks are
/// passed over.
///
/// # Errors
/// If fewer than two characters are left to read.
pub fn evaluate(weights: &Weights, text: &str, from: f64) -> Result<Evaluation> {
    if !(0.0..1.0).contains(&from) {
        bail!("--from {from} cannot be used; give a share of the text from 0 up to, but not including, 1");
    }
    let characters = text.chars().count();
    let start = (characters as f64 * from) as usize;
    let rest: String = text.chars().skip(start).collect();
    let (ids, unknown) = weights.vocab.encode_known(&rest);
    let [first, rest @ ..] = ids.as_slice() else {
        bail!("nothing to evaluate: the model knows no character of the text from {from} on");
    };
    if rest.is_empty() {
        bail!("nothing to evaluate: only one character is left from {from} on; use a longer text");
    }
    let mut generator = Generator::new(weights);
    let mut read = *first;
    let mut nats = 0.0;
    for &id in rest {
        nats -= log_softmax(generator.step(read))[id as usize];
        read = id;
    }
    let nats_per_char = nats / rest.len() as f64;
    Ok(Evaluation {
        nats_per_char,
        bits_per_char: nats_per_char / std::f64::consts::LN_2,
        perplexity: nats_per_char.exp(),
        characters: rest.len(),
        skipped: unknown.len(),
    })
}

#[cfg(test)]
mod tests {
    use model::{Card, Vocab};

    use super::*;

    #[test]
    fn zero_weights_know_nothing() {
        let vocab = Vocab::from_text("abcd").unwrap();
        let weights = Weights::zeros(vocab, Card::default(), 3, 1).unwrap();
        let evaluation = evaluate(&weights, "abcdéabcd", 0.0).unwrap();
        assert!((evaluation.bits_per_char - 2.0).abs() < 1e-6);
        assert!((evaluation.perplexity - 4.0).abs() < 1e-5);
        assert_eq!((evaluation.characters, evaluation.skipped), (7, 1));
        assert_eq!(evaluate(&weights, "abcdabcdab", 0.5).unwrap().characters, 4);
        for (text, from) in [("xyz", 0.0), ("a", 0.0), ("abc", 1.0), ("abc", f64::NAN)] {
            assert!(evaluate(&weights, text, from).is_err());
        }
    }
}
