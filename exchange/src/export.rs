//! Models out, for other frameworks.

#[cfg(feature = "burn")]
mod burn;
mod keras;
mod metadata;
mod onnx;
mod pytorch;

use std::{fmt, str::FromStr};

use model::{Precision, Weights};

use crate::ExportError;

/// What a model can be written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A `.keras` archive for `keras.models.load_model`, built as the course's notebook builds its model: one-hot input
    /// `[batch, steps, vocab]`, LSTM layers (`LSTM`, `LSTM_1`, …), windows of any length, a Dense layer, so that `predict` gives the
    /// next character's logits `[batch, vocab]`, or its probabilities if softmax is asked for. `metadata.json` has the vocabulary.
    Keras,
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
/// If a library refuses the content.
pub fn export(weights: &Weights, kind: Kind) -> Result<Vec<u8>, ExportError> {
    match kind {
        Kind::Keras => keras::write(weights, false),
        Kind::PyTorch => pytorch::write(weights),
        Kind::Onnx => onnx::write(weights),
        Kind::Safetensors => Ok(weights.to_bytes(Precision::F32)?),
        #[cfg(feature = "burn")]
        Kind::Burn => burn::write(weights),
    }
}

/// Writes a Keras model that ends in a softmax: [`Kind::Keras`] with probabilities rather than logits.
///
/// # Errors
/// If a library refuses the content.
pub fn export_softmax(weights: &Weights) -> Result<Vec<u8>, ExportError> {
    keras::write(weights, true)
}
