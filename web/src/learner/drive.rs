//! The loop of a training: steps, what is told of them, validation, and what the tab says meanwhile.

use model::{Precision, Weights};
use training::{FinishedEpoch, Outcome, Pace, Training};
use web::{
    messages::learner::{Epoch, FromLearner, Learner, Progress, ToLearner},
    turn::pause,
    worker::reply,
};

use crate::{
    clock::{Stopwatch, now_secs},
    crew::Crew,
    flow::Flow,
    mailbox::Mailbox,
    refusal::{Refusal, said},
    samples,
    settings::checked_share,
};

/// Seconds between two reports of the progress.
const REPORT_SECS: f64 = 0.5;
/// Longest time in seconds without a look at what the tab says while the program rests.
const NAP_SECS: f64 = 0.1;
/// Seconds between two checkpoints.
const CHECKPOINT_SECS: f64 = 30.0;

/// When a training ends and when it writes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    /// Most seconds of work; 0: no end.
    pub(crate) secs: f64,
    /// Seconds between two samples; 0: only after epochs.
    pub(crate) sample_secs: f64,
    /// Share of the time that is used, until another is asked for.
    pub(crate) share: f64,
}

/// A training that runs.
#[derive(Debug)]
pub(crate) struct Drive<'a> {
    crew: Crew,
    mailbox: &'a mut Mailbox,
    plan: Plan,
    work: Stopwatch,
    /// What the tab has asked for and has not got.
    wanted: Wanted,
    /// When what was told last, in seconds of the clock.
    reported: f64,
    saved: f64,
    sampled: f64,
}

/// What the tab has asked for and has not got.
#[derive(Debug, Clone, Copy, Default)]
struct Wanted {
    stop: bool,
    checkpoint: bool,
}

impl<'a> Drive<'a> {
    /// Drives what the crew trains.
    pub(crate) fn new(crew: Crew, mailbox: &'a mut Mailbox, plan: Plan) -> Self {
        let work = Stopwatch::start(crew.training().position().secs);
        let now = now_secs();
        Self {
            crew,
            mailbox,
            plan,
            work,
            wanted: Wanted::default(),
            // The first step is told at once.
            reported: f64::NEG_INFINITY,
            saved: now,
            sampled: now,
        }
    }

    /// Trains until there is a reason to end, and tells all that happens, but for the end itself.
    ///
    /// # Errors
    /// Why it cannot go on, as a sentence.
    pub(crate) async fn go(mut self) -> Result<&'static str, String> {
        let outcome = self.epochs().await?;
        self.checkpoint().await?;
        self.weights().await?;
        self.crew.end()?;
        Ok(outcome)
    }

    async fn epochs(&mut self) -> Result<&'static str, String> {
        loop {
            match self.crew.training().outcome() {
                Some(Outcome::Finished) => return Ok("finished"),
                Some(Outcome::OutOfPatience) => return Ok("out_of_patience"),
                Some(Outcome::Stopped) => return Ok("stopped"),
                None => {}
            }
            if let Some(outcome) = self.steps().await? {
                return Ok(outcome);
            }
            if let Some(outcome) = self.finish_epoch().await? {
                return Ok(outcome);
            }
        }
    }

    /// Takes the steps of the epoch that are left, unless there is a reason to end before.
    async fn steps(&mut self) -> Result<Option<&'static str>, String> {
        let mut pace = Pace::new(self.crew.training().position());
        let (begun, mut flow) = (now_secs(), Flow::default());
        loop {
            self.hear().await?;
            let ending = self.ending();
            let saving = self.is_checkpoint_due();
            if self.crew.is_resting() {
                if ending.is_some() {
                    return Ok(ending);
                }
                if saving {
                    self.checkpoint().await?;
                }
                if self.crew.training().is_epoch_complete() {
                    return Ok(None);
                }
            }
            let since = now_secs();
            let rate = self.crew.step(ending.is_some() || saving).await?;
            self.crew.set_secs(self.work.secs());
            let done = self.crew.training().is_epoch_complete();
            let telling = done || now_secs() - self.reported >= REPORT_SECS;
            if flow.is_full() || telling {
                self.crew.read_losses().await?;
                flow.empty();
            }
            if telling {
                let training = self.crew.training();
                self.report(progress(&mut pace, training, rate, now_secs() - begun), None);
            }
            if self.plan.sample_secs > 0.0 && now_secs() - self.sampled >= self.plan.sample_secs {
                let weights = self.crew.shipped().await?;
                self.samples(&weights, self.crew.training().position().epoch + 1).await?;
            }
            self.rest(now_secs() - since).await?;
        }
    }

    /// Validates, and tells what the epoch came to, unless there is a reason to end before.
    async fn finish_epoch(&mut self) -> Result<Option<&'static str>, String> {
        let (mut validation, mut flow) = (self.crew.validate()?, Flow::default());
        let position = self.crew.training().position();
        let mean = position.loss_sum / position.loss_count.max(1) as f64;
        let standing = Progress {
            epoch: position.epoch as u32 + 1,
            step: position.step as f64,
            loss: mean,
            recent_loss: mean,
            chars_per_second: 0.0,
            left_secs: 0.0,
            validated: None,
        };
        while !validation.is_complete() {
            self.hear().await?;
            if let Some(outcome) = self.ending() {
                self.crew.give_up().await?;
                return Ok(Some(outcome));
            }
            let since = now_secs();
            validation.step_next().await.map_err(|error| said(&error))?;
            if flow.is_full() {
                validation.read_losses().await.map_err(|error| said(&error))?;
                flow.empty();
            }
            if now_secs() - self.reported >= REPORT_SECS {
                self.report(standing.clone(), Some(validation.done()));
            }
            self.rest(now_secs() - since).await?;
        }
        let FinishedEpoch { summary, weights } =
            self.crew.end_epoch(&validation, || self.work.secs()).await?;
        reply::<Learner>(&FromLearner::Epoch(Epoch {
            epoch: summary.epoch as u32,
            loss: summary.loss,
            val_loss: summary.val_loss,
            best: summary.best,
            secs: summary.secs,
        }));
        if summary.best {
            self.send(&weights, true)?;
        }
        self.samples(&weights, summary.epoch).await?;
        Ok(None)
    }

    /// Why the training ends here, if it does.
    fn ending(&self) -> Option<&'static str> {
        if self.wanted.stop {
            return Some("stopped");
        }
        (self.plan.secs > 0.0 && self.work.secs() >= self.plan.secs).then_some("out_of_time")
    }

    fn is_checkpoint_due(&self) -> bool {
        self.wanted.checkpoint || now_secs() - self.saved >= CHECKPOINT_SECS
    }

    /// Does what the tab has said meanwhile.
    async fn hear(&mut self) -> Result<(), String> {
        while let Some(message) = self.mailbox.waiting().await {
            match message {
                ToLearner::Stop => self.wanted.stop = true,
                ToLearner::Checkpoint => self.wanted.checkpoint = true,
                ToLearner::Snapshot => self.weights().await?,
                ToLearner::Pace { share } => match checked_share(share) {
                    Ok(share) => self.plan.share = share,
                    Err(refusal) => reply::<Learner>(&refusal.into()),
                },
                _ => {
                    let message = "A training runs; stop it first.";
                    reply::<Learner>(&Refusal::new("", message).into());
                }
            }
        }
        Ok(())
    }

    /// Rests after so many seconds of work, if not all of the time is to be used, and hears meanwhile what the tab says.
    async fn rest(&mut self, worked: f64) -> Result<(), String> {
        let begun = now_secs();
        while self.ending().is_none() && !self.is_checkpoint_due() {
            let since = now_secs();
            let left = worked * (1.0 / self.plan.share - 1.0) - (since - begun);
            if left <= 0.0 {
                break;
            }
            pause((1000.0 * left.min(NAP_SECS)) as i32).await;
            self.work.skip(now_secs() - since);
            self.hear().await?;
        }
        Ok(())
    }

    fn report(&mut self, mut progress: Progress, validated: Option<f64>) {
        progress.validated = validated;
        if self.plan.secs > 0.0 {
            let left = (self.plan.secs - self.work.secs()).max(0.0) / self.plan.share;
            progress.left_secs = progress.left_secs.min(left);
        }
        reply::<Learner>(&FromLearner::Step(progress));
        self.reported = now_secs();
    }

    async fn checkpoint(&mut self) -> Result<(), String> {
        let checkpoint = self.crew.checkpoint().await?;
        let bytes = checkpoint.to_bytes().map_err(|error| format!("The checkpoint is lost: {error}."))?;
        let steps = self.crew.steps_done() as f64;
        reply::<Learner>(&FromLearner::Checkpoint { bytes: bytes.as_slice().into(), steps });
        self.saved = now_secs();
        self.wanted.checkpoint = false;
        Ok(())
    }

    /// Tells the weights of now.
    async fn weights(&self) -> Result<(), String> {
        let weights = self.crew.shipped().await?;
        self.send(&weights, false)
    }

    fn send(&self, weights: &Weights, best: bool) -> Result<(), String> {
        let file =
            weights.to_bytes(Precision::F16).map_err(|error| format!("The weights are lost: {error}."))?;
        let steps = self.crew.steps_done() as f64;
        reply::<Learner>(&FromLearner::Weights { file: file.as_slice().into(), best, steps });
        Ok(())
    }

    async fn samples(&mut self, weights: &Weights, epoch: usize) -> Result<(), String> {
        for sample in samples::write(weights, epoch, self.crew.steps_done()).await? {
            reply::<Learner>(&FromLearner::Sample(sample));
        }
        self.sampled = now_secs();
        Ok(())
    }
}

fn progress(pace: &mut Pace, training: &Training, rate: f64, elapsed_secs: f64) -> Progress {
    let progress = pace.progress(training, rate, elapsed_secs);
    Progress {
        epoch: progress.epoch as u32,
        step: progress.step as f64,
        loss: progress.loss,
        recent_loss: progress.recent_loss,
        chars_per_second: progress.chars_per_second,
        left_secs: progress.left_secs,
        validated: None,
    }
}
