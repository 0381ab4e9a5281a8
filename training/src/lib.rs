//! A training of the character LSTM, one step at a time: the command line and a browser drive the same one.
//!
//! Data flows text → [`Ids`] → [`Epoch`] of [`Batch`]es → [`Training`] → weights. What happens is reported
//! as [`Event`]s, from which a [`History`] makes the points of the curves; a [`Checkpoint`] is a training as bytes.
//!
//! *Invariant:* no files, no threads of its own, no terminal and no clock: whoever drives a training says how long it
//! has taken. *Invariant:* nothing waits for a device: what reads back (losses, validation, weights, moments) is
//! `async`, and natively driven to its end by the caller. *Invariant:* an epoch's order depends on the seed and the
//! epoch's number alone, a dropout mask on the seed and the step, so no random state is saved.

mod average;
mod batches;
mod checkpoint;
mod dropout;
mod error;
mod event;
mod extend;
mod history;
mod ids;
mod init;
mod learner;
mod loss;
mod memory;
mod optimizer;
mod pace;
mod position;
mod practice;
mod recipe;
mod share;
mod training;
mod transfer;
mod validation;

pub use batches::{Batch, Epoch};
pub use checkpoint::{Checkpoint, CheckpointError, Source};
pub use corpus::{WINDOW, WINDOW_STEP, windows};
pub use error::TrainingError;
pub use event::{EpochSummary, Event, Outcome, Progress, Sample, Start};
pub use extend::extend;
pub use history::History;
pub use ids::Ids;
pub use init::keras_weights;
pub use loss::Losses;
pub use memory::training_bytes;
pub use optimizer::KerasAdam;
pub use pace::Pace;
pub use position::Position;
pub use practice::Practice;
pub use recipe::{Recipe, RecipeError, RecipeName};
pub use share::Share;
pub use training::{FinishedEpoch, Training, check_gates, check_length};
pub use validation::Validation;
