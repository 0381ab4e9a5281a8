//! The beginning of a run, or of its continuation: everything is checked before the first step.

use std::{
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use anyhow::{Result, bail};
use burn::tensor::read_sync;
use training::{Ids, Start, Training};

use super::{
    folder::RunFolder,
    load::{Loaded, begin, resume},
    place::{checkpoint_of, is_alone, lock_of},
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
    /// `--out`: the run's folder; a free one in `runs/`, if not given, or the folder that is resumed.
    pub out: Option<PathBuf>,
    /// `--resume`: the run's folder, one of its checkpoints, or a checkpoint that lies alone.
    pub resume: Option<PathBuf>,
}

/// A run that is ready for its first step.
pub(super) struct Started {
    pub(super) training: Training,
    pub(super) folder: RunFolder,
    pub(super) start: Start,
    pub(super) save_every: Duration,
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
        let out = self.out.as_deref();
        let started = match &self.resume {
            Some(path) => {
                self.settings.check_with_resume()?;
                let path = checkpoint_of(path);
                if self.out.is_some() || is_alone(&path)? {
                    // In a folder of its own. What is read is complete, and is not written.
                    checkpoint::check_there(&path)?;
                    let mut loaded = resume(&path, &settings)?;
                    // The best weights so far are elsewhere: in this folder the next ones are the best.
                    loaded.checkpoint.position.best_val_loss = None;
                    let known = checkpoint::corpus_args(&loaded.checkpoint, &path)?.unwrap_or_default();
                    let all = Settings::of(&loaded.checkpoint.recipe, known, device, save_secs)?;
                    ready(loaded, device, stop, |corpus| RunFolder::create(out, corpus, &all))?
                } else {
                    // First the lock, for what is read must be the last that any training writes here.
                    let lock = lock_of(&path)?;
                    let loaded = resume(&path, &settings)?;
                    let position = loaded.checkpoint.position.clone();
                    ready(loaded, device, stop, |_| RunFolder::reopen(&path, lock, &position))?
                }
            }
            None => {
                let loaded = begin(&settings)?;
                let corpus = settings.corpus.clone().anywhere();
                let from = settings.from.as_deref().map(anywhere);
                let of_recipe = Settings::of(&loaded.checkpoint.recipe, corpus, device, save_secs)?;
                let all = Settings { from, extend: settings.extend, ..of_recipe };
                ready(loaded, device, stop, |corpus| RunFolder::create(out, corpus, &all))?
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
    let left_out = text.chars().count() - ids.len();
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
        left_out,
        distinct,
        parameters,
        device: device_name,
        folder: folder.path().to_string_lossy().into_owned(),
        epochs_done: training.position().epoch,
        recipe: training.recipe().clone(),
    };
    Ok((training, folder, start))
}

/// A file, named so that it is found from every folder.
fn anywhere(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
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
