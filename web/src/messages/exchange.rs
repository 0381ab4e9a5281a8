//! What the page's programs and the one that reads and writes models of other frameworks say to each other.

use js_sys::Uint8Array;
use serde::{Deserialize, Serialize};

use crate::worker::Program;

/// The program that reads and writes models of other frameworks.
#[derive(Debug, Clone, Copy)]
pub struct Exchange;

impl Program for Exchange {
    type Request = ToExchange;
    type Reply = FromExchange;
    const SCRIPT: &'static str = "./start.js";
    const MODULE: Option<&'static str> = Some("exchange");
}

/// To the program.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ToExchange {
    /// Read a model. Answered with `Read` or `Failed`.
    Read(Files),
    /// Write a model for another framework. Answered with `Exported` or `Failed`.
    Export {
        /// What people call the model; the file will be named so.
        title: String,
        /// A weights file of ours.
        #[serde(with = "serde_wasm_bindgen::preserve")]
        weights: Uint8Array,
        /// `keras`, `pytorch`, `onnx` or `safetensors`, as the command line names them.
        format: String,
    },
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

/// From the program.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FromExchange {
    /// The program runs and takes messages.
    Started,
    /// The model was read.
    Read {
        /// A weights file of ours.
        #[serde(with = "serde_wasm_bindgen::preserve")]
        weights: Uint8Array,
        /// The first digits of its hash.
        hash: String,
    },
    /// The model was written.
    Exported {
        /// What its file may be called.
        name: String,
        /// The file.
        #[serde(with = "serde_wasm_bindgen::preserve")]
        bytes: Uint8Array,
    },
    /// The model cannot be read or written.
    Failed {
        /// What is wrong, as a sentence.
        message: String,
    },
}
