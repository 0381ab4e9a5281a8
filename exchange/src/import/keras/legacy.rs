//! The numbers of older files: each layer has a group of its name, with an attribute that lists its variables.

use super::{
    config::{LayerSpec, Role},
    cudnn,
    variables::bias_at,
};
use crate::{
    ImportError,
    error::shown,
    import::{
        gates::{Gates, Slope},
        hdf5::Hdf5,
        matrices::{Candidate, tell_apart},
        parts::{Embedding, Lstm, Output, Parts},
    },
};

/// Where complete models have their layers.
const ROOT: &str = "model_weights";
/// The most layers of a file of weights alone.
const MAX_LAYERS: usize = 1000;

/// The variables of a layer: what each is called at last, and where it is.
struct Variables<'a> {
    file: &'a Hdf5,
    layer: String,
    paths: Vec<String>,
}

/// The parts of a model whose description is known.
pub(super) fn described(file: &Hdf5, specs: &[LayerSpec]) -> Result<Parts, ImportError> {
    let (mut embedding, mut layers, mut output) = (None, Vec::new(), None);
    for LayerSpec { name, role, .. } in specs {
        let variables = Variables::of(file, ROOT, name)?;
        match role {
            Role::Embedding => embedding = Some(variables.embedding()?),
            Role::Lstm(gates) => layers.push(variables.lstm(*gates)?),
            Role::Output => output = Some(variables.output()?),
        }
    }
    let output = output.ok_or_else(|| ImportError::Structure("has no Dense layer".to_owned()))?;
    Ok(Parts { embedding, layers, output })
}

/// The parts of a file of weights alone, whose layers are listed from the input on.
pub(super) fn weights_only(file: &Hdf5, names: Vec<String>, hard: Slope) -> Result<Parts, ImportError> {
    if names.len() > MAX_LAYERS {
        return Err(ImportError::Structure(format!("has more than {MAX_LAYERS} layers")));
    }
    let (mut layers, mut matrices) = (Vec::new(), Vec::new());
    for name in &names {
        let variables = Variables::of(file, "", name)?;
        if variables.has("recurrent_kernel") {
            layers.push(variables.lstm(Gates::Open(hard))?);
        } else if variables.has("kernel") || variables.has("embeddings") {
            matrices.push(variables);
        } else if !variables.paths.is_empty() {
            let problem =
                "is none that Scriptorium's models have; they have LSTM layers and one Dense layer on top";
            return Err(ImportError::layer(name, problem));
        }
    }
    let candidates = matrices
        .iter()
        .map(|variables| Candidate { name: variables.layer.clone(), biased: variables.has("bias") });
    let (embedding, output) = tell_apart(candidates.collect())?;
    let of = |name: &str| matrices.iter().find(|variables| variables.layer == name);
    let embedding = embedding.and_then(|name| of(&name)).map(Variables::embedding).transpose()?;
    let output = of(&output.name).map(Variables::output).transpose()?;
    let output = output.ok_or_else(|| ImportError::Structure("has no Dense layer".to_owned()))?;
    Ok(Parts { embedding, layers, output })
}

impl<'a> Variables<'a> {
    fn of(file: &'a Hdf5, root: &str, layer: &str) -> Result<Self, ImportError> {
        let group = if root.is_empty() { layer.to_owned() } else { format!("{root}/{layer}") };
        let names = file.texts(&group, "weight_names")?;
        let names = names
            .ok_or_else(|| ImportError::layer(layer, "has no list of its weights; save the model again"))?;
        if names.iter().any(|name| name.contains("forward_") || name.contains("backward_")) {
            let problem = "is a Bidirectional, which reads the text from both ends; train the model with plain LSTM layers";
            return Err(ImportError::layer(layer, problem));
        }
        let paths = names.into_iter().map(|name| format!("{group}/{name}")).collect();
        Ok(Self { file, layer: layer.to_owned(), paths })
    }

    fn find(&self, wanted: &str) -> Option<&str> {
        let is = |path: &&String| {
            let last = path.rsplit('/').next().unwrap_or_default();
            last.split(':').next() == Some(wanted)
        };
        self.paths.iter().find(is).map(String::as_str)
    }

    fn has(&self, wanted: &str) -> bool {
        self.find(wanted).is_some()
    }

    fn path(&self, wanted: &str) -> Result<&str, ImportError> {
        self.find(wanted).ok_or_else(|| {
            let problem = format!("has no weights that are called {wanted}; save the model again");
            ImportError::layer(shown(&self.layer), problem)
        })
    }

    fn bias(&self) -> Result<Option<Vec<f32>>, ImportError> {
        self.find("bias").map(|path| bias_at(self.file, path)).transpose()
    }

    fn embedding(&self) -> Result<Embedding, ImportError> {
        let table = self.file.matrix(self.path("embeddings").or_else(|_| self.path("kernel"))?)?;
        Ok(Embedding { name: self.layer.clone(), table })
    }

    /// The layer as a plain LSTM; what turns out to be a `CuDNNLSTM` has sigmoid gates.
    fn lstm(&self, gates: Gates) -> Result<Lstm, ImportError> {
        let kernel = self.file.matrix(self.path("kernel")?)?;
        let recurrent = self.file.matrix(self.path("recurrent_kernel")?)?;
        let lstm = Lstm { name: self.layer.clone(), kernel, recurrent, bias: self.bias()?, gates };
        Ok(if cudnn::is_cudnn(&lstm) { cudnn::plain(lstm) } else { lstm })
    }

    fn output(&self) -> Result<Output, ImportError> {
        let kernel = self.file.matrix(self.path("kernel")?)?;
        Ok(Output { name: self.layer.clone(), kernel, bias: self.bias()? })
    }
}
