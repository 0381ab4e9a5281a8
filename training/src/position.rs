//! How far a training has come.

use serde::{Deserialize, Serialize};

/// How far a training has come.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Position {
    /// Epochs done.
    pub epoch: usize,
    /// Steps of the next epoch done.
    pub step: usize,
    /// Sum of the losses of this epoch's characters so far, nats.
    pub loss_sum: f64,
    /// Number of those characters.
    pub loss_count: usize,
    /// Lowest validation loss so far, nats a character.
    pub best_val_loss: Option<f64>,
    /// Number of the epoch that had it, from 1.
    pub best_epoch: usize,
    /// Seconds the training has taken so far, by the clock of whoever drives it.
    pub secs: f64,
}

impl Position {
    /// The mean loss of this epoch's characters since an earlier position in it, nats; not a number if there are none.
    pub fn mean_loss_since(&self, earlier: &Self) -> f64 {
        (self.loss_sum - earlier.loss_sum) / (self.loss_count - earlier.loss_count) as f64
    }
}
