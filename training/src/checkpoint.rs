//! A checkpoint: everything a training needs to go on as if it had not stopped.
//!
//! One safetensors file: the weights (a weights file of ours, as bytes), the optimiser's moments, the carried
//! state, and the settings and position as JSON in the metadata.

mod bytes;

use model::Weights;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

use crate::{position::Position, recipe::Recipe};

/// Raised when an older program would misread the file.
const VERSION: u32 = 2;

/// Where the text came from, to load it again.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Source {
    /// How whoever drives the training names the text. The training itself only keeps it.
    pub args: Value,
    /// sha256 of the text.
    pub sha256: String,
}

/// A training at rest.
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint {
    /// The settings.
    pub recipe: Recipe,
    /// The text.
    pub source: Source,
    /// How far it has come.
    pub position: Position,
    /// The weights, in full precision.
    pub weights: Weights,
    /// The optimiser's steps.
    pub optimizer_steps: u64,
    /// The optimiser's moments, flat, in the network's order.
    pub moments: Vec<Vec<f32>>,
    /// The running mean of the weights, flat, in the network's order; empty if none is kept.
    pub average: Vec<Vec<f32>>,
    /// Carried hidden state and cell of every layer, `[rows, hidden]`; empty between epochs.
    pub state: Vec<[Vec<f32>; 2]>,
}

/// Why bytes are no checkpoint. None of these names the file: whoever opened it does, in front of the sentence.
#[derive(Debug, Error)]
pub enum CheckpointError {
    /// Cut short, or not a checkpoint at all.
    #[error("is not a complete checkpoint; train again without --resume: {0}")]
    Broken(String),
    /// safetensors of another kind.
    #[error("is not a checkpoint of scriptorium; --resume takes the .checkpoint file that training wrote")]
    Foreign,
    /// The settings and the position are not those that this program knows.
    #[error("was written by another version of scriptorium; train again without --resume: {0}")]
    Header(String),
    /// A format of another time.
    #[error(
        "has checkpoint version {found}, but this program reads version {VERSION}; use the program that wrote it"
    )]
    Version {
        /// What the file says.
        found: u32,
    },
    /// A tensor of the wrong size.
    #[error("has {found} numbers in `{tensor}`, but {needed} are needed; train again without --resume")]
    Size {
        /// Name of the tensor.
        tensor: String,
        /// Numbers in it.
        found: usize,
        /// Numbers that the model needs.
        needed: usize,
    },
    /// A training that cannot be written.
    #[error("the checkpoint cannot be put together: {0}")]
    Unwritable(String),
}

impl Checkpoint {
    /// A training that has not begun.
    pub fn new(recipe: Recipe, source: Source, weights: Weights) -> Self {
        Self {
            recipe,
            source,
            position: Position::default(),
            weights,
            optimizer_steps: 0,
            moments: Vec::new(),
            average: Vec::new(),
            state: Vec::new(),
        }
    }

    /// Adds the carried state of the next rows, of a replica with as many layers.
    pub fn add_rows(&mut self, rows: Vec<[Vec<f32>; 2]>) {
        for (state, rows) in self.state.iter_mut().zip(rows) {
            for (part, rows) in state.iter_mut().zip(rows) {
                part.extend(rows);
            }
        }
    }
}
