//! What a visitor or a command line asks for, checked once for both.

use thiserror::Error;

use crate::{
    decimal::decimal,
    draw::{Draw, Sampling},
    vocab::{UnknownCharacters, Vocab},
};

/// Most characters one request may ask for.
pub const MAX_LENGTH: u32 = 1_000_000;

/// Highest temperature; above it every character is as good as equally likely.
pub const MAX_TEMPERATURE: f32 = 100.0;

/// A script to write: built by [`Request::new`], so its fields hold what the generators need.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// What is read before anything is written: the prompt's ids, at least one, and behind them what is written already.
    pub prompt: Vec<u32>,
    /// What is divided by the temperature.
    pub draw: Draw,
    /// How daring: 0 always takes the likeliest character.
    pub temperature: f32,
    /// How many of the likeliest characters are drawn from; 0 is all.
    pub top_k: u32,
    /// The share of the probability that the characters drawn from reach together; 1 is all of it.
    pub top_p: f32,
    /// Characters of the script after the prompt, those that are written already included.
    pub length: u32,
    /// How many are written already.
    pub written: u32,
    /// Seed of the random stream.
    pub seed: u32,
    /// Row of the random stream: several scripts of one seed differ by it.
    pub row: u32,
}

/// Why a request cannot be served.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum RequestError {
    /// Negative, too high or not a number.
    #[error(
        "the temperature {} cannot be used; give a number from 0 (always the likeliest character) to {}",
        decimal(*.0),
        decimal(MAX_TEMPERATURE)
    )]
    Temperature(f32),
    /// Not a share of the probability.
    #[error(
        "the top-p {} cannot be used; give a number above 0 and up to 1 (1 draws from all characters)",
        decimal(*.0)
    )]
    TopP(f32),
    /// Nothing to write, or too much.
    #[error("the length {0} cannot be used; give a number of characters from 1 to {MAX_LENGTH}")]
    Length(u64),
    /// Characters the model never saw.
    #[error("the prompt cannot be used: {0}; leave them out or choose another model")]
    Prompt(#[from] UnknownCharacters),
}

impl Request {
    /// Checks a request against the model's vocabulary. An empty prompt stands for a new line (or for the
    /// vocabulary's first character, if it has no new line).
    ///
    /// # Errors
    /// Names the field that cannot be used and what it may be.
    pub fn new(
        vocab: &Vocab,
        prompt: &str,
        temperature: f32,
        length: u64,
        seed: u32,
    ) -> Result<Self, RequestError> {
        if !(0.0..=MAX_TEMPERATURE).contains(&temperature) {
            return Err(RequestError::Temperature(temperature));
        }
        let length = match u32::try_from(length) {
            Ok(length) if (1..=MAX_LENGTH).contains(&length) => length,
            _ => return Err(RequestError::Length(length)),
        };
        let sampling = Sampling { draw: Draw::Logits, temperature, top_k: 0, top_p: 1.0 };
        Ok(Self::of_checked(vocab, prompt, sampling, length, seed)?)
    }

    /// The same of values that were checked where they were read. It has sentences for the prompt alone, which is what keeps
    /// the page small.
    ///
    /// # Errors
    /// Names the characters of the prompt that the model does not know.
    pub fn of_checked(
        vocab: &Vocab,
        prompt: &str,
        sampling: Sampling,
        length: u32,
        seed: u32,
    ) -> Result<Self, UnknownCharacters> {
        let mut prompt = vocab.encode(prompt)?;
        if prompt.is_empty() {
            prompt.push(vocab.id('\n').unwrap_or(0));
        }
        let Sampling { draw, temperature, top_k, top_p } = sampling;
        Ok(Self { prompt, draw, temperature, top_k, top_p, length, written: 0, seed, row: 0 })
    }

    /// Draws only from the `top_k` likeliest characters (0: from all), and of these only from the fewest whose
    /// probabilities together reach `top_p` (1: from all).
    ///
    /// # Errors
    /// If `top_p` is no share of the probability.
    pub fn with_top(self, top_k: u32, top_p: f32) -> Result<Self, RequestError> {
        if !(top_p > 0.0 && top_p <= 1.0) {
            return Err(RequestError::TopP(top_p));
        }
        Ok(Self { top_k, top_p, ..self })
    }

    /// Divides this by the temperature; without it, the logits.
    pub fn with_draw(self, draw: Draw) -> Self {
        Self { draw, ..self }
    }

    /// Draws from another row of the seed's random stream.
    pub fn in_row(self, row: u32) -> Self {
        Self { row, ..self }
    }

    /// Goes on with a script of which `written` is there already, by whichever engine: the text that follows is the one
    /// that would have followed anyway.
    pub fn after(mut self, written: &[u32]) -> Self {
        self.prompt.extend_from_slice(written);
        self.written += written.len() as u32;
        self
    }

    /// How the request's characters are picked.
    pub fn sampling(&self) -> Sampling {
        Sampling { draw: self.draw, temperature: self.temperature, top_k: self.top_k, top_p: self.top_p }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_prelude::test;

    fn check(prompt: &str, temperature: f32, length: u64, expected: &str) {
        let vocab = Vocab::from_text("\nabc").unwrap();
        let outcome = match Request::new(&vocab, prompt, temperature, length, 1) {
            Ok(request) => vocab.decode(&request.prompt),
            Err(error) => error.to_string(),
        };
        assert_eq!(outcome, expected);
    }

    #[test]
    fn accepts_and_refuses() {
        check("abc", 0.5, 10, "abc");
        check("", 0.0, 1, "\n");
        let temperature = "cannot be used; give a number from 0 (always the likeliest character) to 100";
        check("a", -1.0, 1, &format!("the temperature -1 {temperature}"));
        check("a", f32::NAN, 1, &format!("the temperature NaN {temperature}"));
        check("a", f32::INFINITY, 1, &format!("the temperature inf {temperature}"));
        let length = "cannot be used; give a number of characters from 1 to 1000000";
        check("a", 1.0, 0, &format!("the length 0 {length}"));
        check("a", 1.0, 1 << 40, &format!("the length 1099511627776 {length}"));
        check(
            "aß",
            1.0,
            1,
            "the prompt cannot be used: the model does not know the character 'ß'; it knows: abc; leave them out or choose another model",
        );
    }

    #[test]
    fn top_p_is_a_share() {
        let vocab = Vocab::from_text("\nabc").unwrap();
        let request = Request::new(&vocab, "a", 1.0, 10, 1).unwrap();
        for top_p in [0.0, -0.5, 1.1, f32::NAN, f32::INFINITY] {
            let error = request.clone().with_top(0, top_p).unwrap_err().to_string();
            assert!(error.starts_with(&format!("the top-p {top_p} cannot be used; give")), "{error}");
        }
        let limited = request.with_top(7, 0.5).unwrap();
        assert_eq!(
            limited.sampling(),
            Sampling { draw: Draw::Logits, temperature: 1.0, top_k: 7, top_p: 0.5 }
        );
    }
}
