//! The messages between the page and the engine.

use model::Request;
use serde::{Deserialize, Serialize};

/// From the page to the engine.
#[derive(Debug, Serialize, Deserialize)]
pub enum ToEngine {
    /// Use these weights from now on.
    Load {
        /// A weights file, or the numbers that [`read_weights`](crate::read_weights) takes for one.
        #[serde(with = "serde_bytes")]
        weights: Vec<u8>,
        /// Whether they are those numbers.
        bare: bool,
    },
    /// Write a script.
    Generate(Job),
    /// Stop this job and all before it.
    Stop {
        /// The job's number.
        job: u32,
    },
    /// Read a text and give the logits after it.
    Check {
        /// The text's ids.
        ids: Vec<u32>,
    },
}

/// A script to write on the engine.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Job {
    /// Number, rising with time.
    pub job: u32,
    /// What to write: rows side by side, of which equally much is written already and equally much is wanted.
    pub rows: Vec<Request>,
}

/// From the engine to the page.
#[derive(Debug, Serialize, Deserialize)]
pub enum FromEngine {
    /// The engine's program is on its way.
    Fetching {
        /// Bytes that are there.
        bytes: f64,
    },
    /// The engine's program runs and takes messages.
    Started,
    /// The weights are loaded and the kernels compiled.
    Ready {
        /// Speed of a warm block of one row.
        chars_per_second: f64,
    },
    /// A block was written.
    Block {
        /// The job's number.
        job: u32,
        /// Ids `[steps, rows]`.
        ids: Vec<u32>,
    },
    /// A job has ended: written whole, or stopped.
    Done {
        /// The job's number.
        job: u32,
    },
    /// The answer to `Check`.
    Logits {
        /// One a character of the vocabulary.
        logits: Vec<f32>,
    },
    /// The engine cannot go on.
    Failed {
        /// What happened, as a sentence.
        message: String,
    },
}
