//! What the page's programs say to those that read and write models of other frameworks.

use js_sys::Uint8Array;
use serde::{Deserialize, Serialize};

use crate::worker::Program;

/// The program that reads models of other frameworks.
#[derive(Debug, Clone, Copy)]
pub struct Importer;

impl Program for Importer {
    type Request = Files;
    type Reply = FromImporter;
    const SCRIPT: &'static str = "./start.js";
    const MODULE: Option<&'static str> = Some("importer");
}

/// The program that writes models for other frameworks.
#[derive(Debug, Clone, Copy)]
pub struct Exporter;

impl Program for Exporter {
    type Request = ToExporter;
    type Reply = FromExporter;
    const SCRIPT: &'static str = "./start.js";
    const MODULE: Option<&'static str> = Some("exporter");
}

/// The files that a visitor brought, to be read.
#[derive(Debug, Serialize, Deserialize)]
pub struct Files {
    /// The model: a file, or several that belong together.
    pub model: Vec<File>,
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

/// From the program that reads.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FromImporter {
    /// The program runs and takes files.
    Started,
    /// The model was read.
    Read {
        /// A weights file of ours.
        #[serde(with = "serde_wasm_bindgen::preserve")]
        weights: Uint8Array,
        /// The first digits of its hash.
        hash: String,
        /// What is to be said of how it was made of the files; most often nothing.
        notes: String,
    },
    /// The model cannot be read.
    Failed {
        /// What is wrong, as a sentence.
        message: String,
    },
}

/// A model that is to be written for another framework.
#[derive(Debug, Serialize, Deserialize)]
pub struct ToExporter {
    /// What people call the model; the file will be named so.
    pub title: String,
    /// A weights file of ours.
    #[serde(with = "serde_wasm_bindgen::preserve")]
    pub weights: Uint8Array,
    /// `keras`, `pytorch`, `onnx` or `safetensors`, as the command line names them.
    pub format: String,
}

/// From the program that writes.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FromExporter {
    /// The program runs and takes a model.
    Started,
    /// The model was written.
    Written {
        /// What its file may be called.
        name: String,
        /// The file.
        #[serde(with = "serde_wasm_bindgen::preserve")]
        bytes: Uint8Array,
    },
    /// The model cannot be written.
    Failed {
        /// What is wrong, as a sentence.
        message: String,
    },
}
