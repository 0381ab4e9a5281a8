//! Recipes: how a text is cut into batches and how long and how fast the model learns.

use corpus::WINDOW;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The ways to train.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RecipeName {
    /// The course notebook, faithfully: windows of 20, a loss at the last character
    Notebook,
    /// Long sequences with carried state and a loss at every character (truncated BPTT)
    Sequence,
}

impl RecipeName {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Notebook, Self::Sequence];

    /// What users write.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Notebook => "notebook",
            Self::Sequence => "sequence",
        }
    }

    /// What users read about it, in one line.
    pub fn about(self) -> &'static str {
        match self {
            Self::Notebook => "The course notebook, faithfully: windows of 20, a loss at the last character",
            Self::Sequence => {
                "Long sequences with carried state and a loss at every character (truncated BPTT)"
            }
        }
    }
}

/// Why a recipe's settings cannot be used: a sentence that begins with the setting's name.
#[derive(Debug, Error)]
pub enum RecipeError {
    /// A setting is out of its limits.
    #[error("{setting} {value} cannot be used; give {allowed}")]
    Setting {
        /// Which one.
        setting: &'static str,
        /// What it is.
        value: String,
        /// What it may be.
        allowed: String,
    },
    /// The notebook's windows have a length of their own.
    #[error("time belongs to the sequence recipe; the notebook's windows have {WINDOW} characters")]
    NotebookTime,
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
    /// Names the setting that cannot be used and what it may be.
    pub fn check(&self) -> Result<(), RecipeError> {
        let integers = [
            ("hidden", self.hidden, 2048),
            ("layers", self.layers, 8),
            ("batch", self.batch, 4096),
            ("time", self.time, 4096),
            ("epochs", self.epochs, 100_000),
        ];
        for (setting, value, max) in integers {
            check(setting, value, (1..=max).contains(&value), || format!("a number from 1 to {max}"))?;
        }
        if self.name == RecipeName::Notebook && self.time != WINDOW {
            return Err(RecipeError::NotebookTime);
        }
        let rate = self.learning_rate;
        check("learning-rate", rate, rate > 0.0 && rate <= 1.0, || {
            "a number above 0 and at most 1, for example 0.001".to_owned()
        })?;
        let shares = [
            ("dropout", self.dropout, 0.2),
            ("recurrent-dropout", self.recurrent_dropout, 0.2),
            ("average", self.average, 0.999),
        ];
        for (setting, share, example) in shares {
            check(setting, share, (0.0..1.0).contains(&share), || {
                format!("a share from 0 to below 1, for example {example}")
            })?;
        }
        let decay = self.weight_decay;
        check("weight-decay", decay, (0.0..=1.0).contains(&decay), || {
            "a number from 0 to 1, for example 0.01".to_owned()
        })?;
        check("split", self.split, self.split > 0.0 && self.split < 1.0, || {
            "a share between 0 and 1, for example 0.9".to_owned()
        })
    }

    /// Largest norm of the gradient over all parameters; the notebook does not clip.
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

/// Refuses a setting that is not `usable`; `allowed` says what it may be.
fn check(
    setting: &'static str,
    value: impl ToString,
    usable: bool,
    allowed: impl FnOnce() -> String,
) -> Result<(), RecipeError> {
    if usable {
        return Ok(());
    }
    Err(RecipeError::Setting { setting, value: value.to_string(), allowed: allowed() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_out_of_their_limits_are_named() {
        let sequence = Recipe::new(RecipeName::Sequence);
        assert!(sequence.check().is_ok() && Recipe::new(RecipeName::Notebook).check().is_ok());
        let refused = [
            (
                Recipe { hidden: 0, ..sequence.clone() },
                "hidden 0 cannot be used; give a number from 1 to 2048",
            ),
            (
                Recipe { average: 1.0, ..sequence.clone() },
                "average 1 cannot be used; give a share from 0 to below 1, for example 0.999",
            ),
            (
                Recipe { learning_rate: f64::NAN, ..sequence.clone() },
                "learning-rate NaN cannot be used; give a number above 0 and at most 1, for example 0.001",
            ),
            (
                Recipe { split: 1.5, ..sequence.clone() },
                "split 1.5 cannot be used; give a share between 0 and 1, for example 0.9",
            ),
            (
                Recipe { name: RecipeName::Notebook, ..sequence },
                "time belongs to the sequence recipe; the notebook's windows have 20 characters",
            ),
        ];
        for (recipe, sentence) in refused {
            assert_eq!(recipe.check().unwrap_err().to_string(), sentence);
        }
    }
}
