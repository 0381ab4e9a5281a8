//! How fast an epoch goes.

use crate::{event::Progress, position::Position, training::Training};

/// Measures an epoch, or what is left of it: means since its beginning and since the last report.
#[derive(Debug)]
pub struct Pace {
    /// Steps and characters that were done before.
    first_step: usize,
    first_count: usize,
    /// Losses and characters at the last report.
    last_sum: f64,
    last_count: usize,
}

impl Pace {
    /// Begins to measure at a position.
    pub fn new(position: &Position) -> Self {
        Self {
            first_step: position.step,
            first_count: position.loss_count,
            last_sum: position.loss_sum,
            last_count: position.loss_count,
        }
    }

    /// Reports a training of which all losses are read, `elapsed_secs` seconds after the measuring began;
    /// `learning_rate` is that of its last step.
    pub fn progress(&mut self, training: &Training, learning_rate: f64, elapsed_secs: f64) -> Progress {
        let &Position { epoch, step, loss_sum, loss_count, .. } = training.position();
        let (epochs, steps) = (training.recipe().epochs, training.steps());
        let left = (epochs - epoch) * steps - step;
        let recent = (loss_count - self.last_count).max(1) as f64;
        let progress = Progress {
            epoch: epoch + 1,
            epochs,
            step,
            steps,
            loss: loss_sum / loss_count.max(1) as f64,
            recent_loss: (loss_sum - self.last_sum) / recent,
            learning_rate,
            chars_per_second: (loss_count - self.first_count) as f64 / elapsed_secs,
            left_secs: elapsed_secs / (step - self.first_step).max(1) as f64 * left as f64,
        };
        (self.last_sum, self.last_count) = (loss_sum, loss_count);
        progress
    }
}
