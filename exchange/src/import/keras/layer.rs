//! One layer of a model's description.

use serde_json::Value;

use crate::{ImportError, error::shown};

/// What a layer is, as far as it can be imported.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    /// One that passes on what it gets, once the model is trained.
    Nothing,
    /// One that turns characters into ids, as [`lookup`](super::lookup) reads it.
    Lookup,
    Embedding,
    Lstm {
        /// Whether its gates are `hard_sigmoid`.
        is_hard: bool,
    },
    Dense {
        softmax: bool,
        /// Within a `TimeDistributed`.
        wrapped: bool,
    },
    Softmax,
    Linear,
}

impl Kind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Lookup => "a lookup of characters",
            Self::Embedding => "an Embedding",
            Self::Lstm { .. } => "an LSTM",
            Self::Dense { .. } => "a Dense layer",
            Self::Softmax => "a softmax",
            Self::Linear => "an activation",
        }
    }
}

/// The class of a layer or model.
pub(super) fn class(layer: &Value) -> &str {
    layer.get("class_name").and_then(Value::as_str).unwrap_or("model without a class")
}

/// The name of a layer.
pub(super) fn name(layer: &Value) -> &str {
    let inner = layer.get("config").and_then(|config| config.get("name"));
    inner.or(layer.get("name")).and_then(Value::as_str).unwrap_or("without a name")
}

/// Tells what a layer is.
pub(super) fn read(layer: &Value) -> Result<Kind, ImportError> {
    let wrong = |problem: &str| Err(ImportError::layer(name(layer), problem));
    match class(layer) {
        "InputLayer"
        | "Dropout"
        | "SpatialDropout1D"
        | "GaussianDropout"
        | "GaussianNoise"
        | "AlphaDropout"
        | "ActivityRegularization"
        | "Identity" => Ok(Kind::Nothing),
        "Embedding" => match is_true(layer, "mask_zero") {
            false => Ok(Kind::Embedding),
            true => wrong("has mask_zero, with which the first character is not read; train it without"),
        },
        "StringLookup" | "TextVectorization" => Ok(Kind::Lookup),
        "LSTM" => lstm(layer),
        // Its gates are sigmoid and tanh, and nothing else.
        "CuDNNLSTM" => forward(layer, false),
        "Dense" => dense(layer, name(layer), false),
        "TimeDistributed" => match layer.get("config").and_then(|config| config.get("layer")) {
            Some(inner) if class(inner) == "Dense" => dense(inner, name(layer), true),
            _ => wrong(
                "is a TimeDistributed around something else than a Dense layer; only that can be imported",
            ),
        },
        "Activation" => activation(layer, "activation", "linear", name(layer)),
        "Softmax" => Ok(Kind::Softmax),
        other => Err(ImportError::layer(name(layer), refusal(other))),
    }
}

/// Why a class cannot be imported, and what to do.
fn refusal(class: &str) -> String {
    let why = match class {
        "Bidirectional" => {
            "reads the text from both ends, while a model that writes knows only what came before"
        }
        "GRU" | "SimpleRNN" | "CuDNNGRU" | "ConvLSTM1D" | "RNN" | "LSTMCell" => {
            "has weights of another layout than a plain LSTM"
        }
        "Sequential" | "Functional" | "Model" => "is a model within the model",
        _ => "is none that Scriptorium's models have",
    };
    let class = shown(class);
    format!(
        "is of the class {class}, which {why}; train the model with LSTM layers and one Dense layer on top, and import that"
    )
}

fn lstm(layer: &Value) -> Result<Kind, ImportError> {
    // TensorFlow.js writes names in its own way too.
    let known: [(&str, &[&str]); 2] =
        [("activation", &["tanh"]), ("recurrent_activation", &["sigmoid", "hard_sigmoid", "hardSigmoid"])];
    for (field, functions) in known {
        let needed = functions[0];
        let found = text(layer, field, needed);
        if !functions.contains(&found) {
            let found = shown(found);
            let problem = format!(
                "has {field} = {found}, which cannot be imported; train the model with {field}=\"{needed}\""
            );
            return Err(ImportError::layer(name(layer), problem));
        }
    }
    forward(layer, text(layer, "recurrent_activation", "sigmoid") != "sigmoid")
}

fn forward(layer: &Value, is_hard: bool) -> Result<Kind, ImportError> {
    match is_true(layer, "go_backwards") {
        false => Ok(Kind::Lstm { is_hard }),
        true => Err(ImportError::layer(
            name(layer),
            "goes backwards through the text; train it with go_backwards=False",
        )),
    }
}

fn dense(layer: &Value, name: &str, wrapped: bool) -> Result<Kind, ImportError> {
    let softmax = matches!(activation(layer, "activation", "linear", name)?, Kind::Softmax);
    Ok(Kind::Dense { softmax, wrapped })
}

fn activation(layer: &Value, field: &str, default: &str, name: &str) -> Result<Kind, ImportError> {
    match text(layer, field, default) {
        "softmax" => Ok(Kind::Softmax),
        "linear" => Ok(Kind::Linear),
        other => {
            let other = shown(other);
            let problem = format!(
                "has the activation {other}, but only softmax or linear can stand on top; train the model with LSTM layers and one Dense layer alone"
            );
            Err(ImportError::layer(name, problem))
        }
    }
}

/// A field of a layer's settings that names a function: a string, or an object with the name in it.
fn text<'a>(layer: &'a Value, field: &str, default: &'a str) -> &'a str {
    match layer.get("config").and_then(|config| config.get(field)) {
        None | Some(Value::Null) => default,
        Some(Value::String(name)) => name,
        Some(object) => {
            let name = object.get("config").filter(|name| name.is_string()).or(object.get("class_name"));
            name.and_then(Value::as_str).unwrap_or("of another kind")
        }
    }
}

pub(super) fn is_true(layer: &Value, field: &str) -> bool {
    layer.get("config").and_then(|config| config.get(field)).and_then(Value::as_bool).unwrap_or(false)
}
