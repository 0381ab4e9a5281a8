//! Whose files there are.

use std::fmt;

/// Whose file a model comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Keras: `.keras`, `.weights.h5`, `.h5` or a SavedModel.
    Keras,
    /// A layers model of TensorFlow.js.
    TensorFlowJs,
    /// A PyTorch state dict in safetensors.
    PyTorch,
    /// A record of burn.
    Burn,
    /// Weights of our own.
    Scriptorium,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Keras => "Keras",
            Self::TensorFlowJs => "TensorFlow.js",
            Self::PyTorch => "PyTorch",
            Self::Burn => "burn",
            Self::Scriptorium => "Scriptorium",
        })
    }
}
