//! What a training begins with.

use model::{Card, Vocab, Weights};
use serde_json::Value;
use training::{Checkpoint, CheckpointError, Ids, Recipe, Source, check_length, keras_weights};
use web::messages::learner::{Beginning, TrainSettings};

use crate::{
    refusal::Refusal,
    settings::{check_memory, recipe},
    text::Text,
};

/// Puts a training together.
///
/// # Errors
/// The setting, text or model that cannot be used.
pub(crate) fn begin(
    settings: &TrainSettings,
    beginning: &Beginning,
    text: &Text,
) -> Result<Checkpoint, Refusal> {
    match beginning {
        Beginning::Anew => anew(recipe(settings)?, text),
        Beginning::From { weights, extend } => from(recipe(settings)?, &weights.to_vec(), *extend, text),
        Beginning::Checkpoint { bytes } => resume(&bytes.to_vec(), text),
    }
}

fn anew(recipe: Recipe, text: &Text) -> Result<Checkpoint, Refusal> {
    let vocab = Vocab::from_text(&text.text)
        .map_err(|error| Refusal::new("text", format!("The text cannot be used: {error}.")))?;
    check_size(&recipe, text.text.chars().count(), vocab.len())?;
    let weights = keras_weights(vocab, card(text, &recipe), recipe.hidden, recipe.layers, recipe.seed)
        .map_err(|error| Refusal::new("hidden", error.to_string()))?;
    Ok(Checkpoint::new(recipe, source(text), weights))
}

/// From a model's weights. Characters that it does not know are left out of the text, or are new to it.
fn from(recipe: Recipe, weights: &[u8], extend: bool, text: &Text) -> Result<Checkpoint, Refusal> {
    let unusable = |error: &dyn ToString| {
        Refusal::new("model", format!("The model cannot be used: {}.", error.to_string()))
    };
    let weights = Weights::from_bytes(weights).map_err(|error| unusable(&error))?;
    let recipe = Recipe { hidden: weights.hidden(), layers: weights.layers.len(), ..recipe };
    let mut weights = match extend {
        true => training::extend(weights, &text.text, recipe.seed).map_err(|error| unusable(&error))?,
        false => weights,
    };
    weights.card = card(text, &recipe);
    check_size(&recipe, Ids::encode(&weights.vocab, &text.text).len(), weights.vocab.len())?;
    Ok(Checkpoint::new(recipe, source(text), weights))
}

/// A training that goes on, with the same text as before.
fn resume(checkpoint: &[u8], text: &Text) -> Result<Checkpoint, Refusal> {
    let checkpoint =
        Checkpoint::from_bytes(checkpoint).map_err(|error| Refusal::new("model", unreadable(&error)))?;
    if checkpoint.source.sha256 != text.sha256 {
        return Err(Refusal::new(
            "text",
            "The text is not the one that the checkpoint was trained on; bring that one, to the last character, or train anew.",
        ));
    }
    let Checkpoint { recipe, weights, .. } = &checkpoint;
    check_size(recipe, Ids::encode(&weights.vocab, &text.text).len(), weights.vocab.len())?;
    Ok(checkpoint)
}

/// Why a checkpoint cannot be gone on with, for somebody who has a page rather than a command line.
fn unreadable(error: &CheckpointError) -> String {
    let reason = match error {
        CheckpointError::Broken(reason) => format!("it is cut short or damaged: {reason}"),
        CheckpointError::Foreign => "it is another kind of file".to_owned(),
        CheckpointError::Header(reason) => format!("another version wrote it: {reason}"),
        CheckpointError::Version { found } => {
            format!("it has version {found}, which this page does not read")
        }
        CheckpointError::Size { tensor, found, needed } => {
            format!("it has {found} numbers in `{tensor}`, but {needed} are needed")
        }
        other => other.to_string(),
    };
    format!(
        "The checkpoint cannot be used ({reason}); choose a .checkpoint file that a training wrote, or train anew."
    )
}

/// Refuses a text that is too short, and what would not fit the memory.
fn check_size(recipe: &Recipe, characters: usize, vocab: usize) -> Result<(), Refusal> {
    check_length(recipe, characters)?;
    check_memory(recipe, characters, vocab)
}

fn card(text: &Text, recipe: &Recipe) -> Card {
    Card {
        corpus: text.name.clone(),
        corpus_sha256: text.sha256.clone(),
        recipe: recipe.describe(),
        ..Card::default()
    }
}

/// A text that was brought to the page lies on no disk: whoever goes on elsewhere brings it again.
fn source(text: &Text) -> Source {
    Source { args: Value::Null, sha256: text.sha256.clone() }
}
