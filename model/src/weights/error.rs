//! Why bytes are no weights.

use thiserror::Error;

use super::format::{FORMAT, VERSION};
use crate::vocab::VocabError;

/// Why bytes are no weights.
#[derive(Debug, Error)]
pub enum WeightsError {
    /// Not safetensors, or cut short.
    #[error("this is not a complete safetensors file ({0}); download or export it again")]
    Broken(String),
    /// safetensors of somebody else.
    #[error(
        "this safetensors file was not written by Scriptorium (its metadata has no format = \"{expected}\"); train one with `scriptorium train`",
        expected = FORMAT
    )]
    Foreign,
    /// A format of another time.
    #[error(
        "the weights have format version {found}, but this build reads version {expected}; export them again with a matching scriptorium",
        expected = VERSION
    )]
    Version {
        /// What the file says.
        found: String,
    },
    /// A field of the metadata is missing or senseless.
    #[error("the weights' field `{field}` {problem}; export the file again")]
    Field {
        /// Name of the metadata field or tensor.
        field: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The vocabulary inside is none.
    #[error("the weights' field `vocabulary` cannot be used: {0}")]
    Vocab(#[from] VocabError),
}

impl WeightsError {
    pub(super) fn field(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Field { field: field.into(), problem: problem.into() }
    }
}
