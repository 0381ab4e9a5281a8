//! A checkpoint as bytes, and back.

use std::collections::HashMap;

use model::{Precision, Weights};
use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use serde::{Deserialize, Serialize};

use super::{Checkpoint, CheckpointError, Source, VERSION};
use crate::{
    position::Position,
    recipe::{Recipe, RecipeName},
};

/// The metadata field that holds the JSON.
const FIELD: &str = "scriptorium_checkpoint";
/// Most epochs, steps or characters that a training can have seen: 2⁵³, what a double counts without a gap, is some thousand
/// years of training.
const MAX_COUNT: u64 = 1 << 53;
/// The tensor that holds a weights file.
const WEIGHTS: &str = "weights";

#[derive(Debug, Serialize, Deserialize)]
struct Header {
    version: u32,
    recipe: Recipe,
    source: Source,
    position: Position,
    optimizer_steps: u64,
    layers: usize,
    averaged: bool,
}

/// A tensor to be written.
struct Part {
    name: String,
    dtype: Dtype,
    bytes: Vec<u8>,
}

impl Part {
    fn numbers(name: String, values: &[f32]) -> Self {
        Self { name, dtype: Dtype::F32, bytes: values.iter().flat_map(|value| value.to_le_bytes()).collect() }
    }

    fn view(&self) -> Result<(&str, TensorView<'_>), safetensors::SafeTensorError> {
        let width = if self.dtype == Dtype::U8 { 1 } else { 4 };
        Ok((&self.name, TensorView::new(self.dtype, vec![self.bytes.len() / width], &self.bytes)?))
    }
}

impl Checkpoint {
    /// The checkpoint as bytes.
    ///
    /// # Errors
    /// If the weights are beyond what their format allows.
    pub fn to_bytes(&self) -> Result<Vec<u8>, CheckpointError> {
        let unwritable = |error: &dyn ToString| CheckpointError::Unwritable(error.to_string());
        let header = Header {
            version: VERSION,
            recipe: self.recipe.clone(),
            source: self.source.clone(),
            position: self.position.clone(),
            optimizer_steps: self.optimizer_steps,
            layers: self.state.len(),
            averaged: !self.average.is_empty(),
        };
        let json = serde_json::to_string(&header).map_err(|error| unwritable(&error))?;
        let weights = self.weights.to_bytes(Precision::F32).map_err(|error| unwritable(&error))?;
        let mut parts = vec![Part { name: WEIGHTS.to_owned(), dtype: Dtype::U8, bytes: weights }];
        for (index, moment) in self.moments.iter().enumerate() {
            parts.push(Part::numbers(moment_name(index), moment));
        }
        for (index, mean) in self.average.iter().enumerate() {
            parts.push(Part::numbers(average_name(index), mean));
        }
        for (layer, state) in self.state.iter().enumerate() {
            for (name, values) in state_names(layer).into_iter().zip(state) {
                parts.push(Part::numbers(name, values));
            }
        }
        let views = parts.iter().map(Part::view).collect::<Result<Vec<_>, _>>();
        let metadata = HashMap::from([(FIELD.to_owned(), json)]);
        views
            .and_then(|views| safetensors::serialize(views, Some(metadata)))
            .map_err(|error| unwritable(&error))
    }

    /// Reads a checkpoint.
    ///
    /// # Errors
    /// If the bytes are cut short, of another version or something else.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CheckpointError> {
        let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(broken)?;
        let file = SafeTensors::deserialize(bytes).map_err(broken)?;
        let json = metadata.metadata().as_ref().and_then(|fields| fields.get(FIELD));
        let header = Header::parse(json.ok_or(CheckpointError::Foreign)?)?;
        let weights = Weights::from_bytes(file.tensor(WEIGHTS).map_err(broken)?.data()).map_err(broken)?;
        let Recipe { hidden, layers, batch, .. } = header.recipe;
        if (weights.hidden(), weights.layers.len()) != (hidden, layers) {
            return Err(broken("its weights are not of the size that its settings say"));
        }
        let sizes: Vec<usize> = weights.tensors().iter().map(|tensor| tensor.values.len()).collect();
        let mut moments = Vec::new();
        if header.optimizer_steps > 0 {
            for (index, size) in sizes.iter().flat_map(|&size| [size, size]).enumerate() {
                moments.push(numbers(&file, moment_name(index), size)?);
            }
        }
        let mut average = Vec::new();
        if header.averaged {
            for (index, &size) in sizes.iter().enumerate() {
                average.push(numbers(&file, average_name(index), size)?);
            }
        }
        let mut state = Vec::new();
        if header.layers > 0 && header.recipe.name == RecipeName::Notebook {
            return Err(broken("it carries a state, which the notebook's recipe does not"));
        }
        if header.layers > 0 {
            for [hidden_state, cell] in (0..layers).map(state_names) {
                let size = batch * hidden;
                state.push([numbers(&file, hidden_state, size)?, numbers(&file, cell, size)?]);
            }
        }
        Ok(Self {
            recipe: header.recipe,
            source: header.source,
            position: header.position,
            weights,
            optimizer_steps: header.optimizer_steps,
            moments,
            average,
            state,
        })
    }
}

impl Header {
    fn parse(json: &str) -> Result<Self, CheckpointError> {
        let header: Self =
            serde_json::from_str(json).map_err(|error| CheckpointError::Header(error.to_string()))?;
        if header.version != VERSION {
            return Err(CheckpointError::Version { found: header.version });
        }
        header.recipe.check().map_err(broken)?;
        let Position { epoch, step, loss_count, best_epoch, .. } = header.position;
        // No training comes that far, and what counts on from there would overflow.
        let counts = [epoch, step, loss_count, best_epoch].map(|count| count as u64);
        if counts.iter().chain([&header.optimizer_steps]).any(|&count| count > MAX_COUNT) {
            return Err(broken("it has more steps than any training takes"));
        }
        Ok(header)
    }
}

fn moment_name(index: usize) -> String {
    format!("moment.{index}")
}

fn average_name(index: usize) -> String {
    format!("average.{index}")
}

fn state_names(layer: usize) -> [String; 2] {
    ["hidden", "cell"].map(|part| format!("state.{layer}.{part}"))
}

fn broken(error: impl ToString) -> CheckpointError {
    CheckpointError::Broken(error.to_string())
}

/// The `needed` numbers of a tensor.
fn numbers(file: &SafeTensors<'_>, tensor: String, needed: usize) -> Result<Vec<f32>, CheckpointError> {
    let view = file.tensor(&tensor).map_err(broken)?;
    let (chunks, _) = view.data().as_chunks::<4>();
    if chunks.len() != needed {
        return Err(CheckpointError::Size { tensor, found: chunks.len(), needed });
    }
    Ok(chunks.iter().map(|chunk| f32::from_le_bytes(*chunk)).collect())
}

#[cfg(test)]
mod tests {
    use model::{Card, Vocab};

    use super::*;
    use crate::init::keras_weights;

    /// A training in the middle of its second epoch.
    fn checkpoint() -> Checkpoint {
        let recipe = Recipe { hidden: 3, layers: 2, batch: 4, ..Recipe::new(RecipeName::Sequence) };
        let vocab = Vocab::from_text("abcd").unwrap();
        let weights = keras_weights(vocab, Card::default(), 3, 2, 1).unwrap();
        let like = |shift: f32| -> Vec<Vec<f32>> {
            weights.tensors().iter().map(|t| t.values.iter().map(|v| v + shift).collect()).collect()
        };
        let moments = like(1.0).into_iter().zip(like(2.0)).flat_map(|(mean, variance)| [mean, variance]);
        let args = serde_json::json!({"corpus": "a.txt", "series": null});
        let source = Source { args, sha256: "00".to_owned() };
        let position = Position { epoch: 1, step: 7, loss_sum: 0.1, loss_count: 9, ..Position::default() };
        Checkpoint {
            position,
            optimizer_steps: 107,
            moments: moments.collect(),
            average: like(3.0),
            state: vec![[vec![0.5; 12], vec![-0.5; 12]]; 2],
            ..Checkpoint::new(recipe, source, weights.clone())
        }
    }

    #[track_caller]
    fn refused(bytes: &[u8], parts: &[&str]) {
        let sentence = Checkpoint::from_bytes(bytes).unwrap_err().to_string();
        for part in parts {
            assert!(sentence.contains(part), "no {part:?} in: {sentence}");
        }
    }

    #[test]
    fn what_is_written_is_what_is_read() {
        let middle = checkpoint();
        let Checkpoint { recipe, source, weights, .. } = middle.clone();
        for checkpoint in [middle, Checkpoint::new(recipe, source, weights)] {
            assert_eq!(Checkpoint::from_bytes(&checkpoint.to_bytes().unwrap()).unwrap(), checkpoint);
        }
    }

    #[test]
    fn broken_bytes_give_sentences() {
        let good = checkpoint();
        let bytes = good.to_bytes().unwrap();
        for length in [0, 7, 100, bytes.len() / 2, bytes.len() - 1] {
            refused(&bytes[..length], &["is not a complete checkpoint", "without --resume"]);
        }
        refused(&good.weights.to_bytes(Precision::F32).unwrap(), &["is not a checkpoint of scriptorium"]);
        let changed = |from: &str, to: &str| {
            assert_eq!(from.len(), to.len());
            let at = bytes.windows(from.len()).position(|part| part == from.as_bytes()).unwrap();
            [&bytes[..at], to.as_bytes(), &bytes[at + from.len()..]].concat()
        };
        refused(
            &changed(r#"\"version\":2"#, r#"\"version\":9"#),
            &["checkpoint version 9", "reads version 2"],
        );
        refused(&changed("sequence", "sequense"), &["another version of scriptorium", "sequense"]);
        refused(&changed(r#"\"layers\":2"#, r#"\"layers\":3"#), &["not of the size that its settings say"]);
        refused(&changed(r#"\"layers\":2"#, r#"\"layers\":0"#), &["layers 0 cannot be used"]);
        refused(
            &changed(r#"\"batch\":4"#, r#"\"batch\":5"#),
            &["12 numbers in `state.0.hidden`", "15 are needed"],
        );
        let mut carrying = good.clone();
        carrying.recipe = Recipe { hidden: 3, layers: 2, batch: 4, ..Recipe::new(RecipeName::Notebook) };
        refused(&carrying.to_bytes().unwrap(), &["carries a state"]);
        let mut absurd = good.clone();
        absurd.position.epoch = usize::MAX;
        refused(&absurd.to_bytes().unwrap(), &["more steps than any training takes"]);
        refused(&changed("moment.3", "moment.x"), &["is not a complete checkpoint", "moment.3"]);
        refused(&changed(r#"\"hidden\":3"#, r#"\"hidden\":4"#), &["not of the size that its settings say"]);
    }
}
