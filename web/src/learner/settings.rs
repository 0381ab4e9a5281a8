//! The settings of a training, from the tab's message to a recipe and back.

use training::{Recipe, RecipeName, WINDOW, training_bytes};
use web::messages::learner::TrainSettings;

use crate::refusal::Refusal;

/// Most bytes that a training may take: what tabs of phones are given.
const MAX_BYTES: u64 = 1 << 30;
/// Most workers that can be asked for.
const MAX_WORKERS: u32 = 64;

/// Least share of the time that is used: less would never come to an end.
const MIN_SHARE: f64 = 0.01;

/// A share of the time that can be asked for.
pub(crate) fn checked_share(share: f64) -> Result<f64, Refusal> {
    if share > 0.0 {
        return Ok(share.clamp(MIN_SHARE, 1.0));
    }
    let message = format!("share {share} cannot be used; give a number above 0 and at most 1");
    Err(Refusal::new("share", message))
}

/// The recipe that the settings say, checked; so are the settings that are not the recipe's.
pub(crate) fn recipe(settings: &TrainSettings) -> Result<Recipe, Refusal> {
    let name = RecipeName::ALL.into_iter().find(|name| name.as_str() == settings.recipe);
    let name = name.ok_or_else(|| {
        let named = settings.recipe.as_str();
        Refusal::new("recipe", format!("recipe {named:?} is not known; give `sequence` or `notebook`"))
    })?;
    let time = if name == RecipeName::Notebook { WINDOW } else { settings.time as usize };
    let recipe = Recipe {
        name,
        hidden: settings.hidden as usize,
        layers: settings.layers as usize,
        batch: settings.batch as usize,
        time,
        epochs: settings.epochs as usize,
        learning_rate: settings.learning_rate,
        dropout: settings.dropout,
        recurrent_dropout: settings.recurrent_dropout,
        weight_decay: settings.weight_decay,
        average: settings.average,
        patience: settings.patience as usize,
        split: settings.split,
        seed: settings.seed.into(),
    };
    recipe.check()?;
    check_own(settings)?;
    Ok(recipe)
}

/// Checks the settings that are this program's alone.
fn check_own(settings: &TrainSettings) -> Result<(), Refusal> {
    let unusable = |field: &str, value: &dyn ToString, allowed: &str| {
        Err(Refusal::new(field, format!("{field} {} cannot be used; give {allowed}", value.to_string())))
    };
    let TrainSettings { minutes, sample_secs, workers, engine, .. } = settings;
    if !(0.0..=1e6).contains(minutes) {
        return unusable("minutes", minutes, "a number of minutes, or 0 for no end");
    }
    if !(0.0..=1e6).contains(sample_secs) {
        return unusable("sample_secs", sample_secs, "a number of seconds, or 0 for after each epoch");
    }
    if *workers > MAX_WORKERS {
        return unusable("workers", workers, "a number from 1 to 64, or 0 for as many as are faster");
    }
    if !["auto", "cpu", "webgpu"].contains(&engine.as_str()) {
        return unusable("engine", engine, "`auto`, `cpu` or `webgpu`");
    }
    Ok(())
}

/// Refuses what would not fit a tab's memory, on a text of so many characters, of which `vocab` are distinct.
pub(crate) fn check_memory(recipe: &Recipe, characters: usize, vocab: usize) -> Result<(), Refusal> {
    let bytes = training_bytes(recipe, characters, vocab);
    if bytes <= MAX_BYTES {
        return Ok(());
    }
    let smaller = Recipe { batch: 1, ..recipe.clone() };
    let (field, remedy) = match training_bytes(&smaller, characters, vocab) <= MAX_BYTES {
        true => ("batch", "choose a smaller batch or fewer units"),
        false => ("hidden", "choose fewer units or layers"),
    };
    let megabytes = bytes >> 20;
    Err(Refusal::new(
        field,
        format!(
            "A training with these settings takes {megabytes} MB of memory, more than a page is sure to have; {remedy}."
        ),
    ))
}

/// The settings that a recipe and the program's own ones of `asked` make.
pub(crate) fn settings(recipe: &Recipe, asked: TrainSettings) -> TrainSettings {
    // Every number of a checked recipe fits: its limits are below 2³², but for the seed, of which the page shows the end.
    TrainSettings {
        recipe: recipe.name.as_str().to_owned(),
        hidden: recipe.hidden as u32,
        layers: recipe.layers as u32,
        batch: recipe.batch as u32,
        time: recipe.time as u32,
        epochs: recipe.epochs as u32,
        learning_rate: recipe.learning_rate,
        dropout: recipe.dropout,
        recurrent_dropout: recipe.recurrent_dropout,
        weight_decay: recipe.weight_decay,
        average: recipe.average,
        patience: recipe.patience as u32,
        split: recipe.split,
        seed: recipe.seed as u32,
        ..asked
    }
}
