//! Why the program does not do what it is asked for.

use training::{RecipeError, TrainingError};
use web::messages::learner::FromLearner;

/// Why the program does not do what it is asked for: a setting that cannot be used, and a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// The setting, `text` or `model`; or empty.
    pub(crate) field: String,
    /// Why, and what to do.
    pub(crate) message: String,
}

impl Refusal {
    /// A refusal for a setting, or for `text` or `model`.
    pub(crate) fn new(field: &str, message: impl Into<String>) -> Self {
        Self { field: field.to_owned(), message: message.into() }
    }
}

impl From<Refusal> for FromLearner {
    fn from(Refusal { field, message }: Refusal) -> Self {
        Self::Refused { field, message }
    }
}

impl From<RecipeError> for Refusal {
    fn from(error: RecipeError) -> Self {
        let field = match &error {
            RecipeError::Setting { setting, .. } => setting.replace('-', "_"),
            RecipeError::NotebookTime => "time".to_owned(),
        };
        Self { field, message: error.to_string() }
    }
}

impl From<TrainingError> for Refusal {
    fn from(error: TrainingError) -> Self {
        let field = match error {
            TrainingError::TextTooShort { .. } => "text",
            TrainingError::Gates => "model",
            _ => "",
        };
        Self { field: field.to_owned(), message: said(&error) }
    }
}

/// Why a training cannot begin or go on, for somebody who has a page rather than a command line.
pub(crate) fn said(error: &TrainingError) -> String {
    match error {
        TrainingError::TextTooShort { characters, training, validation } => format!(
            "The text has {characters} characters, too few for these settings: {training} are needed to train on and {validation} to validate on; bring a longer text or choose a smaller batch."
        ),
        TrainingError::NotFinite { what, step, epoch, learning_rate } => format!(
            "At step {step} of epoch {epoch} {what} is no longer a number; the best weights and the last checkpoint are kept. Train anew with a lower learning rate than {learning_rate}."
        ),
        TrainingError::Gates => format!("The model cannot be used: {error}."),
        // What burn says of it has many lines, and none for people.
        TrainingError::Device(_) => "The device failed, as it does when it is taken away or its driver starts anew; go on from the last checkpoint, which the CPU can.".to_owned(),
        other => format!("The training cannot go on: {other}."),
    }
}
