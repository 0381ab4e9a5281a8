//! A run: a training that is shown to people and programs, and kept in a folder.

mod clock;
mod curves;
mod folder;
mod load;
mod metrics;
mod place;
mod report;
mod start;

use std::{
    path::PathBuf,
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use burn::tensor::read_sync;
use model::{Precision, Request, Weights};
use training::{Event, FinishedEpoch, Outcome, Pace, Sample, Start, Training};

pub use self::start::RunOptions;
use self::{clock::Clock, folder::RunFolder, start::Started};
use crate::{checkpoint, files::write_atomic, sample::write, show::Show};

/// Time between two reports of the progress.
const REPORT_EVERY: Duration = Duration::from_millis(500);
/// Temperatures at which the model writes after each epoch.
const TEMPERATURES: [f32; 3] = [0.2, 0.5, 1.0];
/// Characters of each such sample.
const SAMPLE_LENGTH: u64 = 400;

/// A training in its folder.
#[derive(Debug)]
pub struct Run {
    training: Training,
    folder: RunFolder,
    start: Start,
    save_every: Duration,
}

impl Run {
    /// Begins a training, or goes on with one.
    ///
    /// # Errors
    /// Says which setting or file cannot be used, and what to do; or that `stop` was set before there was a run.
    pub fn new(options: &RunOptions, stop: &AtomicBool) -> Result<Self> {
        let Started { training, folder, start, save_every } = options.start(stop)?;
        Ok(Self { training, folder, start, save_every })
    }

    /// Where the best weights are, once there are any.
    pub fn weights(&self) -> PathBuf {
        self.folder.weights()
    }

    /// Trains to the end of the last epoch, until patience is at its end, or until `stop` is set. The best weights so far
    /// are in the weights file after every epoch; a checkpoint is written every now and then, before and after every
    /// validation and on stopping. A validation is given up for `stop`; whoever goes on does it again.
    ///
    /// # Errors
    /// If a file cannot be written, or if the loss is no longer a number.
    pub fn go(&mut self, show: &mut Show, stop: &AtomicBool) -> Result<Outcome> {
        self.report(show, Event::Start(self.start.clone()))?;
        let outcome = self.epochs(show, stop);
        let last = match &outcome {
            Ok(outcome) => Event::End {
                outcome: *outcome,
                best_val_loss: self.training.position().best_val_loss,
                weights: self.folder.weights().to_string_lossy().into_owned(),
                folder: self.folder.path().to_string_lossy().into_owned(),
            },
            Err(error) => Event::Failed { message: format!("{error:#}") },
        };
        // If the disk is full, that is the news, not that it cannot be noted down.
        let reported = self.report(show, last);
        let outcome = outcome?;
        reported?;
        Ok(outcome)
    }

    /// Writes an event down and shows it.
    fn report(&mut self, show: &mut Show, event: Event) -> Result<()> {
        let recorded = self.folder.record(&event);
        show.update(&event, self.folder.history());
        recorded
    }

    fn epochs(&mut self, show: &mut Show, stop: &AtomicBool) -> Result<Outcome> {
        loop {
            if let Some(outcome) = self.training.outcome() {
                return Ok(outcome);
            }
            let clock = Clock::start(self.training.position().secs);
            if !self.steps(show, stop, &clock)? || !self.finish_epoch(show, stop, &clock)? {
                return Ok(Outcome::Stopped);
            }
        }
    }

    /// Takes the steps of the epoch that are left: false if `stop` came. A checkpoint is there at the end in either case,
    /// for a validation may take long.
    fn steps(&mut self, show: &mut Show, stop: &AtomicBool, clock: &Clock) -> Result<bool> {
        let mut pace = Pace::new(self.training.position());
        let (mut saved, mut reported) = (Instant::now(), Instant::now());
        while !self.training.is_epoch_complete() {
            let learning_rate = self.training.step_next();
            self.training.set_secs(clock.secs());
            let last = self.training.is_epoch_complete();
            let stopping = stop.load(Ordering::Relaxed);
            let saving = saved.elapsed() >= self.save_every;
            if stopping || saving || self.training.are_losses_due() {
                read_sync(self.training.read_losses())?;
                if stopping || last || reported.elapsed() >= REPORT_EVERY {
                    let progress = pace.progress(&self.training, learning_rate, clock.elapsed());
                    reported = Instant::now();
                    self.report(show, Event::Progress(progress))?;
                }
            }
            if stopping || saving || last {
                checkpoint::save(&read_sync(self.training.checkpoint())?, &self.folder.last())?;
                saved = Instant::now();
            }
            if stopping {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Validates and writes down what the epoch came to: false if `stop` came before the validation was done.
    fn finish_epoch(&mut self, show: &mut Show, stop: &AtomicBool, clock: &Clock) -> Result<bool> {
        let stopping = || stop.load(Ordering::Relaxed);
        let finished = read_sync(self.training.finish_epoch(|| clock.secs(), stopping))?;
        let Some(FinishedEpoch { summary, weights }) = finished else { return Ok(false) };
        let checkpoint = read_sync(self.training.checkpoint())?;
        if summary.best {
            write_atomic(&self.folder.weights(), &weights.to_bytes(Precision::F16)?)?;
            checkpoint::save(&checkpoint, &self.folder.best())?;
        }
        // All before the checkpoint is written: what a resumed run does again, it reports again.
        let epoch = summary.epoch;
        self.report(show, Event::Epoch(summary))?;
        for sample in samples(&weights, epoch)? {
            self.report(show, Event::Sample(sample))?;
        }
        self.folder.publish(&self.start, epoch)?;
        checkpoint::save(&checkpoint, &self.folder.last())?;
        Ok(true)
    }
}

/// What the model writes after an epoch at fixed temperatures, always with the same seed.
fn samples(weights: &Weights, epoch: usize) -> Result<Vec<Sample>> {
    let request = |temperature| Request::new(&weights.vocab, "", temperature, SAMPLE_LENGTH, 1);
    let requests = TEMPERATURES.into_iter().map(request).collect::<Result<_, _>>();
    let texts = write(weights, requests.context("the sample after an epoch")?);
    let texts = TEMPERATURES.into_iter().zip(texts);
    Ok(texts.map(|(temperature, text)| Sample { epoch, temperature, text }).collect())
}
