//! What happens in a training, as it is told to people and programs.

use serde::{Deserialize, Serialize};

use crate::recipe::Recipe;

/// One thing that happened: a line of `metrics.jsonl` and of `--json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// A training begins, or goes on.
    Start {
        /// Name of the corpus.
        corpus: String,
        /// Its length in characters.
        characters: usize,
        /// Distinct characters.
        distinct: usize,
        /// Parameters of the model.
        parameters: usize,
        /// Where it is trained.
        device: String,
        /// The run's folder.
        folder: String,
        /// Epochs that are done already.
        epochs_done: usize,
        /// All settings.
        recipe: Recipe,
    },
    /// Some steps are done.
    Progress {
        /// Number of the epoch, from 1.
        epoch: usize,
        /// All epochs.
        epochs: usize,
        /// Its steps so far.
        step: usize,
        /// All its steps.
        steps: usize,
        /// Mean loss of the epoch so far, nats a character.
        loss: f64,
        /// Mean loss of the steps since the last such event.
        recent_loss: f64,
        /// The learning rate of the last step.
        learning_rate: f64,
        /// Speed, characters learnt from in a second.
        chars_per_second: f64,
        /// Seconds to the end of the last epoch at this speed, validation not counted.
        left_secs: f64,
    },
    /// An epoch is done.
    Epoch {
        /// Its number, from 1.
        epoch: usize,
        /// All epochs.
        epochs: usize,
        /// Mean training loss, nats a character.
        loss: f64,
        /// Validation loss, nats a character.
        val_loss: f64,
        /// Whether that is the lowest so far: then it is in the weights file.
        best: bool,
        /// Seconds the training has taken so far.
        secs: f64,
    },
    /// What the model writes after an epoch.
    Sample {
        /// The epoch's number.
        epoch: usize,
        /// The temperature.
        temperature: f32,
        /// The text.
        text: String,
    },
    /// The training is over, or was stopped.
    End {
        /// Why.
        outcome: Outcome,
        /// The lowest validation loss, if an epoch was done.
        best_val_loss: Option<f64>,
        /// The weights file, there if an epoch was done.
        weights: String,
        /// The run's folder.
        folder: String,
    },
    /// The training cannot go on.
    Failed {
        /// What happened and what to do.
        message: String,
    },
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// All epochs are done.
    Finished,
    /// The validation loss did not get better for as many epochs as `--patience` says.
    OutOfPatience,
    /// Stopped on request; the checkpoint is written.
    Stopped,
}
