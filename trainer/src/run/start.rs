//! The beginning of a run, or of its continuation: everything is checked before the first step.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, Result, bail};
use burn::tensor::read_sync;
use model::{Card, Vocab};
use training::{Checkpoint, Ids, Source, Start, Training, keras_weights};

use super::{folder::RunFolder, place::checkpoint_of};
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
    pub(super) fn start(&self) -> Result<Started> {
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
                let loaded = resume(&path)?;
                let folder = RunFolder::reopen(&path, &loaded.checkpoint.position)?;
                ready(loaded, device, |_| Ok(folder))?
            }
            None => {
                let loaded = begin(&settings)?;
                let corpus = settings.corpus.anywhere();
                let all = Settings::of(&loaded.checkpoint.recipe, corpus, device, save_secs)?;
                ready(loaded, device, |corpus| RunFolder::create(self.out.as_deref(), corpus, &all))?
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
    folder: impl FnOnce(&str) -> Result<RunFolder>,
) -> Result<(Training, RunFolder, Start)> {
    let Loaded { checkpoint, corpus: Corpus { name, text } } = loaded;
    let (device, device_name) = choose(device)?;
    let ids = Ids::encode(&checkpoint.weights.vocab, &text);
    // A large text is in memory once from here on, as ids.
    drop(text);
    let (distinct, parameters) = (checkpoint.weights.vocab.len(), checkpoint.weights.parameters());
    let mut training = Training::new(checkpoint, &ids, &device)?;
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
    let corpus = Corpus::load(&args)?;
    if corpus.sha256() != checkpoint.source.sha256 {
        let (corpus, shown) = (args.name(), path.display());
        bail!(
            "the corpus {corpus} has changed since {shown} was written; bring the old text back or train anew"
        );
    }
    Ok(Loaded { checkpoint, corpus })
}
