//! What a user may set: flags, a file of the same names, and the flags over the file.

use std::{fs, path::Path};

use anyhow::{Context, Result, bail};
use clap::{Args, Command};
use serde::{Deserialize, Serialize};
use toml::Table;

use crate::{
    corpus::CorpusArgs,
    device::DeviceChoice,
    recipe::{Recipe, RecipeName},
};

/// Settings of a training, each as a flag and as a key of `--config`. What is not set is the recipe's own.
#[derive(Debug, Clone, Default, Args, Serialize, Deserialize)]
pub struct Settings {
    /// Which text.
    #[command(flatten)]
    #[serde(flatten)]
    pub corpus: CorpusArgs,
    /// How to train [default: sequence]
    #[arg(long, value_enum)]
    pub recipe: Option<RecipeName>,
    /// Units of each layer
    #[arg(long)]
    pub hidden: Option<usize>,
    /// Number of layers
    #[arg(long)]
    pub layers: Option<usize>,
    /// Rows of a batch
    #[arg(long)]
    pub batch: Option<usize>,
    /// Characters of a row (sequence recipe)
    #[arg(long)]
    pub time: Option<usize>,
    /// Passes over the training text
    #[arg(long)]
    pub epochs: Option<usize>,
    /// Adam's learning rate
    #[arg(long)]
    pub learning_rate: Option<f64>,
    /// Share of each layer's units that are silent in a step, against learning by heart
    #[arg(long)]
    pub dropout: Option<f64>,
    /// Share of the recurrent weights that are silent in a step
    #[arg(long)]
    pub recurrent_dropout: Option<f64>,
    /// How fast matrices shrink towards zero, times the learning rate
    #[arg(long)]
    pub weight_decay: Option<f64>,
    /// Ship a running mean of the weights, of which this share stays in a step; 0 ships the weights themselves
    #[arg(long)]
    pub average: Option<f64>,
    /// Epochs without a better validation loss after which to stop; 0 never stops early
    #[arg(long)]
    pub patience: Option<usize>,
    /// Share of the text to train on; the rest is for validation
    #[arg(long)]
    pub split: Option<f64>,
    /// Seed of the initial weights and of the order of the batches
    #[arg(long)]
    pub seed: Option<u64>,
    /// Where to train [default: auto]
    #[arg(long, value_enum)]
    pub device: Option<DeviceChoice>,
    /// Seconds between two checkpoints within an epoch [default: 60]
    #[arg(long)]
    pub save_secs: Option<u64>,
}

/// What a resumed training may be told; the rest is in its checkpoint.
const ALSO_WITH_RESUME: [&str; 2] = ["device", "save_secs"];

impl Settings {
    /// Reads a file of settings.
    ///
    /// # Errors
    /// Names the file and the key that cannot be used, and for an unknown key the nearest known one.
    pub fn read(path: &Path) -> Result<Self> {
        let shown = path.display();
        let text = fs::read_to_string(path).with_context(|| {
            format!(
                "cannot read the settings {shown}; --config takes a TOML file such as a run's config.toml"
            )
        })?;
        Self::parse(&shown.to_string(), &text)
    }

    /// Reads the text of a file of settings that is called `shown`.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn parse(shown: &str, text: &str) -> Result<Self> {
        let table: Table = text.parse().with_context(|| format!("{shown} is not TOML"))?;
        let known = keys();
        for key in table.keys() {
            if !known.contains(key) {
                let hint = match nearest(key, &known) {
                    Some(nearest) => format!("did you mean {nearest:?}?"),
                    None => format!("the keys are: {}", known.join(", ")),
                };
                bail!("{shown} has the unknown key {key:?}; {hint}");
            }
        }
        // One line of what the parser says; the others draw the place.
        table.try_into().with_context(|| format!("{shown} cannot be used"))
    }

    /// These settings, and `below` where these say nothing.
    ///
    /// # Errors
    /// None that a user can cause.
    pub fn over(&self, below: &Self) -> Result<Self> {
        let mut table = Table::try_from(below)?;
        table.extend(Table::try_from(self)?);
        Ok(table.try_into()?)
    }

    /// The settings as a file that [`read`](Self::read) reads.
    ///
    /// # Errors
    /// None that a user can cause.
    pub fn to_toml(&self) -> Result<String> {
        Ok(toml::to_string(self)?)
    }

    /// Settings that make this recipe.
    pub fn of(recipe: &Recipe, corpus: CorpusArgs, device: DeviceChoice, save_secs: u64) -> Self {
        Self {
            corpus,
            recipe: Some(recipe.name),
            hidden: Some(recipe.hidden),
            layers: Some(recipe.layers),
            batch: Some(recipe.batch),
            time: Some(recipe.time),
            epochs: Some(recipe.epochs),
            learning_rate: Some(recipe.learning_rate),
            dropout: Some(recipe.dropout),
            recurrent_dropout: Some(recipe.recurrent_dropout),
            weight_decay: Some(recipe.weight_decay),
            average: Some(recipe.average),
            patience: Some(recipe.patience),
            split: Some(recipe.split),
            seed: Some(recipe.seed),
            device: Some(device),
            save_secs: Some(save_secs),
        }
    }

    /// The recipe these settings make, checked.
    ///
    /// # Errors
    /// Names the setting that cannot be used and what it may be.
    pub fn recipe(&self) -> Result<Recipe> {
        let name = self.recipe.unwrap_or(RecipeName::Sequence);
        let default = Recipe::new(name);
        let recipe = Recipe {
            name,
            hidden: self.hidden.unwrap_or(default.hidden),
            layers: self.layers.unwrap_or(default.layers),
            batch: self.batch.unwrap_or(default.batch),
            time: self.time.unwrap_or(default.time),
            epochs: self.epochs.unwrap_or(default.epochs),
            learning_rate: self.learning_rate.unwrap_or(default.learning_rate),
            dropout: self.dropout.unwrap_or(default.dropout),
            recurrent_dropout: self.recurrent_dropout.unwrap_or(default.recurrent_dropout),
            weight_decay: self.weight_decay.unwrap_or(default.weight_decay),
            average: self.average.unwrap_or(default.average),
            patience: self.patience.unwrap_or(default.patience),
            split: self.split.unwrap_or(default.split),
            seed: self.seed.unwrap_or(default.seed),
        };
        recipe.check()?;
        Ok(recipe)
    }

    /// Checks that nothing is set that a checkpoint decides.
    ///
    /// # Errors
    /// Names the flag to leave out.
    pub fn check_with_resume(&self) -> Result<()> {
        let table = Table::try_from(self)?;
        match table.keys().find(|key| !ALSO_WITH_RESUME.contains(&key.as_str())) {
            None => Ok(()),
            Some(key) => {
                let flag = key.replace('_', "-");
                bail!("--resume goes on with the training's own settings; leave out --{flag}, or train anew")
            }
        }
    }
}

/// All keys a file may have: the names of the flags.
fn keys() -> Vec<String> {
    let command = Settings::augment_args(Command::new(""));
    let mut keys: Vec<String> = command.get_arguments().map(|flag| flag.get_id().to_string()).collect();
    keys.sort();
    keys
}

/// The known key that looks most like `key`, if one does.
fn nearest<'a>(key: &str, known: &'a [String]) -> Option<&'a String> {
    let key = key.replace('-', "_").to_lowercase();
    let likeness = |known: &String| strsim::jaro_winkler(&key, known);
    known.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b))).filter(|best| likeness(best) > 0.7)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Settings> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.toml");
        fs::write(&path, text).unwrap();
        Settings::read(&path)
    }

    #[track_caller]
    fn refused(text: &str, parts: &[&str]) {
        let error = format!("{:#}", read(text).unwrap_err());
        for part in parts {
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn flags_stand_over_the_file() {
        let file = read("hidden = 64\nepochs = 3\ncorpus = \"a.txt\"\nrecipe = \"notebook\"").unwrap();
        let flags = Settings { hidden: Some(32), device: Some(DeviceChoice::Cpu), ..Settings::default() };
        let both = flags.over(&file).unwrap();
        assert_eq!((both.hidden, both.epochs, both.device), (Some(32), Some(3), Some(DeviceChoice::Cpu)));
        assert_eq!(both.corpus.corpus.as_deref(), Some("a.txt"));
        let recipe = both.recipe().unwrap();
        assert_eq!((recipe.name, recipe.batch), (RecipeName::Notebook, 128));
    }

    #[test]
    fn what_is_written_is_what_is_read() {
        let recipe = Recipe { dropout: 0.25, ..Recipe::new(RecipeName::Sequence) };
        let corpus = CorpusArgs { episodes: Some("1..3".to_owned()), ..CorpusArgs::default() };
        let written = Settings::of(&recipe, corpus.clone(), DeviceChoice::Cpu, 60);
        let found = read(&written.to_toml().unwrap()).unwrap();
        assert_eq!(found.recipe().unwrap(), recipe);
        assert_eq!(found.corpus.episodes, corpus.episodes);
        assert!(Table::try_from(Settings::default()).unwrap().is_empty(), "nothing set, nothing written");
    }

    #[test]
    fn names_what_is_wrong() {
        refused("hiden = 3", &["settings.toml", "unknown key \"hiden\"", "did you mean \"hidden\"?"]);
        refused("learning-rate = 3", &["did you mean \"learning_rate\"?"]);
        refused("xyzzy = 3", &["unknown key \"xyzzy\"", "the keys are: average, batch, corpus"]);
        refused("hidden = \"many\"", &["settings.toml cannot be used", "hidden"]);
        refused("recipe = \"slow\"", &["unknown variant", "notebook"]);
        refused("hidden = ", &["is not TOML"]);
        assert!(Settings::read(Path::new("missing.toml")).is_err());
    }

    #[test]
    fn a_resumed_training_keeps_its_settings() {
        let device = Settings { device: Some(DeviceChoice::Cpu), ..Settings::default() };
        assert!(device.check_with_resume().is_ok());
        let rate = Settings { learning_rate: Some(0.1), ..device };
        assert!(rate.check_with_resume().unwrap_err().to_string().contains("leave out --learning-rate"));
    }
}
