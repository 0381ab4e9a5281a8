//! What the page's tools and the reader of models say to each other.

use js_sys::Uint8Array;
use serde::{Deserialize, Serialize};

use crate::worker::Program;

/// The program that reads models of other frameworks.
#[derive(Debug, Clone, Copy)]
pub struct Exchange;

impl Program for Exchange {
    type Request = Files;
    type Reply = FromExchange;
    const SCRIPT: &'static str = "./start.js";
    const MODULE: Option<&'static str> = Some("exchange");
}

/// The files that a visitor brought.
#[derive(Debug, Serialize, Deserialize)]
pub struct Files {
    /// The model.
    pub model: File,
    /// Its vocabulary, or the corpus that it was trained on.
    pub vocabulary: Option<File>,
}

/// A file.
#[derive(Debug, Serialize, Deserialize)]
pub struct File {
    /// Its name.
    pub name: String,
    /// Its content.
    #[serde(with = "serde_wasm_bindgen::preserve")]
    pub bytes: Uint8Array,
}

/// From the reader of models.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FromExchange {
    /// The program runs and takes files.
    Started,
    /// The model was read.
    Read {
        /// A weights file of ours.
        #[serde(with = "serde_wasm_bindgen::preserve")]
        weights: Uint8Array,
        /// The first digits of its hash.
        hash: String,
    },
    /// The model cannot be read.
    Failed {
        /// What is wrong, as a sentence.
        message: String,
    },
}
