//! Records of burn: a burnpack container with `nn::Lstm`, `nn::Linear` and perhaps `nn::Embedding`.
//!
//! A tensor's name is its way through the module's fields: `lstm.input_gate.input_transform.weight`, in a `Vec` with the
//! number after the field, `lstm.0.input_gate…`. An optional field adds nothing to the name.

use std::collections::BTreeMap;

use burn_pack::{Bytes, DType, Reader, Tensor};

use super::{
    gates::Gates,
    matrices::{Candidate, tell_apart},
    model::Model,
    natural::natural,
    numbers::{Stored, lengths},
    parts::{Embedding, Lstm, Matrix, Output, Parts},
};
use crate::{Characters, ImportError, format::Format, layout::BURN_GATES};

/// The most tensors of a record: a layer has sixteen.
const MAX_TENSORS: usize = 2000;

/// The tensors by name; those that are used are taken out.
type Tensors = BTreeMap<String, Tensor>;

/// Reads a record.
pub(super) fn read(bytes: Vec<u8>) -> Result<Model, ImportError> {
    let broken = |error| ImportError::broken(Format::Burn, error);
    let length = bytes.len();
    let reader = Reader::from_bytes(Bytes::from_bytes_vec(bytes)).map_err(broken)?;
    if reader.tensor_names().len() > MAX_TENSORS {
        return Err(ImportError::Structure(format!("has more than {MAX_TENSORS} tensors")));
    }
    let characters = reader.metadata().get("vocabulary").cloned();
    let tensors = reader.into_tensors().map_err(broken)?;
    // Several may lie in the same place.
    if tensors
        .iter()
        .try_fold(0usize, |sum, tensor| sum.checked_add(tensor.byte_len()))
        .is_none_or(|sum| sum > length)
    {
        return Err(ImportError::broken(Format::Burn, "its tensors are longer than the file"));
    }
    let tensors = tensors.into_iter().map(|tensor| (tensor.name.clone(), tensor)).collect();
    let numbers = parts(tensors)?.into_numbers()?;
    Ok(Model::foreign(Format::Burn, numbers, characters.as_deref().and_then(Characters::written)))
}

fn parts(mut tensors: Tensors) -> Result<Parts, ImportError> {
    let mut prefixes: Vec<String> = tensors
        .keys()
        .filter_map(|name| name.strip_suffix("input_gate.input_transform.weight"))
        .map(str::to_owned)
        .collect();
    prefixes.sort_by(|a, b| natural(a, b));
    let layers = prefixes.iter().map(|prefix| lstm(&mut tensors, prefix)).collect::<Result<Vec<_>, _>>()?;
    let mut candidates = Vec::new();
    let mut names: std::collections::BTreeSet<String> = tensors.keys().cloned().collect();
    // A weight comes after its bias.
    while let Some(name) = names.pop_last() {
        let layer = name.strip_suffix(".weight");
        let is_matrix = tensors.get(&name).is_some_and(|tensor| tensor.shape.to_vec().len() == 2);
        let Some(layer) = layer.filter(|_| is_matrix) else {
            return Err(ImportError::tensor(
                name,
                "belongs to no layer that Scriptorium's models have; they have nn::Lstm layers, an nn::Linear on top, and perhaps an nn::Embedding",
            ));
        };
        let biased = names.remove(&format!("{layer}.bias"));
        candidates.push(Candidate { name: layer.to_owned(), biased });
    }
    let (embedding, output) = tell_apart(candidates)?;
    let embedding = match embedding {
        Some(name) => Some(Embedding { table: matrix(&mut tensors, &format!("{name}.weight"))?, name }),
        None => None,
    };
    let kernel = matrix(&mut tensors, &format!("{}.weight", output.name))?;
    let bias = vector(&mut tensors, &format!("{}.bias", output.name))?;
    Ok(Parts { embedding, layers, output: Output { name: output.name, kernel, bias } })
}

/// An LSTM layer: its eight linear layers side by side, and their biases added.
fn lstm(tensors: &mut Tensors, prefix: &str) -> Result<Lstm, ImportError> {
    let name = prefix.trim_end_matches('.').to_owned();
    if name.ends_with("forward") || name.ends_with("reverse") {
        let problem =
            "is part of a BiLstm, which reads the text from both ends; train the model with nn::Lstm";
        return Err(ImportError::layer(name, problem));
    }
    if !tensors.contains_key(&format!("{prefix}forget_gate.input_transform.weight")) {
        let problem = "has no forget gate of its own; train it without input_forget";
        return Err(ImportError::layer(name, problem));
    }
    let all_gates = |tensors: &mut Tensors, transform: &str| {
        let gates = BURN_GATES.map(|gate| matrix(tensors, &format!("{prefix}{gate}.{transform}.weight")));
        let [i, f, g, o] = gates;
        side_by_side(&name, [i?, f?, g?, o?])
    };
    let kernel = all_gates(tensors, "input_transform")?;
    let recurrent = all_gates(tensors, "hidden_transform")?;
    let mut bias = vec![0.0; kernel.columns];
    for (gate, sums) in BURN_GATES.iter().zip(bias.chunks_exact_mut((kernel.columns / 4).max(1))) {
        for transform in ["input_transform", "hidden_transform"] {
            let tensor = format!("{prefix}{gate}.{transform}.bias");
            let Some(values) = vector(tensors, &tensor)? else { continue };
            if values.len() != sums.len() {
                let problem = format!("has {} numbers, but {} are needed", values.len(), sums.len());
                return Err(ImportError::tensor(tensor, problem));
            }
            sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
        }
    }
    Ok(Lstm { name, kernel, recurrent, bias: Some(bias), gates: Gates::Sigmoid })
}

/// Four matrices of one shape as one.
fn side_by_side(name: &str, gates: [Matrix; 4]) -> Result<Matrix, ImportError> {
    let [first, ..] = &gates;
    let (rows, units) = (first.rows, first.columns);
    if gates.iter().any(|gate| (gate.rows, gate.columns) != (rows, units)) {
        return Err(ImportError::layer(name, "has gates of different shapes; save the model again"));
    }
    let mut values = Vec::with_capacity(rows * 4 * units);
    for row in 0..rows {
        for gate in &gates {
            values.extend(gate.values.iter().skip(row * units).take(units));
        }
    }
    Ok(Matrix { rows, columns: 4 * units, values })
}

fn matrix(tensors: &mut Tensors, name: &str) -> Result<Matrix, ImportError> {
    let tensor = tensors.remove(name);
    let tensor = tensor.ok_or_else(|| ImportError::tensor(name, "is missing; save the whole module"))?;
    let [rows, columns] = lengths(name, &tensor.shape.to_vec())?;
    Ok(Matrix { rows, columns, values: numbers(tensor)? })
}

/// A vector, if it is there.
fn vector(tensors: &mut Tensors, name: &str) -> Result<Option<Vec<f32>>, ImportError> {
    let Some(tensor) = tensors.remove(name) else { return Ok(None) };
    let [_] = lengths(name, &tensor.shape.to_vec())?;
    numbers(tensor).map(Some)
}

fn numbers(tensor: Tensor) -> Result<Vec<f32>, ImportError> {
    let (name, dtype, _, _, bytes) =
        tensor.into_parts().map_err(|error| ImportError::broken(Format::Burn, error))?;
    let stored = match dtype {
        DType::F16 => Stored::F16,
        DType::BF16 => Stored::Bf16,
        DType::F32 => Stored::F32,
        DType::F64 => Stored::F64,
        other => {
            let problem = format!("is of the type {other:?}; save the module in f32");
            return Err(ImportError::tensor(name, problem));
        }
    };
    stored.read(&name, &bytes)
}
