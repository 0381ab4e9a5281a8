//! The parts of a model as other frameworks have them, in Keras's layout, and how they become ours.

use model::{Dense, Layer};

use super::{filled, gates::Gates, model::Numbers};
use crate::{ImportError, layout};

/// A matrix, row-major.
#[derive(Debug)]
pub(crate) struct Matrix {
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    pub(crate) values: Vec<f32>,
}

/// A layer that looks vectors up: `[vocab, units]`.
#[derive(Debug)]
pub(crate) struct Embedding {
    pub(crate) name: String,
    pub(crate) table: Matrix,
}

/// An LSTM layer: kernel `[input, 4·hidden]`, recurrent `[hidden, 4·hidden]`, bias `[4·hidden]`, gates `i f g o`.
#[derive(Debug)]
pub(crate) struct Lstm {
    pub(crate) name: String,
    pub(crate) kernel: Matrix,
    pub(crate) recurrent: Matrix,
    pub(crate) bias: Option<Vec<f32>>,
    pub(crate) gates: Gates,
}

/// The layer to logits: kernel `[hidden, vocab]`, bias `[vocab]`.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) name: String,
    pub(crate) kernel: Matrix,
    pub(crate) bias: Option<Vec<f32>>,
}

/// A chain: perhaps an embedding, LSTM layers, the output.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) embedding: Option<Embedding>,
    pub(crate) layers: Vec<Lstm>,
    pub(crate) output: Output,
}

impl Matrix {
    /// `[rows, columns]` as `[columns, rows]`.
    pub(crate) fn transposed(&self) -> Self {
        let values = layout::transposed(&self.values, self.columns);
        Self { rows: self.columns, columns: self.rows, values }
    }

    /// The product with another matrix, with sums in f64.
    fn times(&self, other: &Self) -> Vec<f32> {
        let mut product = Vec::with_capacity(self.rows * other.columns);
        let mut sums = vec![0.0f64; other.columns];
        for row in self.values.chunks_exact(self.columns.max(1)) {
            sums.fill(0.0);
            for (&factor, row) in row.iter().zip(other.values.chunks_exact(other.columns.max(1))) {
                for (sum, &value) in sums.iter_mut().zip(row) {
                    *sum += f64::from(factor) * f64::from(value);
                }
            }
            product.extend(sums.iter().map(|&sum| sum as f32));
        }
        product
    }

    fn shape(&self) -> String {
        format!("[{}, {}]", self.rows, self.columns)
    }
}

impl Parts {
    /// Checks that the parts fit together, and folds an embedding into the first layer, which takes one-hot input. Layers
    /// with fewer units than the largest are filled up.
    pub(crate) fn into_numbers(self) -> Result<Numbers, ImportError> {
        let Self { embedding, layers, output } = self;
        let Some(first) = layers.first() else {
            return Err(ImportError::Structure(
                "has no LSTM layer; only LSTM models can be imported".to_owned(),
            ));
        };
        let mut input = first.kernel.rows;
        for layer in &layers {
            layer.check(input)?;
            input = layer.recurrent.rows;
        }
        output.check(input)?;
        let embedding = embedding.map(|embedding| embedding.check(first.kernel.rows)).transpose()?;
        let reads = embedding.as_ref().map_or(first.kernel.rows, |embedding| embedding.table.rows);
        let vocab = output.kernel.columns;
        // A single number is no character: it is an id in disguise, and `Model` asks how it was made.
        let is_scaled = embedding.is_none() && reads == 1 && vocab > 1;
        if reads != vocab && !is_scaled {
            return Err(ImportError::layer(
                output.name,
                format!(
                    "tells {vocab} characters apart, but the model reads {reads}; both must be the same characters"
                ),
            ));
        }
        let gates = layers.iter().map(|layer| layer.gates).collect();
        let mut ours = Vec::with_capacity(layers.len());
        let mut embedding = embedding;
        for layer in layers {
            let Lstm { name, kernel, recurrent, bias, gates: _ } = layer;
            let (input, kernel) = match embedding.take() {
                Some(embedding) => (vocab, embedding.table.times(&kernel)),
                None => (kernel.rows, kernel.values),
            };
            if let Some(at) = kernel.iter().position(|value| !value.is_finite()) {
                let problem =
                    format!("and the embedding before it give no number at place {at}; train the model anew");
                return Err(ImportError::layer(name, problem));
            }
            let hidden = recurrent.rows;
            let bias = bias.unwrap_or_else(|| vec![0.0; 4 * hidden]);
            ours.push(Layer { input, hidden, kernel, recurrent: recurrent.values, bias });
        }
        let bias = output.bias.unwrap_or_else(|| vec![0.0; vocab]);
        let mut numbers = Numbers {
            layers: ours,
            dense: Dense { kernel: output.kernel.values, bias },
            gates,
            vocab,
            notes: Vec::new(),
        };
        filled::fill(&mut numbers);
        Ok(numbers)
    }
}

impl Embedding {
    fn check(self, input: usize) -> Result<Self, ImportError> {
        if self.table.columns == input {
            return Ok(self);
        }
        let problem =
            format!("has shape {}, but the LSTM above it takes {input} numbers", self.table.shape());
        Err(ImportError::layer(self.name, problem))
    }
}

impl Lstm {
    fn check(&self, input: usize) -> Result<(), ImportError> {
        let wrong = |problem: String| Err(ImportError::layer(&self.name, problem));
        let units = self.recurrent.rows;
        let gates = self.recurrent.columns;
        if gates != 4 * units {
            let kind = match gates.checked_div(units) {
                Some(3) => "a GRU",
                Some(1) => "a simple recurrent layer",
                _ => "no LSTM",
            };
            return wrong(format!(
                "is {kind}: its recurrent weights have shape {}; only LSTM layers can be imported, so train the model with those",
                self.recurrent.shape()
            ));
        }
        if self.kernel.columns != gates || self.kernel.rows != input {
            return wrong(format!(
                "has a kernel of shape {}, but [{input}, {gates}] is needed",
                self.kernel.shape()
            ));
        }
        match &self.bias {
            Some(bias) if bias.len() != gates => {
                wrong(format!("has a bias of {} numbers, but {gates} are needed", bias.len()))
            }
            _ => Ok(()),
        }
    }
}

impl Output {
    fn check(&self, hidden: usize) -> Result<(), ImportError> {
        let wrong = |problem: String| Err(ImportError::layer(&self.name, problem));
        if self.kernel.rows != hidden {
            let shape = self.kernel.shape();
            return wrong(format!("has a kernel of shape {shape}, but the LSTM below it has {hidden} units"));
        }
        match &self.bias {
            Some(bias) if bias.len() != self.kernel.columns => {
                wrong(format!("has a bias of {} numbers for {} characters", bias.len(), self.kernel.columns))
            }
            _ => Ok(()),
        }
    }
}
