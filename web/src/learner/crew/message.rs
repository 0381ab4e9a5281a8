//! What the workers of a crew say to one another beside numbers.

use js_sys::Float32Array;
use serde::{Deserialize, Serialize};

/// From the first worker to the others.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Order {
    /// Take steps, until the first worker's part says that it was the last.
    Steps,
    /// Validate your share. Answered with `Validated`.
    Validate,
    /// Give the validation up; it is answered nevertheless.
    GiveUp,
    /// The validation of all came to this; the next epoch begins.
    EndEpoch { sum: f64, count: f64, secs: f64 },
    /// Give the carried state of your rows. Answered with `Carried`.
    Carry,
    /// The training is over.
    End,
}

/// From another worker to the first.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Answer {
    /// The worker takes part.
    Ready,
    /// The losses of what was validated.
    Validated { sum: f64, count: f64 },
    /// The carried state: hidden state and cell of every layer, `[rows, hidden]` each.
    Carried { state: Vec<Carried> },
    /// The worker cannot go on: a sentence.
    Failed { message: String },
}

/// A layer's carried state.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Carried {
    #[serde(with = "serde_wasm_bindgen::preserve")]
    pub(super) hidden: Float32Array,
    #[serde(with = "serde_wasm_bindgen::preserve")]
    pub(super) cell: Float32Array,
}
