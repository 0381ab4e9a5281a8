//! Variables by name, as TensorFlow and TensorFlow.js keep them: `LSTM/lstm_cell/kernel`.

use std::cell::Cell;

use super::{
    config::{LayerSpec, Role},
    cudnn,
};
use crate::{
    ImportError,
    import::{
        gates::{Gates, Slope},
        matrices::{Candidate, tell_apart},
        natural::natural,
        numbers::{Stored, lengths},
        parts::{Embedding, Lstm, Matrix, Output, Parts},
    },
};

/// How a variable's numbers are stored.
#[derive(Debug, Clone, Copy)]
pub(super) enum Values {
    Plain(Stored),
    /// Whole numbers of so many bytes, to be scaled and shifted.
    Whole {
        bytes: usize,
        scale: f32,
        least: f32,
    },
}

/// A variable.
#[derive(Debug, Clone)]
pub(super) struct Variable<'a> {
    /// The names of the layers that it is in, and its own.
    pub(super) name: String,
    /// By what it is ordered among the others.
    pub(super) key: String,
    pub(super) shape: Vec<usize>,
    pub(super) bytes: &'a [u8],
    pub(super) values: Values,
}

/// How many bytes may still be read: together no more than there are, however often a variable is named.
type Left = Cell<usize>;

impl Variable<'_> {
    fn last(&self) -> &str {
        let last = self.name.rsplit('/').next().unwrap_or_default();
        last.split(':').next().unwrap_or_default()
    }

    /// The layers that it is in.
    fn place(&self) -> &str {
        self.name.rsplit_once('/').map_or("", |(place, _)| place)
    }

    fn read(&self, left: &Left) -> Result<Vec<f32>, ImportError> {
        let wrong = |problem: &str| ImportError::tensor(&self.name, problem);
        let size = match self.values {
            Values::Plain(stored) => stored.size(),
            Values::Whole { bytes, .. } => bytes,
        };
        let needed = self.shape.iter().try_fold(size, |bytes, length| bytes.checked_mul(*length));
        if needed != Some(self.bytes.len()) {
            return Err(wrong("has another length than its shape; save the model again"));
        }
        let less = left.get().checked_sub(self.bytes.len());
        left.set(less.ok_or_else(|| wrong("is named more often than any model names one"))?);
        match self.values {
            Values::Plain(stored) => stored.read(&self.name, self.bytes),
            Values::Whole { bytes, scale, least } => {
                let number = |whole: &[u8]| {
                    whole.iter().rev().fold(0u32, |number, &byte| number << 8 | u32::from(byte))
                };
                let values: Vec<f32> = self
                    .bytes
                    .chunks_exact(bytes.max(1))
                    .map(|whole| number(whole) as f32 * scale + least)
                    .collect();
                match values.iter().all(|value| value.is_finite()) {
                    true => Ok(values),
                    false => Err(wrong("comes to more than a 32-bit float can hold; save the model again")),
                }
            }
        }
    }

    fn matrix(&self, left: &Left) -> Result<Matrix, ImportError> {
        let [rows, columns] = lengths(&self.name, &self.shape)?;
        Ok(Matrix { rows, columns, values: self.read(left)? })
    }

    fn vector(&self, left: &Left) -> Result<Vec<f32>, ImportError> {
        let [_] = lengths(&self.name, &self.shape)?;
        self.read(left)
    }
}

/// The variables of one layer.
struct Layer<'a> {
    name: String,
    variables: Vec<&'a Variable<'a>>,
    left: &'a Left,
}

impl Layer<'_> {
    fn find(&self, wanted: &str) -> Option<&Variable<'_>> {
        self.variables.iter().find(|variable| variable.last() == wanted).copied()
    }

    fn matrix(&self, wanted: &str) -> Result<Matrix, ImportError> {
        let missing = || {
            let problem = format!("has no weights that are called {wanted}; save the model again");
            ImportError::layer(&self.name, problem)
        };
        self.find(wanted).ok_or_else(missing)?.matrix(self.left)
    }

    fn bias(&self) -> Result<Option<Vec<f32>>, ImportError> {
        self.find("bias").map(|bias| bias.vector(self.left)).transpose()
    }

    fn embedding(&self) -> Result<Embedding, ImportError> {
        Ok(Embedding { name: self.name.clone(), table: self.matrix("embeddings")? })
    }

    /// The layer as a plain LSTM; what turns out to be a `CuDNNLSTM` has sigmoid gates.
    fn lstm(&self, gates: Gates) -> Result<Lstm, ImportError> {
        let (kernel, recurrent) = (self.matrix("kernel")?, self.matrix("recurrent_kernel")?);
        let lstm = Lstm { name: self.name.clone(), kernel, recurrent, bias: self.bias()?, gates };
        Ok(if cudnn::is_cudnn(&lstm) { cudnn::plain(lstm) } else { lstm })
    }

    fn output(&self) -> Result<Output, ImportError> {
        Ok(Output { name: self.name.clone(), kernel: self.matrix("kernel")?, bias: self.bias()? })
    }
}

/// The parts of a model whose description is known.
pub(super) fn described(
    variables: &[Variable<'_>],
    layers: &[LayerSpec],
    left: &Left,
) -> Result<Parts, ImportError> {
    let (mut embedding, mut lstms, mut output) = (None, Vec::new(), None);
    for LayerSpec { name, role, .. } in layers {
        let is_in = |variable: &&Variable<'_>| variable.place().split('/').any(|step| step == name);
        let layer = Layer { name: name.clone(), variables: variables.iter().filter(is_in).collect(), left };
        match role {
            Role::Embedding => embedding = Some(layer.embedding()?),
            Role::Lstm(gates) => lstms.push(layer.lstm(*gates)?),
            Role::Output => output = Some(layer.output()?),
        }
    }
    let output = output.ok_or_else(|| ImportError::Structure("has no Dense layer".to_owned()))?;
    Ok(Parts { embedding, layers: lstms, output })
}

/// The parts of a model whose layers only their variables tell of, in the order of their keys.
pub(super) fn undescribed(variables: &[Variable<'_>], left: &Left) -> Result<Parts, ImportError> {
    let mut ordered: Vec<&Variable<'_>> = variables.iter().collect();
    ordered.sort_by(|a, b| natural(&a.key, &b.key));
    let mut layers: Vec<Layer<'_>> = Vec::new();
    for variable in ordered {
        if variable.name.contains("forward_") || variable.name.contains("backward_") {
            let problem = "is part of a Bidirectional, which reads the text from both ends; train the model with plain LSTM layers";
            return Err(ImportError::layer(variable.place(), problem));
        }
        match layers.iter_mut().find(|layer| layer.name == variable.place()) {
            Some(layer) => layer.variables.push(variable),
            None => layers.push(Layer { name: variable.place().to_owned(), variables: vec![variable], left }),
        }
    }
    let (lstms, others): (Vec<Layer<'_>>, Vec<Layer<'_>>) =
        layers.into_iter().partition(|layer| layer.find("recurrent_kernel").is_some());
    let matrices: Vec<Layer<'_>> = others
        .into_iter()
        .filter(|layer| layer.find("kernel").is_some() || layer.find("embeddings").is_some())
        .collect();
    let candidates = matrices.iter().map(|layer| Candidate {
        name: if layer.find("embeddings").is_some() {
            format!("{}/embeddings", layer.name)
        } else {
            layer.name.clone()
        },
        biased: layer.find("bias").is_some(),
    });
    let (embedding, output) = tell_apart(candidates.collect())?;
    let of = |name: &str| {
        matrices.iter().find(|layer| layer.name == name.strip_suffix("/embeddings").unwrap_or(name))
    };
    let embedding = embedding.and_then(|name| of(&name)).map(Layer::embedding).transpose()?;
    let output = of(&output.name).map(Layer::output).transpose()?;
    let output = output.ok_or_else(|| ImportError::Structure("has no Dense layer".to_owned()))?;
    let layers = lstms.iter().map(|layer| layer.lstm(Gates::Open(Slope::Sixth))).collect::<Result<_, _>>()?;
    Ok(Parts { embedding, layers, output })
}
