//! Why a training cannot begin or go on.

use burn::tensor::ExecutionError;
use thiserror::Error;

/// Why a training cannot begin or go on.
#[derive(Debug, Error)]
pub enum TrainingError {
    /// The text is too short for the recipe.
    #[error(
        "the corpus has {characters} characters, too few for this recipe: it needs {training} to train on and {validation} to validate on; use a longer text or a smaller --batch"
    )]
    TextTooShort {
        /// Characters of the text.
        characters: usize,
        /// Characters needed to train on.
        training: usize,
        /// Characters needed to validate on.
        validation: usize,
    },
    /// The model is of a kind that can write and not learn.
    #[error(
        "the model's gates are hard_sigmoid, as Keras had them before 2.3, and only a model with sigmoid gates can be trained here; it can write, but train a new one, or take this one's training up in Keras"
    )]
    Gates,
    /// Something is infinite or not a number.
    #[error(
        "{what} is no longer a number at step {step} of epoch {epoch}; the best weights and the last checkpoint are kept; train anew with a lower --learning-rate than {learning_rate}"
    )]
    NotFinite {
        /// What is not a number: a loss or a weight.
        what: &'static str,
        /// Number of the step, from 1.
        step: usize,
        /// Number of the epoch, from 1.
        epoch: usize,
        /// The recipe's learning rate.
        learning_rate: f64,
    },
    /// Another replica's numbers are not of this training.
    #[error(
        "another worker sent {found} gradients where there are {needed} parameters; go on from the last checkpoint"
    )]
    Gradients {
        /// Numbers that came.
        found: usize,
        /// Numbers that the model has.
        needed: usize,
    },
    /// The device was lost, or could not compute.
    #[error("the device failed ({0}); go on from the last checkpoint")]
    Device(String),
}

impl From<ExecutionError> for TrainingError {
    fn from(error: ExecutionError) -> Self {
        // The device's report has several lines; a sentence has one.
        Self::Device(error.to_string().replace('\n', " "))
    }
}
