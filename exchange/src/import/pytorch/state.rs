//! A state dict's tensors by the names of the layers' weights: shared ones followed, split ones put together, what is no
//! weight passed over.

use std::collections::{BTreeMap, HashMap};

use safetensors::{SafeTensors, tensor::TensorView};

use super::{normed, numbers};
use crate::{
    ImportError,
    import::{numbers::lengths, parts::Matrix},
};

/// How many times the length of the file the tensors may come to that names share.
const MAX_SHARED: usize = 4;
/// Names of a state's first value, as people call it.
const STATES: [&str; 14] = [
    "h0",
    "c0",
    "h_0",
    "c_0",
    "h",
    "c",
    "hx",
    "cx",
    "hidden",
    "cell",
    "init_h",
    "init_c",
    "hidden_state",
    "cell_state",
];

/// Where a weight is.
#[derive(Debug, Clone)]
enum Source {
    /// In the tensor of this name.
    Stored(String),
    /// In two, as `weight_norm` keeps it: lengths, and directions of any length.
    Normed { lengths: String, directions: String },
}

/// The weights of a state dict.
pub(super) struct State<'a> {
    file: &'a SafeTensors<'a>,
    sources: BTreeMap<String, Source>,
    /// What is to be said of how they were found.
    pub(super) notes: Vec<String>,
}

impl<'a> State<'a> {
    /// `shared` has the names of tensors that are stored once under another name, as `safetensors.torch.save_model` writes.
    pub(super) fn new(
        file: &'a SafeTensors<'a>,
        shared: &HashMap<String, String>,
        file_length: usize,
    ) -> Result<Self, ImportError> {
        let stored = file.names().into_iter().map(|name| (name.to_owned(), Source::Stored(name.to_owned())));
        let mut state = Self { file, sources: stored.collect(), notes: Vec::new() };
        for (name, other) in shared {
            if !state.sources.contains_key(name) && file.tensor(other).is_ok() {
                state.sources.insert(name.clone(), Source::Stored(other.clone()));
            }
        }
        state.pass_over_buffers()?;
        state.put_norms_together()?;
        state.take_undropped();
        state.pass_over_copies();
        state.check_length(file_length)?;
        Ok(state)
    }

    /// The names of all weights.
    pub(super) fn names(&self) -> impl Iterator<Item = &String> {
        self.sources.keys()
    }

    /// How many axes a weight has, if it is there.
    pub(super) fn axes(&self, name: &str) -> Option<usize> {
        let (Source::Stored(name) | Source::Normed { directions: name, .. }) = self.sources.get(name)?;
        self.file.tensor(name).ok().map(|tensor| tensor.shape().len())
    }

    pub(super) fn matrix(&self, name: &str) -> Result<Matrix, ImportError> {
        match self.source(name)? {
            Source::Stored(stored) => matrix(&self.tensor(stored)?, stored),
            Source::Normed { lengths, directions } => {
                let matrix = matrix(&self.tensor(directions)?, directions)?;
                let tensor = self.tensor(lengths)?;
                let shape = tensor.shape().to_vec();
                normed::matrix(matrix, &shape, &numbers(lengths, &tensor)?, lengths)
            }
        }
    }

    pub(super) fn vector(&self, name: &str) -> Result<Vec<f32>, ImportError> {
        let Source::Stored(stored) = self.source(name)? else {
            return Err(ImportError::tensor(name, "is a bias with weight_norm; save the model without"));
        };
        let tensor = self.tensor(stored)?;
        let [_] = lengths(stored, tensor.shape())?;
        numbers(stored, &tensor)
    }

    fn source(&self, name: &str) -> Result<&Source, ImportError> {
        let missing = || ImportError::tensor(name, "is missing; save the whole state dict");
        self.sources.get(name).ok_or_else(missing)
    }

    fn tensor(&self, name: &str) -> Result<TensorView<'a>, ImportError> {
        let missing = |_| ImportError::tensor(name, "is missing; save the whole state dict");
        self.file.tensor(name).map_err(missing)
    }

    /// Counters of batches have no part in what is computed. A first state has one, unless it is zero, as ours is.
    fn pass_over_buffers(&mut self) -> Result<(), ImportError> {
        let mut passed = Vec::new();
        for name in self.sources.keys() {
            let last = name.rsplit('.').next().unwrap_or_default();
            if last == "num_batches_tracked" {
                passed.push(name.clone());
            } else if STATES.contains(&last.to_ascii_lowercase().as_str()) {
                let zero = self.tensor(name)?.data().iter().all(|&byte| byte == 0);
                if !zero {
                    return Err(ImportError::tensor(
                        name,
                        "is a first state that is not zero, while Scriptorium's models begin with zeros; train the model without it, or, if it only carries the state from batch to batch, leave it out: save_file({k: v for k, v in model.state_dict().items() if k not in (\"h0\", \"c0\")}, …) with its names",
                    ));
                }
                passed.push(name.clone());
            }
        }
        for name in passed {
            self.sources.remove(&name);
            self.notes.push(format!("`{}` is no weight and is passed over", crate::error::shown(name)));
        }
        Ok(())
    }

    /// `NAME_g` and `NAME_v`, or `parametrizations.NAME.original0` and `1`.
    fn put_norms_together(&mut self) -> Result<(), ImportError> {
        let mut found = Vec::new();
        for name in self.sources.keys() {
            if let Some(weight) = name.strip_suffix("_orig").filter(|weight| is_weight(weight)) {
                let what = match self.sources.contains_key(&format!("{weight}_mask")) {
                    true => {
                        "was pruned; make it permanent with torch.nn.utils.prune.remove(module, \"weight\") and save the model again"
                    }
                    false => {
                        "is one of spectral_norm's parts; take them together with torch.nn.utils.remove_spectral_norm(module) and save the model again"
                    }
                };
                return Err(ImportError::tensor(name, what));
            }
            if let Some(weight) = name.strip_suffix("_g").filter(|weight| is_weight(weight)) {
                let directions = format!("{weight}_v");
                if self.sources.contains_key(&directions) {
                    found.push((weight.to_owned(), name.clone(), directions));
                }
            } else if let Some((module, rest)) = parametrized(name) {
                let whole = format!("{module}{}", rest.split('.').next().unwrap_or_default());
                if let Some(directions) =
                    name.strip_suffix(".original0").map(|name| format!("{name}.original1"))
                    && self.sources.contains_key(&directions)
                {
                    found.push((whole, name.clone(), directions));
                } else if !rest.ends_with(".original1") {
                    return Err(ImportError::tensor(
                        name,
                        "belongs to a parametrization that is not weight_norm; take it off with torch.nn.utils.parametrize.remove_parametrizations(module, \"weight\") and save the model again",
                    ));
                }
            }
        }
        for (whole, lengths, directions) in found {
            self.sources.remove(&lengths);
            self.sources.remove(&directions);
            self.sources.insert(whole, Source::Normed { lengths, directions });
        }
        Ok(())
    }

    /// Where weights are dropped in training (AWD-LSTM), `NAME_raw` is the weight, and `NAME` a copy with some of it dropped.
    fn take_undropped(&mut self) {
        let raw: Vec<String> = self.sources.keys().filter(|name| name.ends_with("_raw")).cloned().collect();
        for name in raw {
            let Some(weight) = name.strip_suffix("_raw") else { continue };
            let Some(at) = weight.rfind("weight_").filter(|_| is_weight(weight)) else { continue };
            let (prefix, part) = weight.split_at(at);
            let wrapped = format!("{prefix}module.{part}");
            let input = wrapped.replacen("weight_hh", "weight_ih", 1);
            let is_wrapped = self.sources.contains_key(&wrapped) || self.sources.contains_key(&input);
            let whole = if is_wrapped { wrapped } else { weight.to_owned() };
            if let Some(source) = self.sources.remove(&name) {
                let shown = crate::error::shown(name);
                self.notes
                    .push(format!("`{shown}` is the weight; the copy with some of it dropped is left out"));
                self.sources.insert(whole, source);
            }
        }
    }

    /// An embedding within a layer that drops whole rows of it (`encoder_dp.emb.weight`) is the embedding beside it.
    fn pass_over_copies(&mut self) {
        let is_dropping = |name: &str| name.split('.').any(|step| step.ends_with("_dp"));
        let (copies, others): (Vec<&String>, Vec<&String>) =
            self.sources.keys().partition(|name| is_dropping(name));
        let same = |name: &str, other: &str| match (self.file.tensor(name), self.file.tensor(other)) {
            (Ok(one), Ok(other)) => one.shape() == other.shape() && one.data() == other.data(),
            _ => false,
        };
        let copies: Vec<String> =
            copies.into_iter().filter(|name| others.iter().any(|other| same(name, other))).cloned().collect();
        for name in copies {
            self.sources.remove(&name);
        }
    }

    /// Tensors with several names are read several times.
    fn check_length(&self, file_length: usize) -> Result<(), ImportError> {
        let length = |name: &String| self.file.tensor(name).map_or(0, |tensor| tensor.data().len());
        let sum = self.sources.values().fold(0usize, |sum, source| match source {
            Source::Stored(name) => sum.saturating_add(length(name)),
            Source::Normed { lengths, directions } => {
                sum.saturating_add(length(lengths)).saturating_add(length(directions))
            }
        });
        match sum <= file_length.saturating_mul(MAX_SHARED) {
            true => Ok(()),
            false => Err(ImportError::Structure("shares its tensors among too many names".to_owned())),
        }
    }
}

/// Whether the last part of a name is that of a weight: `weight`, `weight_hh_l0`.
fn is_weight(name: &str) -> bool {
    name.rsplit('.').next().is_some_and(|last| last == "weight" || last.starts_with("weight_"))
}

/// The module's prefix and what follows `parametrizations.`.
fn parametrized(name: &str) -> Option<(&str, &str)> {
    let at = name.find("parametrizations.").filter(|&at| at == 0 || name[..at].ends_with('.'))?;
    let (module, rest) = name.split_at(at);
    Some((module, rest.strip_prefix("parametrizations.")?))
}

fn matrix(tensor: &TensorView<'_>, name: &str) -> Result<Matrix, ImportError> {
    let [rows, columns] = lengths(name, tensor.shape())?;
    Ok(Matrix { rows, columns, values: numbers(name, tensor)? })
}
