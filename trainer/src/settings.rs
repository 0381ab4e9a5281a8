//! What a user may set: flags, a file of the same names, and the flags over the file.
//!
//! A setting of the recipe is listed twice: as a field of [`Recipe`], and here as a flag of the same name.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, anyhow, bail};
use clap::{
    Args, Command,
    builder::{PossibleValue, PossibleValuesParser, TypedValueParser},
};
use serde::{Deserialize, Serialize};
use toml::Table;
use training::{Recipe, RecipeName};

use crate::{corpus::CorpusArgs, device::DeviceChoice};

/// Settings of a training, each as a flag and as a key of `--config`. What is not set is the recipe's own.
#[derive(Debug, Clone, Default, Args, Serialize, Deserialize)]
pub struct Settings {
    /// Which text.
    #[command(flatten)]
    #[serde(flatten)]
    pub corpus: CorpusArgs,
    /// Begin with the weights of a model, whose size and characters stay; what it does not know is left out of the text
    #[arg(long, value_name = "FILE")]
    pub from: Option<PathBuf>,
    /// With --from: the model learns the text's new characters too
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub extend: Option<bool>,
    /// How to train [default: sequence]
    #[arg(long, value_parser = recipe_name())]
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
    #[arg(long, value_parser = clap::value_parser!(u64).range(..=i64::MAX as u64))]
    pub seed: Option<u64>,
    /// Where to train [default: auto]
    #[arg(long, value_enum)]
    pub device: Option<DeviceChoice>,
    /// Seconds between two checkpoints within an epoch [default: 60]
    #[arg(long)]
    pub save_secs: Option<u64>,
}

/// What may be set for a resumed training; the rest is in its checkpoint.
const ALSO_WITH_RESUME: [&str; 7] = ["device", "save_secs", "epochs", "corpus", "series", "episodes", "rare"];

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

    /// These settings, and those of `below` that are not set here.
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
    ///
    /// # Errors
    /// None that a user can cause.
    pub fn of(recipe: &Recipe, corpus: CorpusArgs, device: DeviceChoice, save_secs: u64) -> Result<Self> {
        // Fields of the same names; the recipe's own name is no setting of that name.
        let same: Self = Table::try_from(recipe)?.try_into()?;
        Ok(Self {
            corpus,
            recipe: Some(recipe.name),
            device: Some(device),
            save_secs: Some(save_secs),
            ..same
        })
    }

    /// The recipe these settings make, checked.
    ///
    /// # Errors
    /// Names the setting that cannot be used and what it may be.
    pub fn recipe(&self) -> Result<Recipe> {
        let mut fields = Table::try_from(Recipe::new(self.recipe.unwrap_or(RecipeName::Sequence)))?;
        for (key, value) in Table::try_from(self)? {
            // The others are not the recipe's: corpus, device and the like.
            if let Some(field) = fields.get_mut(&key) {
                *field = value;
            }
        }
        let recipe: Recipe = fields.try_into()?;
        checked(recipe)
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

/// A recipe whose settings can be used.
///
/// # Errors
/// Names the flag that cannot be used and what to give.
pub(crate) fn checked(recipe: Recipe) -> Result<Recipe> {
    // The settings are named as the flags are.
    recipe.check().map_err(|error| anyhow!("--{error}"))?;
    Ok(recipe)
}

/// Reads `--recipe`.
fn recipe_name() -> impl TypedValueParser<Value = RecipeName> {
    let values = RecipeName::ALL.map(|name| PossibleValue::new(name.as_str()).help(name.about()));
    PossibleValuesParser::new(values).try_map(|text| {
        let mut names = RecipeName::ALL.into_iter();
        names.find(|name| name.as_str() == text).ok_or("no recipe has this name")
    })
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
        let written = Settings::of(&recipe, corpus.clone(), DeviceChoice::Cpu, 60).unwrap();
        let found = read(&written.to_toml().unwrap()).unwrap();
        assert_eq!(found.recipe().unwrap(), recipe);
        assert_eq!(found.corpus.episodes, corpus.episodes);
        assert!(Table::try_from(Settings::default()).unwrap().is_empty(), "nothing set, nothing written");
    }

    #[test]
    fn every_setting_of_a_recipe_is_a_flag() {
        let keys = keys();
        for field in Table::try_from(Recipe::new(RecipeName::Sequence)).unwrap().keys() {
            assert!(field == "name" || keys.contains(field), "no flag for {field}");
        }
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
        let corpus = CorpusArgs { rare: Some(corpus::Rare::Fold), ..CorpusArgs::default() };
        let more = Settings { epochs: Some(9), corpus, ..device.clone() };
        assert!(more.check_with_resume().is_ok());
        let rate = Settings { learning_rate: Some(0.1), ..device };
        assert!(rate.check_with_resume().unwrap_err().to_string().contains("leave out --learning-rate"));
        let from = Settings { from: Some("a.safetensors".into()), ..Settings::default() };
        assert!(from.check_with_resume().unwrap_err().to_string().contains("leave out --from"));
    }
}
