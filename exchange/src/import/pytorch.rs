//! A PyTorch state dict in safetensors: `nn.LSTM` (or `nn.LSTMCell`), `nn.Linear`, perhaps `nn.Embedding`.

mod names;
mod normed;
mod state;

use std::collections::BTreeSet;

use model::{Weights, WeightsError};
use names::{Cell, cells};
use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use state::State;

use super::{
    gates::Gates,
    matrices::{Candidate, tell_apart},
    model::Model,
    numbers::Stored,
    parts::{Embedding, Lstm, Output, Parts},
};
use crate::{Characters, ImportError, format::Format};

/// The most tensors of a state dict.
const MAX_TENSORS: usize = 2000;

/// Reads a state dict, or weights of our own.
pub(super) fn read(bytes: &[u8]) -> Result<Model, ImportError> {
    match Weights::from_bytes(bytes) {
        Ok(weights) => return Ok(Model::own(weights)),
        Err(WeightsError::Foreign) => {}
        // One that the library reads may still be none that we read so strictly.
        Err(WeightsError::Broken(_)) => {}
        Err(error) => return Err(error.into()),
    }
    let broken = |error| ImportError::broken(Format::PyTorch, error);
    let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(broken)?;
    let file = SafeTensors::deserialize(bytes).map_err(broken)?;
    if file.len() > MAX_TENSORS {
        return Err(ImportError::Structure(format!("has more than {MAX_TENSORS} tensors")));
    }
    let fields = metadata.metadata().clone().unwrap_or_default();
    if fields.len() > MAX_TENSORS {
        return Err(ImportError::Structure(format!("has more than {MAX_TENSORS} fields beside its tensors")));
    }
    let mut state = State::new(&file, &fields, bytes.len())?;
    let mut numbers = parts(&state)?.into_numbers()?;
    numbers.notes.append(&mut state.notes);
    let characters = fields.get("vocabulary");
    Ok(Model::foreign(Format::PyTorch, numbers, characters.and_then(|text| Characters::written(text))))
}

fn parts(state: &State<'_>) -> Result<Parts, ImportError> {
    let mut names: BTreeSet<String> = state.names().cloned().collect();
    let cells = cells(&mut names)?;
    let mut layers = Vec::with_capacity(cells.len());
    for Cell { prefix, end } in cells {
        let name = |part: &str| format!("{prefix}{part}{end}");
        let kernel = state.matrix(&name("weight_ih"))?.transposed();
        let recurrent = state.matrix(&name("weight_hh"))?.transposed();
        let bias = summed(state, &name("bias_ih"), &name("bias_hh"))?;
        let name = format!("{prefix}weight{end}");
        layers.push(Lstm { name, kernel, recurrent, bias, gates: Gates::Sigmoid });
    }
    let mut candidates = Vec::new();
    // A weight comes after its bias.
    while let Some(name) = names.pop_last() {
        let layer = if name == "weight" { Some("") } else { name.strip_suffix(".weight") };
        let layer = layer.map(str::to_owned);
        let Some(layer) = layer.filter(|_| state.axes(&name) == Some(2)) else {
            return Err(ImportError::tensor(
                name,
                "belongs to no layer that Scriptorium's models have; they have nn.LSTM layers, an nn.Linear on top, and perhaps an nn.Embedding",
            ));
        };
        let biased = names.remove(&tensor_name(&layer, "bias"));
        candidates.push(Candidate { name: layer, biased });
    }
    let (embedding, output) = tell_apart(candidates)?;
    let embedding = embedding.map(|name| {
        let table = state.matrix(&tensor_name(&name, "weight"))?;
        Ok::<_, ImportError>(Embedding { name, table })
    });
    let kernel = state.matrix(&tensor_name(&output.name, "weight"))?.transposed();
    let bias = output.biased.then(|| state.vector(&tensor_name(&output.name, "bias"))).transpose()?;
    Ok(Parts {
        embedding: embedding.transpose()?,
        layers,
        output: Output { name: output.name, kernel, bias },
    })
}

/// A tensor's name from its layer's, which is empty if the state dict is that of the layer alone.
fn tensor_name(layer: &str, part: &str) -> String {
    if layer.is_empty() { part.to_owned() } else { format!("{layer}.{part}") }
}

/// The two biases of a layer, which PyTorch adds; none, if the layer was made without.
fn summed(state: &State<'_>, first: &str, second: &str) -> Result<Option<Vec<f32>>, ImportError> {
    if state.axes(first).is_none() && state.axes(second).is_none() {
        return Ok(None);
    }
    let (mut sum, other) = (state.vector(first)?, state.vector(second)?);
    if sum.len() != other.len() {
        let problem = format!("has {} numbers, but `{second}` has {}", sum.len(), other.len());
        return Err(ImportError::tensor(first, problem));
    }
    for (value, other) in sum.iter_mut().zip(other) {
        *value += other;
    }
    Ok(Some(sum))
}

fn numbers(name: &str, tensor: &TensorView<'_>) -> Result<Vec<f32>, ImportError> {
    let stored = match tensor.dtype() {
        Dtype::F16 => Stored::F16,
        Dtype::BF16 => Stored::Bf16,
        Dtype::F32 => Stored::F32,
        Dtype::F64 => Stored::F64,
        other => {
            let problem = format!("is of the type {other:?}; save the model in float32");
            return Err(ImportError::tensor(name, problem));
        }
    };
    stored.read(name, tensor.data())
}
