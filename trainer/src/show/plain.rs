//! Plain lines: what a log keeps.

use std::{
    io::{self, Write},
    time::{Duration, Instant},
};

use training::{EpochSummary, Event, Outcome, Progress, Sample, Start};

use crate::printable::printable;

/// Time between two lines of progress.
const LINE_EVERY: Duration = Duration::from_secs(10);
/// Characters of a sample that fit a line.
const SAMPLE_LENGTH: usize = 100;

/// Prints a run in lines.
#[derive(Debug, Default)]
pub struct Plain {
    last: Option<Instant>,
}

impl Plain {
    pub(super) fn update(&mut self, event: &Event) {
        if let Event::Progress(_) = event {
            let now = Instant::now();
            let last = *self.last.get_or_insert(now);
            if now - last < LINE_EVERY {
                return;
            }
            self.last = Some(now);
        }
        for line in lines(event) {
            let _ = writeln!(io::stdout(), "{line}");
        }
    }
}

/// An event in plain lines, as they may be printed: names and samples may be of strangers.
pub(super) fn lines(event: &Event) -> Vec<String> {
    raw_lines(event).iter().map(|line| printable(line).into_owned()).collect()
}

fn raw_lines(event: &Event) -> Vec<String> {
    match event {
        Event::Start(Start {
            corpus,
            characters,
            left_out,
            distinct,
            parameters,
            device,
            folder,
            epochs_done,
            ..
        }) => {
            let mut lines = vec![
                format!(
                    "{corpus}: {characters} characters, {distinct} distinct; {parameters} parameters; {device}"
                ),
                format!("the run is in {folder}"),
            ];
            if *left_out > 0 {
                lines.push(format!(
                    "{left_out} characters are left out, for the model does not know them; with --extend it learns them"
                ));
            }
            if *epochs_done > 0 {
                lines.push(format!("{epochs_done} epochs are done"));
            }
            lines
        }
        Event::Progress(Progress {
            epoch, epochs, step, steps, loss, chars_per_second, left_secs, ..
        }) => {
            let left = minutes(*left_secs);
            vec![format!(
                "epoch {epoch}/{epochs}  step {step}/{steps}  loss {loss:.4}  {chars_per_second:.0} characters/s  {left} left"
            )]
        }
        Event::Epoch(EpochSummary { epoch, epochs, loss, val_loss, best, secs }) => {
            let (time, best) = (minutes(*secs), if *best { ", the best so far" } else { "" });
            vec![format!("epoch {epoch}/{epochs}  loss: {loss:.4} - val_loss: {val_loss:.4}  ({time}{best})")]
        }
        Event::Sample(Sample { temperature, text, .. }) => {
            let text = text.replace('\n', "⏎");
            let text: String = printable(&text).chars().take(SAMPLE_LENGTH).collect();
            vec![format!("  {temperature:.1} ▸ {text}")]
        }
        Event::End { outcome, best_val_loss, weights, folder } => {
            let mut lines = Vec::new();
            match outcome {
                Outcome::Finished => lines.push("all epochs are done".to_owned()),
                Outcome::OutOfPatience => {
                    lines.push("the validation loss gets no better: the training ends early".to_owned());
                }
                Outcome::Stopped => {
                    lines.push(format!("stopped; go on with: scriptorium train --resume {folder}"));
                }
            }
            if let Some(loss) = best_val_loss {
                lines.push(format!("the best weights ({loss:.4} nats a character) are in {weights}"));
            }
            lines
        }
        // The program itself says so.
        Event::Failed { .. } => Vec::new(),
    }
}

/// Seconds as people read them.
pub(super) fn minutes(secs: f64) -> String {
    let secs = secs as u64;
    match secs / 3600 {
        0 => format!("{}:{:02}", secs / 60, secs % 60),
        hours => format!("{hours}:{:02}:{:02}", secs / 60 % 60, secs % 60),
    }
}

#[cfg(test)]
mod tests {
    use training::{Recipe, RecipeName};

    use super::*;

    #[test]
    fn control_characters_are_escaped() {
        let text = "\u{1b}[2J\r\nODO:\t\u{9b}".to_owned();
        let sample = lines(&Event::Sample(Sample { epoch: 1, temperature: 0.5, text }));
        assert_eq!(sample, ["  0.5 ▸ \\u{1b}[2J\\r⏎ODO:\t\\u{9b}"]);
        let start = Start {
            corpus: "a\u{1b}]0;b".to_owned(),
            characters: 10,
            left_out: 2,
            distinct: 3,
            parameters: 5,
            device: "CPU".to_owned(),
            folder: "runs/\u{7}".to_owned(),
            epochs_done: 0,
            recipe: Recipe::new(RecipeName::Sequence),
        };
        let lines = lines(&Event::Start(start)).join(" ");
        assert!(lines.contains("2 characters are left out"), "{lines}");
        assert!(lines.contains("a\\u{1b}]0;b: 10 characters") && lines.contains("runs/\\u{7}"), "{lines}");
    }

    #[test]
    fn samples_and_times_fit_a_line() {
        let text = "a\nb".repeat(200);
        let sample = lines(&Event::Sample(Sample { epoch: 1, temperature: 0.5, text }));
        assert_eq!(sample.len(), 1);
        assert!(sample[0].starts_with("  0.5 ▸ a⏎ba⏎b") && sample[0].chars().count() < 120);
        assert_eq!((minutes(61.7), minutes(7325.0)), ("1:01".to_owned(), "2:02:05".to_owned()));
    }
}
