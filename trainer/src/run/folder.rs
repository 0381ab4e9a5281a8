//! A run's folder: settings, metrics, checkpoints, weights, samples, curves and report.

use std::{
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};

use training::{Event, History, Position, Sample, Start};

use super::{
    curves, metrics,
    place::{CONFIG, LAST, free, lock},
    report,
};
use crate::{
    files::{folder_of, is_there, write_atomic},
    settings::Settings,
};

const METRICS: &str = "metrics.jsonl";
const WEIGHTS: &str = "weights.safetensors";

/// A run's folder, held by this process alone.
#[derive(Debug)]
pub(crate) struct RunFolder {
    path: PathBuf,
    metrics: File,
    history: History,
    /// Held for its lock, which ends with the process however that ends.
    _lock: File,
}

impl RunFolder {
    /// A new folder: `out`, or the next free one in `runs/` for a corpus of this name.
    ///
    /// # Errors
    /// If it cannot be made, or holds a training already.
    pub(crate) fn create(out: Option<&Path>, corpus: &str, settings: &Settings) -> Result<Self> {
        let path = match out {
            Some(path) if path.extension().is_some_and(|ending| ending == "safetensors") => {
                bail!(
                    "--out {} looks like a file; give a folder for the run: its weights will be in it as {WEIGHTS}",
                    path.display()
                );
            }
            Some(path) => path.to_owned(),
            None => free(corpus)?,
        };
        let failed =
            || format!("cannot make the folder {}; choose a writable place with --out", path.display());
        fs::create_dir_all(&path).with_context(failed)?;
        let lock = lock(&path)?;
        let shown = path.display();
        for name in [LAST, WEIGHTS] {
            if is_there(&path.join(name))? {
                bail!(
                    "{shown} holds a training already ({name}); go on with --resume {shown}, or choose another folder with --out"
                );
            }
        }
        write_settings(&path.join(CONFIG), settings)?;
        let metrics = append(&path)?;
        Ok(Self { path, metrics, history: History::default(), _lock: lock })
    }

    /// The folder of a checkpoint, for which `lock` was taken before the checkpoint was read, to go on from `position`.
    /// What the metrics say of later steps is taken out: it will happen again.
    ///
    /// # Errors
    /// If the metrics cannot be read, or it cannot be written.
    pub(crate) fn reopen(checkpoint: &Path, lock: File, position: &Position) -> Result<Self> {
        let path = folder_of(checkpoint).to_owned();
        let history = metrics::rewind(&path.join(METRICS), position)?;
        let metrics = append(&path)?;
        Ok(Self { path, metrics, history, _lock: lock })
    }

    /// The folder.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The best weights so far, as they are shipped.
    pub(crate) fn weights(&self) -> PathBuf {
        self.path.join(WEIGHTS)
    }

    /// The checkpoint to go on from.
    pub(crate) fn last(&self) -> PathBuf {
        self.path.join(LAST)
    }

    /// The checkpoint of the best epoch.
    pub(crate) fn best(&self) -> PathBuf {
        self.path.join("best.checkpoint")
    }

    pub(crate) fn history(&self) -> &History {
        &self.history
    }

    /// Writes an event down.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub(crate) fn record(&mut self, event: &Event) -> Result<()> {
        self.history.add(event);
        let mut line = serde_json::to_vec(event)?;
        line.push(b'\n');
        self.metrics.write_all(&line).with_context(|| {
            let (path, folder) = (self.path.join(METRICS), self.path.display());
            format!("cannot write {}; make room and go on with --resume {folder}", path.display())
        })
    }

    /// Writes what people look at: the last epoch's samples, the curves, the report.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub(crate) fn publish(&self, start: &Start, epoch: usize) -> Result<()> {
        let samples: Vec<String> = self
            .history
            .samples
            .iter()
            .map(|Sample { temperature, text, .. }| format!("temperature {temperature}\n\n{text}\n"))
            .collect();
        let name = format!("epoch-{epoch:03}.txt");
        write_atomic(&self.path.join("samples").join(name), samples.join("\n").as_bytes())?;
        let curves = curves::svg(&self.history)?;
        write_atomic(&self.path.join("curves.svg"), curves.as_bytes())?;
        let report = report::html(start, &self.history, &curves);
        write_atomic(&self.path.join("report.html"), report.as_bytes())
    }
}

/// Writes the settings for a later `--config`. Settings that are there already, from a file of the user's or a run that
/// ended before its first checkpoint, stay as they are if they say the same.
fn write_settings(path: &Path, settings: &Settings) -> Result<()> {
    let text = settings.to_toml()?;
    if !is_there(path)? {
        return write_atomic(path, format!("# scriptorium train --config {CONFIG}\n{text}").as_bytes());
    }
    if Settings::read(path)?.to_toml()? != text {
        let shown = path.display();
        bail!("{shown} holds other settings; remove it, or choose another folder with --out");
    }
    Ok(())
}

fn append(folder: &Path) -> Result<File> {
    let path = folder.join(METRICS);
    File::options()
        .create(true)
        .append(true)
        .open(&path)
        .with_context(|| format!("cannot write {}; choose a writable place with --out", path.display()))
}

#[cfg(test)]
mod tests {
    use training::{EpochSummary, Recipe, RecipeName};

    use super::{super::place::lock_of, *};

    fn settings() -> Settings {
        let recipe = Recipe::new(RecipeName::Sequence);
        Settings::of(&recipe, Default::default(), Default::default(), 60).unwrap()
    }

    fn epoch(epoch: usize) -> Event {
        Event::Epoch(EpochSummary { epoch, epochs: 9, loss: 2.0, val_loss: 2.5, best: true, secs: 1.0 })
    }

    #[test]
    fn one_training_at_a_time_and_none_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run");
        let run = RunFolder::create(Some(&path), "x", &settings()).unwrap();
        let error = RunFolder::create(Some(&path), "x", &settings()).unwrap_err().to_string();
        assert!(error.contains("another training is at work"), "{error}");
        fs::write(run.last(), "a checkpoint").unwrap();
        drop(run);
        let error = RunFolder::create(Some(&path), "x", &settings()).unwrap_err().to_string();
        assert!(error.contains("holds a training already") && error.contains("--resume"), "{error}");
    }

    #[test]
    fn a_torn_line_and_what_will_happen_again_are_taken_out() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run");
        let mut run = RunFolder::create(Some(&path), "x", &settings()).unwrap();
        for number in 1..=3 {
            run.record(&epoch(number)).unwrap();
        }
        run.metrics.write_all(b"{\"event\":\"epo").unwrap();
        let last = run.last();
        fs::write(&last, "a checkpoint").unwrap();
        let error = lock_of(&last).unwrap_err().to_string();
        assert!(error.contains("another training is at work"), "{error}");
        drop(run);
        let position = Position { epoch: 2, ..Position::default() };
        let mut run = RunFolder::reopen(&last, lock_of(&last).unwrap(), &position).unwrap();
        assert_eq!(run.history.epochs.len(), 2);
        run.record(&epoch(3)).unwrap();
        let metrics = fs::read_to_string(path.join(METRICS)).unwrap();
        let events: Vec<Event> = metrics.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(events, [epoch(1), epoch(2), epoch(3)]);
    }
}
