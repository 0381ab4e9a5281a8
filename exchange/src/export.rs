//! Models out, for other frameworks.

#[cfg(feature = "burn")]
mod burn;
mod h5;
mod keras;
mod metadata;
mod onnx;
mod pytorch;

use std::{fmt, str::FromStr};

use model::{GateFunction, Precision, Weights};

use crate::ExportError;

/// What a model can be written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A `.keras` archive for `keras.models.load_model`, built as the course's notebook builds its model: one-hot input
    /// `[batch, steps, vocab]`, LSTM layers (`LSTM`, `LSTM_1`, …), windows of any length, a Dense layer, so that `predict` gives the
    /// next character's logits `[batch, vocab]`, or its probabilities if softmax is asked for. `metadata.json` has the vocabulary.
    Keras,
    /// The same model in HDF5, for Keras 2, which does not read the archives of Keras 3.
    H5,
    /// A PyTorch state dict in safetensors, for a module with `lstm: nn.LSTM(vocab, hidden, layers)` and
    /// `linear: nn.Linear(hidden, vocab)`. The metadata has the vocabulary.
    PyTorch,
    /// One step as ONNX: `id` int64 `[batch]`, `h` and `c` `[layers, batch, hidden]` give `logits` `[batch, vocab]`,
    /// `h_next` and `c_next`. The metadata has the vocabulary.
    Onnx,
    /// Our own weights file, in f32.
    Safetensors,
    /// A record of burn, for a module with `lstm: nn::Lstm` (several layers: `lstm: Vec<nn::Lstm>`) and
    /// `linear: nn::Linear`, all with biases. The metadata has the vocabulary.
    #[cfg(feature = "burn")]
    Burn,
}

impl Kind {
    /// All kinds there are in this build.
    pub const ALL: &[Self] = &[
        Self::Keras,
        Self::H5,
        Self::PyTorch,
        Self::Onnx,
        Self::Safetensors,
        #[cfg(feature = "burn")]
        Self::Burn,
    ];

    /// The name by which the command line knows it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Keras => "keras",
            Self::H5 => "h5",
            Self::PyTorch => "pytorch",
            Self::Onnx => "onnx",
            Self::Safetensors => "safetensors",
            #[cfg(feature = "burn")]
            Self::Burn => "burn",
        }
    }

    /// What the name of such a file ends in, without the dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Keras => "keras",
            Self::H5 => "h5",
            Self::PyTorch | Self::Safetensors => "safetensors",
            Self::Onnx => "onnx",
            #[cfg(feature = "burn")]
            Self::Burn => "bpk",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let kind = Self::ALL.iter().copied().find(|kind| kind.name() == name);
        kind.ok_or_else(|| {
            let names: Vec<&str> = Self::ALL.iter().map(|kind| kind.name()).collect();
            format!("a model cannot be exported to that; it can be to {}", names.join(", "))
        })
    }
}

/// Writes a model that gives logits. The same weights give the same bytes.
///
/// # Errors
/// If the framework has no such gates, or if a library refuses the content.
pub fn export(weights: &Weights, kind: Kind) -> Result<Vec<u8>, ExportError> {
    match kind {
        Kind::Keras => keras::write(weights, false),
        Kind::H5 => h5::write(weights, false),
        Kind::PyTorch => pytorch::write(weights),
        Kind::Onnx => onnx::write(weights),
        Kind::Safetensors => Ok(weights.to_bytes(Precision::F32)?),
        #[cfg(feature = "burn")]
        Kind::Burn => burn::write(weights),
    }
}

/// Refuses a model with other gates than sigmoid, for a framework that has no others.
fn sigmoid_alone(format: &'static str, weights: &Weights) -> Result<(), ExportError> {
    match weights.gates {
        GateFunction::Sigmoid => Ok(()),
        GateFunction::HardSigmoid => Err(ExportError::Gates { format }),
    }
}

/// Writes a Keras model that ends in a softmax: [`Kind::Keras`] or [`Kind::H5`] with probabilities rather than logits.
///
/// # Errors
/// If the kind is another, or if a library refuses the content.
pub fn export_softmax(weights: &Weights, kind: Kind) -> Result<Vec<u8>, ExportError> {
    match kind {
        Kind::Keras => keras::write(weights, true),
        Kind::H5 => h5::write(weights, true),
        _ => Err(ExportError::Softmax { kind: kind.name() }),
    }
}
