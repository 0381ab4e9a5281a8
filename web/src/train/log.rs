//! A training as Keras prints it: an epoch a line.

use web::messages::learner::{Epoch, Progress};

use crate::count::loss;

/// Most lines that are kept: two an epoch.
const MAX_LINES: usize = 400;

/// What was printed.
#[derive(Debug, Default)]
pub(crate) struct Log {
    lines: Vec<String>,
    text: String,
}

impl Log {
    /// An epoch is on its way.
    pub(crate) fn step(&mut self, progress: &Progress, steps: f64, epochs: u32) {
        let line = [&steps_of(progress.step, steps), " - loss: ", &loss(progress.loss)].concat();
        self.write(Some(&[title(progress.epoch, epochs), line].join("\n")));
    }

    /// An epoch is done, in so many seconds.
    pub(crate) fn epoch(&mut self, epoch: &Epoch, steps: f64, epochs: u32, secs: f64) {
        self.lines.push(title(epoch.epoch, epochs));
        self.lines.push(
            [
                &steps_of(steps, steps),
                " - ",
                &(secs.max(0.0).round() as u64).to_string(),
                "s - loss: ",
                &loss(epoch.loss),
                " - val_loss: ",
                &loss(epoch.val_loss),
            ]
            .concat(),
        );
        if self.lines.len() > MAX_LINES {
            self.lines.drain(..2);
        }
        self.write(None);
    }

    /// All of it.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    fn write(&mut self, last: Option<&str>) {
        let lines = self.lines.iter().map(String::as_str).chain(last);
        self.text = lines.collect::<Vec<_>>().join("\n");
    }
}

fn title(epoch: u32, epochs: u32) -> String {
    ["Epoch ", &epoch.to_string(), "/", &epochs.to_string()].concat()
}

fn steps_of(step: f64, steps: f64) -> String {
    [(step as u64).to_string(), (steps as u64).to_string()].join("/")
}
