//! What happens in a training, as it is reported to people and programs.

use serde::{Deserialize, Serialize};

use crate::recipe::Recipe;

/// One thing that happened: a line of `metrics.jsonl` and of `--json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// A training begins, or goes on.
    Start(Start),
    /// Some steps are done.
    Progress(Progress),
    /// An epoch is done.
    Epoch(EpochSummary),
    /// What the model writes after an epoch.
    Sample(Sample),
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

/// What is trained, on what and where.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Start {
    /// Name of the corpus.
    pub corpus: String,
    /// Its length in characters, without those that are left out.
    pub characters: usize,
    /// Characters that are left out, because the model that it began with does not know them.
    #[serde(default)]
    pub left_out: usize,
    /// Distinct characters.
    pub distinct: usize,
    /// Parameters of the model.
    pub parameters: usize,
    /// Where it is trained.
    pub device: String,
    /// The run's folder.
    pub folder: String,
    /// Epochs that are done already.
    pub epochs_done: usize,
    /// All settings.
    pub recipe: Recipe,
}

/// How far an epoch has come, and how fast.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// Number of the epoch, from 1.
    pub epoch: usize,
    /// All epochs.
    pub epochs: usize,
    /// Its steps so far.
    pub step: usize,
    /// All its steps.
    pub steps: usize,
    /// Mean loss of the epoch so far, nats a character.
    pub loss: f64,
    /// Mean loss of the steps since the last such event.
    pub recent_loss: f64,
    /// The learning rate of the last step.
    pub learning_rate: f64,
    /// Speed, characters learnt from in a second.
    pub chars_per_second: f64,
    /// Seconds to the end of the last epoch at this speed, validation not counted.
    pub left_secs: f64,
}

/// What an epoch came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EpochSummary {
    /// Its number, from 1.
    pub epoch: usize,
    /// All epochs.
    pub epochs: usize,
    /// Mean training loss, nats a character.
    pub loss: f64,
    /// Validation loss, nats a character.
    pub val_loss: f64,
    /// Whether that is the lowest so far: then it is in the weights file.
    pub best: bool,
    /// Seconds the training has taken so far.
    pub secs: f64,
}

/// A text of the model's own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// Number of the epoch after which it was written, from 1.
    pub epoch: usize,
    /// The temperature.
    pub temperature: f32,
    /// The text.
    pub text: String,
}

/// How a training ended.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_a_flat_object() {
        let sample = Sample { epoch: 2, temperature: 0.5, text: "ODO:\n".to_owned() };
        let line = r#"{"event":"sample","epoch":2,"temperature":0.5,"text":"ODO:\n"}"#;
        assert_eq!(serde_json::to_string(&Event::Sample(sample.clone())).unwrap(), line);
        assert_eq!(serde_json::from_str::<Event>(line).unwrap(), Event::Sample(sample));
    }
}
