//! What the page and its engine say to each other. The page's own program speaks the same in a worker, where it writes
//! rows of a sweep.

use js_sys::Uint8Array;
use model::{Draw, Request};
use serde::{Deserialize, Serialize};

use super::numbers::{Ids, floats, ids};
use crate::worker::Program;

/// The engine's program: burn on WebGPU.
#[derive(Debug, Clone, Copy)]
pub struct Engine;

impl Program for Engine {
    type Request = ToEngine;
    type Reply = FromEngine;
    const SCRIPT: &'static str = "./engine_loader.js";
    const MODULE: Option<&'static str> = None;
}

/// The page's program in a worker that writes rows of a sweep: the CPU generator.
#[derive(Debug, Clone, Copy)]
pub struct SweepWorker;

impl Program for SweepWorker {
    type Request = ToEngine;
    type Reply = FromEngine;
    const SCRIPT: &'static str = "./start.js";
    const MODULE: Option<&'static str> = Some("page");
}

/// From the page to the engine.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ToEngine {
    /// Use these weights from now on.
    Load {
        /// A weights file, or the numbers that [`read_weights`](crate::read_weights) takes for one.
        #[serde(with = "serde_wasm_bindgen::preserve")]
        weights: Uint8Array,
        /// Whether they are those numbers.
        bare: bool,
    },
    /// Write scripts.
    Generate(Job),
    /// Stop this job and all before it.
    Stop {
        /// The job's number.
        job: u32,
    },
    /// Read a text and give the logits after it.
    Check {
        /// The text's ids.
        #[serde(with = "ids")]
        ids: Vec<u32>,
    },
}

/// Scripts to write side by side.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Job {
    /// Number, rising with time.
    pub job: u32,
    /// What to write. For the engine equally much is written of all already, and wanted.
    pub rows: Vec<Row>,
}

/// A script to write.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Row(#[serde(with = "RequestFields")] pub Request);

/// The fields of [`Request`], which knows nothing of messages.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Request")]
struct RequestFields {
    #[serde(with = "ids")]
    prompt: Vec<u32>,
    #[serde(with = "draw")]
    draw: Draw,
    temperature: f32,
    top_k: u32,
    top_p: f32,
    length: u32,
    written: u32,
    seed: u32,
    row: u32,
}

/// A [`Draw`] as whether it is of probabilities.
mod draw {
    use model::Draw;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(draw: &Draw, serializer: S) -> Result<S::Ok, S::Error> {
        (*draw == Draw::Probabilities).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Draw, D::Error> {
        let is_of_probabilities = bool::deserialize(deserializer)?;
        Ok(if is_of_probabilities { Draw::Probabilities } else { Draw::Logits })
    }
}

impl Job {
    /// The job of this number.
    pub fn new(job: u32, requests: impl IntoIterator<Item = Request>) -> Self {
        Self { job, rows: requests.into_iter().map(Row).collect() }
    }

    /// What to write.
    pub fn into_requests(self) -> Vec<Request> {
        self.rows.into_iter().map(|Row(request)| request).collect()
    }
}

/// From the engine to the page.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
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
        /// The ids that were added to each row.
        texts: Vec<Ids>,
    },
    /// A job has ended: all of it is written, or it was stopped.
    Done {
        /// The job's number.
        job: u32,
    },
    /// The answer to `Check`.
    Logits {
        /// One a character of the vocabulary.
        #[serde(with = "floats")]
        logits: Vec<f32>,
    },
    /// The engine cannot go on.
    Failed {
        /// What happened, as a sentence.
        message: String,
    },
}
