//! A run: a training told to people and programs, and kept in a folder.

mod curves;
mod folder;
mod history;
mod report;
mod start;

use std::{
    path::PathBuf,
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, anyhow};
use burn::tensor::Tensor;
use model::{Precision, Request, Weights};

pub(crate) use self::history::History;
pub use self::start::Order;
use self::{folder::RunFolder, start::Started};
use crate::{
    checkpoint::Position,
    event::{Event, Outcome},
    files::write_whole,
    sample::write,
    show::Show,
    train::Training,
};

/// Steps between two readings of the loss: reading waits for the device.
const READ_LOSS_EVERY: usize = 10;
/// Time between two tellings of the progress.
const TELL_EVERY: Duration = Duration::from_millis(500);
/// Temperatures at which the model writes after each epoch.
const TEMPERATURES: [f32; 3] = [0.2, 0.5, 1.0];
/// Characters of each such sample.
const SAMPLE_LENGTH: u64 = 400;

/// A training in its folder.
#[derive(Debug)]
pub struct Run {
    training: Training,
    folder: RunFolder,
    start: Event,
    save_every: Duration,
}

impl Run {
    /// Begins a training, or goes on with one.
    ///
    /// # Errors
    /// Says which setting or file cannot be used, and what to do.
    pub fn new(order: &Order) -> Result<Self> {
        let Started { training, folder, start, save_every } = order.start()?;
        Ok(Self { training, folder, start, save_every })
    }

    /// Where the best weights are, once there are any.
    pub fn weights(&self) -> PathBuf {
        self.folder.weights()
    }

    /// Trains to the end of the last epoch, until patience is at its end, or until `stop` is set. The best weights so far
    /// are in the weights file after every epoch; a checkpoint is written every now and then, after every epoch and on
    /// stopping.
    ///
    /// # Errors
    /// Where a file cannot be written, or where the loss is no longer a number.
    pub fn go(&mut self, show: &mut Show, stop: &AtomicBool) -> Result<Outcome> {
        self.tell(show, self.start.clone())?;
        let outcome = self.epochs(show, stop);
        let last = match &outcome {
            Ok(outcome) => Event::End {
                outcome: *outcome,
                best_val_loss: self.training.position.best_val_loss,
                weights: self.folder.weights().to_string_lossy().into_owned(),
                folder: self.folder.path().to_string_lossy().into_owned(),
            },
            Err(error) => Event::Failed { message: format!("{error:#}") },
        };
        // Where the disk is full, that is the news, not that it cannot be noted down.
        let told = self.tell(show, last);
        let outcome = outcome?;
        told?;
        Ok(outcome)
    }

    fn tell(&mut self, show: &mut Show, event: Event) -> Result<()> {
        let recorded = self.folder.record(&event);
        show.tell(&event, self.folder.history());
        recorded
    }

    fn epochs(&mut self, show: &mut Show, stop: &AtomicBool) -> Result<Outcome> {
        loop {
            let (Position { epoch, best_epoch, .. }, recipe) =
                (&self.training.position, &self.training.recipe);
            if *epoch >= recipe.epochs {
                return Ok(Outcome::Finished);
            }
            if recipe.patience > 0 && epoch - best_epoch >= recipe.patience {
                return Ok(Outcome::OutOfPatience);
            }
            if !self.epoch(show, stop)? {
                return Ok(Outcome::Stopped);
            }
        }
    }

    /// Trains to the end of the epoch: false where `stop` came before.
    fn epoch(&mut self, show: &mut Show, stop: &AtomicBool) -> Result<bool> {
        let epoch = self.training.epoch();
        let steps = epoch.steps();
        let epochs = self.training.recipe.epochs;
        let mut pending: Vec<(Tensor<1>, usize)> = Vec::new();
        let begun = Instant::now();
        let secs_before = self.training.position.secs;
        let mut saved = Instant::now();
        let mut pace = Pace::new(&self.training.position);
        while self.training.position.step < steps {
            let Position { epoch: number, step, .. } = self.training.position;
            let batch = epoch.batch(step);
            let count = batch.targets.len();
            let rate = self.training.recipe.rate(number * steps + step, epochs * steps);
            pending.push((self.training.step(&batch, rate), count));
            let position = &mut self.training.position;
            position.loss_count += count;
            position.step += 1;
            position.secs = secs_before + begun.elapsed().as_secs_f64();
            let stopping = stop.load(Ordering::Relaxed);
            let saving = saved.elapsed() >= self.save_every;
            let last = position.step == steps;
            if stopping || saving || last || position.step.is_multiple_of(READ_LOSS_EVERY) {
                self.read_losses(&mut pending)?;
                if stopping || last || pace.last.elapsed() >= TELL_EVERY {
                    let event = pace.tell(&self.training.position, steps, epochs, rate);
                    self.tell(show, event)?;
                }
            }
            if last {
                break;
            }
            if stopping || saving {
                self.training.checkpoint()?.save(&self.folder.last())?;
                saved = Instant::now();
            }
            if stopping {
                return Ok(false);
            }
        }
        self.finish_epoch(show, secs_before, begun)?;
        Ok(true)
    }

    /// Adds the losses of the steps since the last reading to the position; each comes with its number of characters.
    fn read_losses(&mut self, pending: &mut Vec<(Tensor<1>, usize)>) -> Result<()> {
        let first = self.training.position.step - pending.len() + 1;
        let (losses, counts): (Vec<_>, Vec<_>) = pending.drain(..).unzip();
        let losses = Tensor::cat(losses, 0).into_data();
        for ((loss, count), step) in losses.iter::<f32>().zip(counts).zip(first..) {
            if !loss.is_finite() {
                return Err(anyhow!(self.training.no_number("the loss", step)));
            }
            self.training.position.loss_sum += f64::from(loss) * count as f64;
        }
        Ok(())
    }

    fn finish_epoch(&mut self, show: &mut Show, secs_before: f64, begun: Instant) -> Result<()> {
        let val_loss = self.training.validate();
        let before = self.training.position.clone();
        let loss = before.loss_sum / before.loss_count as f64;
        let number = before.epoch + 1;
        if !val_loss.is_finite() {
            return Err(anyhow!(self.training.no_number("the validation loss", before.step)));
        }
        let best = before.best_val_loss.is_none_or(|lowest| val_loss < lowest);
        let mut weights = self.training.shipped();
        weights.card.loss = Some(loss as f32);
        weights.card.val_loss = Some(val_loss as f32);
        let position = Position {
            epoch: number,
            best_val_loss: if best { Some(val_loss) } else { before.best_val_loss },
            best_epoch: if best { number } else { before.best_epoch },
            secs: secs_before + begun.elapsed().as_secs_f64(),
            ..Position::default()
        };
        let secs = position.secs;
        self.training.end_epoch(position);
        let checkpoint = self.training.checkpoint()?;
        if best {
            write_whole(&self.folder.weights(), &weights.to_bytes(Precision::F16)?)?;
            checkpoint.save(&self.folder.best())?;
        }
        // Told before the checkpoint is written: what a resumed run does again, it tells again.
        let epochs = self.training.recipe.epochs;
        self.tell(show, Event::Epoch { epoch: number, epochs, loss, val_loss, best, secs })?;
        for (temperature, text) in samples(&weights)? {
            self.tell(show, Event::Sample { epoch: number, temperature, text })?;
        }
        checkpoint.save(&self.folder.last())?;
        self.folder.publish(&self.start, number)
    }
}

/// What the model writes at fixed temperatures, always with the same seed.
fn samples(weights: &Weights) -> Result<Vec<(f32, String)>> {
    let request = |temperature| Request::new(&weights.vocab, "", temperature, SAMPLE_LENGTH, 1);
    let requests = TEMPERATURES.into_iter().map(request).collect::<Result<_, _>>();
    let texts = write(weights, requests.context("the sample after an epoch")?);
    Ok(TEMPERATURES.into_iter().zip(texts).collect())
}

/// How fast an epoch goes.
struct Pace {
    begun: Instant,
    /// Steps and characters that were done before this run.
    first_step: usize,
    first_count: usize,
    last: Instant,
    last_sum: f64,
    last_count: usize,
}

impl Pace {
    fn new(position: &Position) -> Self {
        let now = Instant::now();
        Self {
            begun: now,
            first_step: position.step,
            first_count: position.loss_count,
            last: now,
            last_sum: position.loss_sum,
            last_count: position.loss_count,
        }
    }

    fn tell(&mut self, position: &Position, steps: usize, epochs: usize, learning_rate: f64) -> Event {
        let &Position { epoch, step, loss_sum, loss_count, .. } = position;
        let elapsed = self.begun.elapsed().as_secs_f64();
        let left = (epochs - epoch) * steps - step;
        let recent = (loss_count - self.last_count).max(1) as f64;
        let event = Event::Progress {
            epoch: epoch + 1,
            epochs,
            step,
            steps,
            loss: loss_sum / loss_count.max(1) as f64,
            recent_loss: (loss_sum - self.last_sum) / recent,
            learning_rate,
            chars_per_second: (loss_count - self.first_count) as f64 / elapsed,
            left_secs: elapsed / (step - self.first_step).max(1) as f64 * left as f64,
        };
        (self.last, self.last_sum, self.last_count) = (Instant::now(), loss_sum, loss_count);
        event
    }
}
