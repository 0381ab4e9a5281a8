//! The beginning of a run, or of its continuation: everything is checked before the first step.

use std::{path::PathBuf, time::Duration};

use anyhow::{Context, Result, bail};
use model::{Card, Vocab};

use super::folder::{RunFolder, checkpoint_of};
use crate::{
    checkpoint::{Checkpoint, Source},
    corpus::{Corpus, CorpusArgs},
    device::choose,
    event::Event,
    ids::Ids,
    init::keras_weights,
    settings::Settings,
    train::Training,
};

/// Seconds between two checkpoints within an epoch, if nothing else is said.
const SAVE_SECS: u64 = 60;

/// What a user asks for.
#[derive(Debug, Clone, Default)]
pub struct Order {
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
    pub(super) start: Event,
    pub(super) save_every: Duration,
}

impl Order {
    pub(super) fn start(&self) -> Result<Started> {
        let settings = match &self.config {
            Some(path) => self.settings.over(&Settings::read(path)?)?,
            None => self.settings.clone(),
        };
        match &self.resume {
            Some(path) => {
                self.settings.check_with_resume()?;
                let path = checkpoint_of(path);
                let checkpoint = Checkpoint::load(&path)?;
                let corpus = same_corpus(&checkpoint.source, &path)?;
                let folder = RunFolder::reopen(&path, &checkpoint.position)?;
                ready(&settings, checkpoint, corpus, |_| Ok(folder))
            }
            None => {
                let (checkpoint, corpus) = begin(&settings)?;
                ready(&settings, checkpoint, corpus, |whole| {
                    RunFolder::create(self.out.as_deref(), &whole.1, &whole.0)
                })
            }
        }
    }
}

/// Puts device, folder and text together. `folder` gets all settings and the corpus's name.
fn ready(
    settings: &Settings,
    checkpoint: Checkpoint,
    corpus: Corpus,
    folder: impl FnOnce(&(Settings, String)) -> Result<RunFolder>,
) -> Result<Started> {
    let wanted = settings.device.unwrap_or_default();
    let save_secs = settings.save_secs.unwrap_or(SAVE_SECS);
    let (device, device_name) = choose(wanted)?;
    let Corpus { name, text } = corpus;
    let ids = Ids::encode(&checkpoint.weights.vocab, &text);
    // A large text is in memory once from here on, as ids.
    drop(text);
    let whole = Settings::of(&checkpoint.recipe, checkpoint.source.args.clone(), wanted, save_secs);
    let (distinct, parameters) = (checkpoint.weights.vocab.len(), checkpoint.weights.parameters());
    let training = Training::new(checkpoint, &ids, &device)?;
    let folder = folder(&(whole, name.clone()))?;
    // Before the first step, so that an unwritable place does not cost a training.
    training.checkpoint()?.save(&folder.last())?;
    let start = Event::Start {
        corpus: name,
        characters: ids.len(),
        distinct,
        parameters,
        device: device_name,
        folder: folder.path().to_string_lossy().into_owned(),
        epochs_done: training.position.epoch,
        recipe: training.recipe.clone(),
    };
    Ok(Started { training, folder, start, save_every: Duration::from_secs(save_secs) })
}

/// A new training, not yet begun.
fn begin(settings: &Settings) -> Result<(Checkpoint, Corpus)> {
    let recipe = settings.recipe()?;
    let args = settings.corpus.clone().anywhere();
    let corpus = Corpus::load(&settings.corpus)?;
    let vocab = Vocab::from_text(&corpus.text)
        .with_context(|| format!("the corpus {} cannot be used", settings.corpus.name()))?;
    let source = Source { args, sha256: corpus.sha256() };
    let card = Card {
        corpus: corpus.name.clone(),
        corpus_sha256: source.sha256.clone(),
        recipe: recipe.describe(),
        ..Card::default()
    };
    let weights = keras_weights(vocab, card, recipe.hidden, recipe.layers, recipe.seed)?;
    Ok((Checkpoint::new(recipe, source, weights), corpus))
}

/// The text of a training that goes on.
fn same_corpus(source: &Source, checkpoint: &std::path::Path) -> Result<Corpus> {
    let Source { args, sha256 } = source;
    let corpus = Corpus::load(args)?;
    if corpus.sha256() != *sha256 {
        let (corpus, checkpoint) = (CorpusArgs::name(args), checkpoint.display());
        bail!(
            "the corpus {corpus} has changed since {checkpoint} was written; bring the old text back or train anew"
        );
    }
    Ok(corpus)
}
