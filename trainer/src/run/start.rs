//! The beginning of a run, or of its continuation: everything is checked before the first step.

use std::{
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use anyhow::{Context, Result, bail};
use burn::tensor::read_sync;
use model::{Card, Vocab};
use training::{Checkpoint, Ids, Source, Start, Training, keras_weights};

use super::{
    folder::RunFolder,
    place::{checkpoint_of, lock_of},
};
use crate::{
    checkpoint,
    corpus::Corpus,
    device::{DeviceChoice, choose},
    settings::Settings,
};

/// Seconds between two checkpoints within an epoch, if nothing else is said.
const SAVE_SECS: u64 = 60;

/// What `scriptorium train` is given.
#[derive(Debug, Clone, Default)]
pub struct RunOptions {
    /// The flags.
    pub settings: Settings,
    /// `--config`: what the flags leave open.
    pub config: Option<PathBuf>,
    /// `--out`: the run's folder; a free one in `runs/`, if not given.
    pub out: Option<PathBuf>,
    /// `--resume`: the run's folder, or one of its checkpoints.
    pub resume: Option<PathBuf>,
}

/// A run that is ready for its first step.
pub(super) struct Started {
    pub(super) training: Training,
    pub(super) folder: RunFolder,
    pub(super) start: Start,
    pub(super) save_every: Duration,
}

/// A training at rest, with its text.
struct Loaded {
    checkpoint: Checkpoint,
    corpus: Corpus,
}

impl RunOptions {
    /// Checks everything, and looks at `stop` after what may take long.
    pub(super) fn start(&self, stop: &AtomicBool) -> Result<Started> {
        let settings = match &self.config {
            Some(path) => self.settings.over(&Settings::read(path)?)?,
            None => self.settings.clone(),
        };
        let device = settings.device.unwrap_or_default();
        let save_secs = settings.save_secs.unwrap_or(SAVE_SECS);
        let started = match &self.resume {
            Some(path) => {
                self.settings.check_with_resume()?;
                let path = checkpoint_of(path);
                // First the lock, for what is read must be the last that any training writes here.
                let lock = lock_of(&path)?;
                let loaded = resume(&path)?;
                let position = loaded.checkpoint.position.clone();
                ready(loaded, device, stop, |_| RunFolder::reopen(&path, lock, &position))?
            }
            None => {
                let loaded = begin(&settings)?;
                let corpus = settings.corpus.anywhere();
                let all = Settings::of(&loaded.checkpoint.recipe, corpus, device, save_secs)?;
                ready(loaded, device, stop, |corpus| RunFolder::create(self.out.as_deref(), corpus, &all))?
            }
        };
        let (training, folder, start) = started;
        Ok(Started { training, folder, start, save_every: Duration::from_secs(save_secs) })
    }
}

/// Puts device, folder and text together. `folder` is given the corpus's name.
fn ready(
    loaded: Loaded,
    device: DeviceChoice,
    stop: &AtomicBool,
    folder: impl FnOnce(&str) -> Result<RunFolder>,
) -> Result<(Training, RunFolder, Start)> {
    let Loaded { checkpoint, corpus: Corpus { name, text, .. } } = loaded;
    check_going(stop)?;
    let (device, device_name) = choose(device)?;
    let ids = Ids::encode(&checkpoint.weights.vocab, &text);
    // A large text is in memory once from here on, as ids.
    drop(text);
    let (distinct, parameters) = (checkpoint.weights.vocab.len(), checkpoint.weights.parameters());
    let mut training = Training::new(checkpoint, &ids, &device)?;
    check_going(stop)?;
    let folder = folder(&name)?;
    // Before the first step, so that an unwritable place does not cost a training.
    checkpoint::save(&read_sync(training.checkpoint())?, &folder.last())?;
    let start = Start {
        corpus: name,
        characters: ids.len(),
        distinct,
        parameters,
        device: device_name,
        folder: folder.path().to_string_lossy().into_owned(),
        epochs_done: training.position().epoch,
        recipe: training.recipe().clone(),
    };
    Ok((training, folder, start))
}

/// Gives up if `stop` is set: nothing is written yet.
fn check_going(stop: &AtomicBool) -> Result<()> {
    if stop.load(Ordering::Relaxed) {
        bail!(
            "stopped before the first step; no training was begun or changed, and the same command tries again"
        );
    }
    Ok(())
}

/// A new training, not yet begun.
fn begin(settings: &Settings) -> Result<Loaded> {
    let recipe = settings.recipe()?;
    let corpus = Corpus::load(&settings.corpus)?;
    let vocab = Vocab::from_text(&corpus.text)
        .with_context(|| format!("the corpus {} cannot be used", settings.corpus.name()))?;
    let args = serde_json::to_value(settings.corpus.clone().anywhere())?;
    let source = Source { args, sha256: corpus.sha256() };
    let card = Card {
        corpus: corpus.name.clone(),
        corpus_sha256: source.sha256.clone(),
        recipe: recipe.describe(),
        ..Card::default()
    };
    let weights = keras_weights(vocab, card, recipe.hidden, recipe.layers, recipe.seed)?;
    Ok(Loaded { checkpoint: Checkpoint::new(recipe, source, weights), corpus })
}

/// A training that goes on, with the same text as before.
fn resume(path: &Path) -> Result<Loaded> {
    let checkpoint = checkpoint::load(path)?;
    let args = checkpoint::corpus_args(&checkpoint, path)?;
    let corpus = Corpus::load_regular(&args)?;
    if corpus.sha256() != checkpoint.source.sha256 {
        let (corpus, shown) = (args.name(), path.display());
        bail!(
            "the corpus {corpus} has changed since {shown} was written; bring the old text back or train anew"
        );
    }
    Ok(Loaded { checkpoint, corpus })
}
