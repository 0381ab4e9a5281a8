//! A checkpoint: everything a training needs to go on as if it had not stopped.
//!
//! One safetensors file: the weights (a weights file of ours, as bytes), the optimiser's moments, the carried
//! state, and the settings and position as JSON in the metadata.

use std::{collections::HashMap, path::Path};

use anyhow::{Context, Result, bail};
use model::{Precision, Weights};
use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use serde::{Deserialize, Serialize};

use crate::{corpus::CorpusArgs, files::write_whole, recipe::Recipe};

/// Raised when an older program would misread the file.
const VERSION: u32 = 2;
/// The metadata field that holds the JSON.
const FIELD: &str = "scriptorium_checkpoint";

/// Where the text came from, to load it again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The flags that name it.
    pub args: CorpusArgs,
    /// sha256 of the text.
    pub sha256: String,
}

/// How far a training has come.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Position {
    /// Epochs done.
    pub epoch: usize,
    /// Steps of the next epoch done.
    pub step: usize,
    /// Sum of the losses of this epoch's characters so far.
    pub loss_sum: f64,
    /// Number of those characters.
    pub loss_count: usize,
    /// Lowest validation loss so far.
    pub best_val_loss: Option<f64>,
    /// Number of the epoch that had it, from 1.
    pub best_epoch: usize,
    /// Seconds the training has taken so far.
    pub secs: f64,
}

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

/// A training at rest.
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint {
    /// The settings.
    pub recipe: Recipe,
    /// The text.
    pub source: Source,
    /// How far it has come.
    pub position: Position,
    /// The weights, in full precision.
    pub weights: Weights,
    /// The optimiser's steps.
    pub optimizer_steps: u64,
    /// The optimiser's moments, flat, in the network's order.
    pub moments: Vec<Vec<f32>>,
    /// The running mean of the weights, flat, in the network's order; empty where none is kept.
    pub average: Vec<Vec<f32>>,
    /// Carried hidden state and cell of every layer, `[rows, hidden]`; empty between epochs.
    pub state: Vec<[Vec<f32>; 2]>,
}

impl Checkpoint {
    /// A training that has not begun.
    pub fn new(recipe: Recipe, source: Source, weights: Weights) -> Self {
        Self {
            recipe,
            source,
            position: Position::default(),
            weights,
            optimizer_steps: 0,
            moments: Vec::new(),
            average: Vec::new(),
            state: Vec::new(),
        }
    }

    /// Writes the file beside its place and renames it.
    ///
    /// # Errors
    /// Where the place cannot be written; the previous checkpoint is then still there.
    pub fn save(&self, path: &Path) -> Result<()> {
        let header = Header {
            version: VERSION,
            recipe: self.recipe.clone(),
            source: self.source.clone(),
            position: self.position.clone(),
            optimizer_steps: self.optimizer_steps,
            layers: self.state.len(),
            averaged: !self.average.is_empty(),
        };
        let mut tensors = vec![("weights".to_owned(), Dtype::U8, self.weights.to_bytes(Precision::F32)?)];
        let bytes = |values: &Vec<f32>| values.iter().flat_map(|v| v.to_le_bytes()).collect();
        for (index, moment) in self.moments.iter().enumerate() {
            tensors.push((format!("moment.{index}"), Dtype::F32, bytes(moment)));
        }
        for (index, mean) in self.average.iter().enumerate() {
            tensors.push((format!("average.{index}"), Dtype::F32, bytes(mean)));
        }
        for (layer, [hidden, cell]) in self.state.iter().enumerate() {
            tensors.push((format!("state.{layer}.hidden"), Dtype::F32, bytes(hidden)));
            tensors.push((format!("state.{layer}.cell"), Dtype::F32, bytes(cell)));
        }
        let views = tensors
            .iter()
            .map(|(name, dtype, bytes)| {
                let width = if *dtype == Dtype::U8 { 1 } else { 4 };
                let view = TensorView::new(*dtype, vec![bytes.len() / width], bytes)?;
                Ok((name.clone(), view))
            })
            .collect::<Result<Vec<_>>>()?;
        let json = serde_json::to_string(&header)?;
        let metadata = HashMap::from([(FIELD.to_owned(), json)]);
        write_whole(path, &safetensors::serialize(views, Some(metadata))?)
    }

    /// Reads a checkpoint.
    ///
    /// # Errors
    /// Where the file is missing, cut short, of another version or something else.
    pub fn load(path: &Path) -> Result<Self> {
        let shown = path.display();
        let bytes = std::fs::read(path).with_context(|| {
            format!(
                "cannot read the checkpoint {shown}; --resume takes the .checkpoint file that training wrote"
            )
        })?;
        let broken = || format!("{shown} is not a complete checkpoint; train again without --resume");
        let (_, metadata) = SafeTensors::read_metadata(&bytes).with_context(broken)?;
        let file = SafeTensors::deserialize(&bytes).with_context(broken)?;
        let Some(json) = metadata.metadata().as_ref().and_then(|fields| fields.get(FIELD)) else {
            bail!(
                "{shown} is not a checkpoint of scriptorium; --resume takes the .checkpoint file that training wrote"
            );
        };
        let header: Header = serde_json::from_str(json).with_context(|| {
            format!("{shown} was written by another version of scriptorium; train again without --resume")
        })?;
        if header.version != VERSION {
            let version = header.version;
            bail!(
                "{shown} has checkpoint version {version}, but this program reads version {VERSION}; use the program that wrote it"
            );
        }
        header.recipe.check().with_context(broken)?;
        let weights =
            Weights::from_bytes(file.tensor("weights").with_context(broken)?.data()).with_context(broken)?;
        let values = |name: String, count: usize| -> Result<Vec<f32>> {
            let tensor = file.tensor(&name).with_context(broken)?;
            let (chunks, _) = tensor.data().as_chunks::<4>();
            if chunks.len() != count {
                bail!(
                    "{shown}: `{name}` has {} numbers, but {count} are needed; train again without --resume",
                    chunks.len()
                );
            }
            Ok(chunks.iter().map(|chunk| f32::from_le_bytes(*chunk)).collect())
        };
        let mut moments = Vec::new();
        let sizes = crate::train::parameter_sizes(&weights);
        if header.optimizer_steps > 0 {
            for (index, size) in sizes.iter().flat_map(|&size| [size, size]).enumerate() {
                moments.push(values(format!("moment.{index}"), size)?);
            }
        }
        let mut average = Vec::new();
        if header.averaged {
            for (index, &size) in sizes.iter().enumerate() {
                average.push(values(format!("average.{index}"), size)?);
            }
        }
        let mut state = Vec::new();
        if header.layers > 0 {
            let size = weights.hidden() * crate::train::lanes(&header.recipe);
            for layer in 0..weights.layers.len() {
                let part = |part: &str| values(format!("state.{layer}.{part}"), size);
                state.push([part("hidden")?, part("cell")?]);
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
