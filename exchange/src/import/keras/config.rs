//! What a model's description says of its layers.

use serde_json::Value;

use super::{layer, lookup, nodes};
use crate::{
    Characters, ImportError,
    error::shown,
    import::gates::{Gates, Slope},
};

/// The most layers of a description, with those that do nothing.
const MAX_LAYERS: usize = 1000;

/// A layer that has numbers.
#[derive(Debug)]
pub(super) struct LayerSpec {
    /// Its name, by which older files find it.
    pub(super) name: String,
    /// Its place in newer files, which count the layers of a class: `lstm`, `lstm_1`.
    pub(super) place: String,
    pub(super) role: Role,
}

/// What a layer does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Embedding,
    Lstm(Gates),
    Output,
}

/// What a description says.
#[derive(Debug)]
pub(super) struct Description {
    /// The layers that have numbers, input first.
    pub(super) layers: Vec<LayerSpec>,
    /// The model's vocabulary, if a lookup in it has one.
    pub(super) characters: Option<Characters>,
}

/// How far up the chain a layer is.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Input,
    Embedded,
    Lstm,
    Logits,
    Probabilities,
}

/// Reads a description by a Keras whose `hard_sigmoid` is so steep.
pub(super) fn describe(config: &Value, hard: Slope) -> Result<Description, ImportError> {
    let class = layer::class(config);
    let inner = config.get("config").unwrap_or(&Value::Null);
    // The oldest Sequential models are a mere list.
    let list = inner.get("layers").unwrap_or(inner).as_array();
    if list.is_some_and(|layers| layers.len() > MAX_LAYERS) {
        return Err(ImportError::Structure(format!("has more than {MAX_LAYERS} layers")));
    }
    let layers = match (class, list) {
        ("Sequential", Some(layers)) => layers.iter().collect(),
        ("Functional" | "Model", Some(layers)) => nodes::chain(layers)?,
        _ => {
            let class = shown(class);
            return Err(ImportError::Structure(format!(
                "is a {class}, a class of its author's own; save its numbers with model.save_weights(\"model.weights.h5\") and import those"
            )));
        }
    };
    // All of the list count, also those that the chain does not reach.
    let places = list.map(|layers| places(layers)).unwrap_or_default();
    let mut specs = Vec::new();
    let mut characters = None;
    let mut stage = Stage::Input;
    for layer in layers {
        let name = layer::name(layer);
        let place =
            places.iter().find(|(other, _)| std::ptr::eq(*other, layer)).map(|(_, place)| place.as_str());
        let mut add = |place: String, role| specs.push(LayerSpec { name: name.to_owned(), place, role });
        let place = place.unwrap_or_default().to_owned();
        let problem = |problem: String| Err(ImportError::layer(name, problem));
        match layer::read(layer)? {
            layer::Kind::Nothing => {}
            layer::Kind::Lookup if stage == Stage::Input && characters.is_none() => {
                characters = lookup::characters(layer)?;
            }
            layer::Kind::Embedding if stage == Stage::Input => {
                add(place, Role::Embedding);
                stage = Stage::Embedded;
            }
            layer::Kind::Lstm { is_hard } if stage <= Stage::Lstm => {
                add(place, Role::Lstm(if is_hard { Gates::Hard(hard) } else { Gates::Sigmoid }));
                stage = Stage::Lstm;
            }
            layer::Kind::Dense { softmax, wrapped } if stage == Stage::Lstm => {
                add(if wrapped { format!("{place}/layer") } else { place }, Role::Output);
                stage = if softmax { Stage::Probabilities } else { Stage::Logits };
            }
            layer::Kind::Softmax if stage == Stage::Logits => stage = Stage::Probabilities,
            layer::Kind::Linear if stage >= Stage::Lstm => {}
            kind => {
                let what = kind.name();
                return problem(format!(
                    "is {what} where none can stand; a model is one-hot input or an Embedding, then LSTM layers, then one Dense layer"
                ));
            }
        }
    }
    match stage >= Stage::Logits {
        true => Ok(Description { layers: specs, characters }),
        false => Err(ImportError::Structure(
            "does not end in LSTM layers with a Dense layer on top; only such models can be imported"
                .to_owned(),
        )),
    }
}

/// Every layer with its place in newer files.
fn places(layers: &[Value]) -> Vec<(&Value, String)> {
    let mut counts: std::collections::BTreeMap<String, usize> = std::collections::BTreeMap::new();
    let place = |layer| {
        let class = snake_case(layer::class(layer));
        let count = counts.entry(class.clone()).or_default();
        let place = if *count == 0 { class } else { format!("{class}_{count}") };
        *count += 1;
        (layer, place)
    };
    layers.iter().map(place).collect()
}

/// `TimeDistributed` as `time_distributed`, `LSTM` as `lstm`.
fn snake_case(class: &str) -> String {
    let mut snake = String::new();
    let characters: Vec<char> = class.chars().collect();
    for (at, &character) in characters.iter().enumerate() {
        let after_small = at > 0 && characters.get(at - 1).is_some_and(|c| c.is_lowercase());
        let before_small = at > 0 && characters.get(at + 1).is_some_and(|c| c.is_lowercase());
        if character.is_uppercase() && (after_small || before_small) {
            snake.push('_');
        }
        snake.extend(character.to_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_written_as_keras_writes_them() {
        for (class, snake) in [
            ("LSTM", "lstm"),
            ("TimeDistributed", "time_distributed"),
            ("InputLayer", "input_layer"),
            ("Conv1D", "conv1d"),
            ("SpatialDropout1D", "spatial_dropout1d"),
        ] {
            assert_eq!(snake_case(class), snake);
        }
    }
}
