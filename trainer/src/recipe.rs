//! Recipes: how a text is cut into batches and how long and how fast the model learns.

use anyhow::{Result, bail};
use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// Characters of a window of the notebook's recipe.
pub const WINDOW: usize = 20;
/// Characters from one window's start to the next's.
pub const STEP: usize = 5;

/// The ways to train.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RecipeName {
    /// The course notebook, faithfully: windows of 20, a loss at the last character
    Notebook,
    /// Long sequences with carried state and a loss at every character (truncated BPTT)
    Sequence,
}

/// All settings of a training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    /// Which way.
    pub name: RecipeName,
    /// Units of each layer.
    pub hidden: usize,
    /// Number of layers.
    pub layers: usize,
    /// Rows of a batch.
    pub batch: usize,
    /// Characters of a row.
    pub time: usize,
    /// Passes over the training text.
    pub epochs: usize,
    /// Adam's highest learning rate.
    pub learning_rate: f64,
    /// Share of each layer's units that are silent in a step.
    pub dropout: f64,
    /// Share of the recurrent weights that are silent in a step.
    pub recurrent_dropout: f64,
    /// Share by which matrices shrink in a step, times the learning rate.
    pub weight_decay: f64,
    /// Share of the running mean of the weights that stays in a step; 0: none is kept. What is validated and
    /// shipped is that mean.
    pub average: f64,
    /// Epochs without a better validation loss after which the training stops; 0: never.
    pub patience: usize,
    /// Share of the text to train on, from its beginning; the rest is for validation.
    pub split: f64,
    /// Seed of the initial weights and of the order of the batches.
    pub seed: u64,
}

/// Steps over which the learning rate of the sequence recipe rises to its highest.
const WARM_UP_STEPS: f64 = 100.0;
/// Share of the highest learning rate at the end of the sequence recipe.
const LAST_RATE: f64 = 0.05;

impl Recipe {
    /// A recipe's own settings.
    pub fn new(name: RecipeName) -> Self {
        let notebook = Self {
            name,
            hidden: 128,
            layers: 1,
            batch: 128,
            time: WINDOW,
            epochs: 1,
            learning_rate: 1e-3,
            dropout: 0.0,
            recurrent_dropout: 0.0,
            weight_decay: 0.0,
            average: 0.0,
            patience: 0,
            split: 0.7,
            seed: 1,
        };
        match name {
            RecipeName::Notebook => notebook,
            RecipeName::Sequence => {
                // The best of docs/training.md for small models; larger ones want a lower rate.
                Self { batch: 16, time: 100, epochs: 10, learning_rate: 1e-2, split: 0.9, ..notebook }
            }
        }
    }

    /// Checks the settings.
    ///
    /// # Errors
    /// Names the flag that cannot be used and what it may be.
    pub fn check(&self) -> Result<()> {
        let whole = [
            ("--hidden", self.hidden, 2048),
            ("--layers", self.layers, 8),
            ("--batch", self.batch, 4096),
            ("--time", self.time, 4096),
            ("--epochs", self.epochs, 100_000),
        ];
        for (flag, value, most) in whole {
            if !(1..=most).contains(&value) {
                bail!("{flag} {value} cannot be used; give a number from 1 to {most}");
            }
        }
        if self.name == RecipeName::Notebook && self.time != WINDOW {
            bail!("--time belongs to the sequence recipe; the notebook's windows have {WINDOW} characters");
        }
        if !(self.learning_rate > 0.0 && self.learning_rate <= 1.0) {
            let rate = self.learning_rate;
            bail!(
                "--learning-rate {rate} cannot be used; give a number above 0 and at most 1, for example 0.001"
            );
        }
        let shares = [
            ("--dropout", self.dropout, 0.2),
            ("--recurrent-dropout", self.recurrent_dropout, 0.2),
            ("--average", self.average, 0.999),
        ];
        for (flag, share, example) in shares {
            if !(0.0..1.0).contains(&share) {
                bail!("{flag} {share} cannot be used; give a share from 0 to below 1, for example {example}");
            }
        }
        if !(0.0..=1.0).contains(&self.weight_decay) {
            let decay = self.weight_decay;
            bail!("--weight-decay {decay} cannot be used; give a number from 0 to 1, for example 0.01");
        }
        if !(self.split > 0.0 && self.split < 1.0) {
            bail!("--split {} cannot be used; give a share between 0 and 1, for example 0.9", self.split);
        }
        Ok(())
    }

    /// Largest norm of the whole gradient; the notebook does not clip.
    pub fn clip_norm(&self) -> Option<f32> {
        (self.name == RecipeName::Sequence).then_some(1.0)
    }

    /// The learning rate of step `step` of `steps`: constant in the notebook; a warm-up and half a cosine in
    /// the sequence recipe (Loshchilov and Hutter, 2017).
    pub fn rate(&self, step: usize, steps: usize) -> f64 {
        if self.name == RecipeName::Notebook {
            return self.learning_rate;
        }
        let warm_up = ((step + 1) as f64 / WARM_UP_STEPS).min(1.0);
        let cosine = 0.5 + 0.5 * (std::f64::consts::PI * step as f64 / steps as f64).cos();
        self.learning_rate * warm_up * (LAST_RATE + (1.0 - LAST_RATE) * cosine)
    }

    /// The settings in one line, for the weights' card.
    pub fn describe(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}
