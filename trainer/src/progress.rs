//! What a training prints: plain lines.

use std::{
    cell::Cell,
    io::Write,
    time::{Duration, Instant},
};

use crate::{checkpoint::Position, recipe::Recipe};

/// Time between two plain lines.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// The progress of one epoch.
#[derive(Debug)]
pub(crate) struct Progress {
    epochs: usize,
    steps: usize,
    /// Steps that were done before this run.
    first: usize,
    start: Instant,
    last_line: Cell<Instant>,
}

impl Progress {
    pub(crate) fn start(recipe: &Recipe, position: &Position, steps: usize) -> Self {
        Self {
            epochs: recipe.epochs,
            steps,
            first: position.step,
            start: Instant::now(),
            last_line: Cell::new(Instant::now()),
        }
    }

    /// Shows the position; `characters` is the number of targets a step.
    pub(crate) fn show(&self, position: &Position, characters: usize) {
        let done = (position.step - self.first).max(1) as f64;
        let step_secs = self.start.elapsed().as_secs_f64() / done;
        let left = Duration::from_secs_f64(step_secs * (self.steps - position.step) as f64);
        let message = format!(
            "loss {:.4}  {:.0} characters/s  {} left",
            position.loss_sum / position.loss_count as f64,
            characters as f64 / step_secs,
            minutes(left)
        );
        if self.last_line.get().elapsed() >= LINE_EVERY {
            self.last_line.set(Instant::now());
            let (epoch, step) = (position.epoch + 1, position.step);
            say(format_args!("epoch {epoch}/{}  step {step}/{}  {message}", self.epochs, self.steps));
        }
    }

    pub(crate) fn finish_epoch(&self, position: &Position, loss: f64, val_loss: f64) {
        say(format_args!(
            "epoch {}/{}  loss: {loss:.4} - val_loss: {val_loss:.4}  ({})",
            position.epoch + 1,
            self.epochs,
            minutes(self.start.elapsed())
        ));
    }
}

/// Prints a line. That nobody reads it any more is no reason to end a training.
fn say(line: std::fmt::Arguments<'_>) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

fn minutes(time: Duration) -> String {
    let seconds = time.as_secs();
    format!("{}:{:02}", seconds / 60, seconds % 60)
}
