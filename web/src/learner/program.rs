//! What the program has: a text, other workers, and what it has measured. What it does with each message.

use training::{Checkpoint, Recipe};
use web::{
    messages::learner::{
        Beginning, Begun, FromLearner, Learner, TextChoice, TextFile, ToLearner, TrainSettings, Trial,
    },
    worker::reply,
};

use crate::{
    begin::begin,
    bench::Bench,
    crew::{Crew, Pool, fastest, step_secs, work},
    device,
    drive::{Drive, Plan},
    estimate::estimate,
    mailbox::Mailbox,
    refusal::Refusal,
    settings::{checked_share, settings},
    text::{Text, read},
    trial::trial,
};

/// The program between two messages.
#[derive(Debug)]
pub(crate) struct Program {
    files: Vec<TextFile>,
    text: Option<Text>,
    pool: Pool,
    measured: Option<Measured>,
    bench: Bench,
    /// Share of the time that a training begins with.
    pub(crate) share: f64,
    /// Why the next training is on this device rather than on another, if that has to be said.
    pub(crate) why: Option<String>,
}

impl Default for Program {
    fn default() -> Self {
        Self {
            files: Vec::new(),
            text: None,
            pool: Pool::default(),
            measured: None,
            bench: Bench::default(),
            share: 1.0,
            why: None,
        }
    }
}

/// How long a step takes.
#[derive(Debug, Clone, PartialEq)]
struct Measured {
    /// What it depends on.
    shape: [usize; 5],
    /// Workers that were asked for.
    asked: usize,
    /// Workers that take it.
    workers: usize,
    step_secs: f64,
}

impl Program {
    /// Does what a message asks for, to its end.
    pub(crate) async fn answer(&mut self, message: ToLearner, mailbox: &mut Mailbox) {
        let answered = match message {
            ToLearner::Read { files, choice } => {
                self.files = files;
                self.read(&choice)
            }
            ToLearner::Choose(choice) => self.read(&choice),
            ToLearner::Estimate(settings) => self.estimate(settings).await,
            ToLearner::Train { settings, beginning } => self.train(settings, beginning, mailbox).await,
            ToLearner::Bench { recipe, steps, workers, anew } => {
                let benched = self.bench.run(&mut self.pool, &recipe, steps, workers, anew).await;
                reply::<Learner>(&benched);
                Ok(())
            }
            ToLearner::Join(join) => {
                work(join).await;
                Ok(())
            }
            ToLearner::Pace { share } => checked_share(share).map(|share| self.share = share),
            ToLearner::Try { settings, beginning } => match self.trial(&settings, &beginning).await {
                Ok(trial) => {
                    reply::<Learner>(&FromLearner::Tried(trial));
                    Ok(())
                }
                Err(refusal) => Err(refusal),
            },
            // Meant for a training that is over by now.
            ToLearner::Snapshot | ToLearner::Checkpoint | ToLearner::Stop => Ok(()),
        };
        if let Err(refusal) = answered {
            reply::<Learner>(&refusal.into());
        }
    }

    fn read(&mut self, choice: &TextChoice) -> Result<(), Refusal> {
        let (text, figures) = read(&self.files, choice)?;
        self.text = Some(text);
        reply::<Learner>(&FromLearner::Text(Box::new(figures)));
        Ok(())
    }

    /// Takes a few steps as a training would, and says how long one takes.
    ///
    /// # Errors
    /// The setting, text or model that cannot be used.
    pub(crate) async fn trial(
        &mut self,
        settings: &TrainSettings,
        beginning: &Beginning,
    ) -> Result<Trial, Refusal> {
        let text = text(&self.text)?;
        let checkpoint = begin(settings, beginning, text)?;
        let measured = measure(&mut self.pool, &mut self.measured, settings, &checkpoint, text).await?;
        trial(&mut self.pool, &checkpoint, &text.text, measured.step_secs).await.map_err(unable)
    }

    async fn estimate(&mut self, settings: TrainSettings) -> Result<(), Refusal> {
        let text = text(&self.text)?;
        let checkpoint = begin(&settings, &Beginning::Anew, text)?;
        let Measured { workers, step_secs, .. } =
            measure(&mut self.pool, &mut self.measured, &settings, &checkpoint, text).await?;
        let estimate = estimate(checkpoint, &text.text, workers, step_secs).await.map_err(unable)?;
        reply::<Learner>(&FromLearner::Estimate(estimate));
        Ok(())
    }

    async fn train(
        &mut self,
        asked: TrainSettings,
        beginning: Beginning,
        mailbox: &mut Mailbox,
    ) -> Result<(), Refusal> {
        let text = text(&self.text)?;
        let checkpoint = begin(&asked, &beginning, text)?;
        let workers = match asked.workers {
            _ if device::MAX_WORKERS == 1 => 1,
            0 => measure(&mut self.pool, &mut self.measured, &asked, &checkpoint, text).await?.workers,
            workers => (workers as usize).min(checkpoint.recipe.batch),
        };
        let plan = Plan { secs: asked.minutes * 60.0, sample_secs: asked.sample_secs, share: self.share };
        let settings = settings(&checkpoint.recipe, asked);
        let parameters = checkpoint.weights.parameters();
        let crew = Crew::begin(&mut self.pool, checkpoint, &text.text, workers).await;
        let crew = match crew {
            Ok(crew) => crew,
            Err(message) => {
                self.pool.end();
                return Err(unable(message));
            }
        };
        let training = crew.training();
        let mut engine = match crew.workers() {
            1 => device::NAME.to_owned(),
            workers => format!("{}, {workers} workers", device::NAME),
        };
        if let Some(why) = self.why.take() {
            engine = format!("{engine} ({why})");
        }
        reply::<Learner>(&FromLearner::Begun(Begun {
            engine,
            parameters: parameters as f64,
            steps: training.steps() as f64,
            epochs_done: training.position().epoch as u32,
            settings,
            history: Vec::new(),
        }));
        let ended = match Drive::new(crew, mailbox, plan).go().await {
            Ok(outcome) => FromLearner::Ended { outcome: outcome.to_owned() },
            Err(message) => {
                // What the others are at is not known.
                self.pool.end();
                FromLearner::Failed { message }
            }
        };
        reply::<Learner>(&ended);
        Ok(())
    }
}

fn text(text: &Option<Text>) -> Result<&Text, Refusal> {
    text.as_ref().ok_or_else(|| Refusal::new("text", "There is no text yet; paste one or choose a file."))
}

fn unable(message: String) -> Refusal {
    Refusal::new("", message)
}

/// How long a step takes, measured unless it was just before.
async fn measure(
    pool: &mut Pool,
    measured: &mut Option<Measured>,
    settings: &TrainSettings,
    checkpoint: &Checkpoint,
    text: &Text,
) -> Result<Measured, Refusal> {
    let Recipe { hidden, layers, batch, time, .. } = checkpoint.recipe;
    let shape = [hidden, layers, batch, time, checkpoint.weights.vocab.len()];
    let asked = match device::MAX_WORKERS {
        1 => 1,
        _ => (settings.workers as usize).min(batch),
    };
    if let Some(known) = measured.as_ref().filter(|known| (known.shape, known.asked) == (shape, asked)) {
        return Ok(known.clone());
    }
    // From the beginning of an epoch, whatever there is left of this one.
    let mut trial = checkpoint.clone();
    trial.position.step = 0;
    let timed = match asked {
        0 => fastest(pool, &trial, &text.text).await,
        workers => step_secs(pool, &trial, &text.text, workers).await.map(|secs| (workers, secs)),
    };
    let (workers, step_secs) = timed.map_err(|message| {
        pool.end();
        unable(message)
    })?;
    Ok(measured.insert(Measured { shape, asked, workers, step_secs }).clone())
}
