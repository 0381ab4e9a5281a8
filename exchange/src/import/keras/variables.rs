//! The numbers of newer files: each layer has its variables, by number, in `layers/PLACE/vars`.

use super::config::{LayerSpec, Role};
use crate::{
    ImportError,
    import::{
        gates::Gates,
        hdf5::Hdf5,
        parts::{Embedding, Lstm, Output, Parts},
    },
};

/// The group that holds the layers in what TensorFlow's Keras 2 wrote of functional models.
pub(super) const OLD_ROOT: &str = "_layer_checkpoint_dependencies";
/// Groups that hold the layers.
const ROOTS: [&str; 2] = ["layers", OLD_ROOT];

/// The parts of a model whose description is known.
pub(super) fn described(file: &Hdf5, specs: &[LayerSpec]) -> Result<Parts, ImportError> {
    let root = ROOTS.into_iter().find(|root| file.has_group(root)).unwrap_or(ROOTS[0]);
    let (mut embedding, mut layers, mut output) = (None, Vec::new(), None);
    for LayerSpec { name, place, role } in specs {
        let name = name.clone();
        let place = format!("{root}/{place}");
        match role {
            Role::Embedding => embedding = Some(self::embedding(file, &place, name)?),
            Role::Lstm(gates) => layers.push(lstm(file, &format!("{place}/cell"), name, *gates)?),
            Role::Output => output = Some(self::output(file, &place, name)?),
        }
    }
    let output = output.ok_or_else(|| ImportError::Structure("has no Dense layer".to_owned()))?;
    Ok(Parts { embedding, layers, output })
}

pub(super) fn embedding(file: &Hdf5, place: &str, name: String) -> Result<Embedding, ImportError> {
    let table = file.matrix(&format!("{place}/vars/0"))?;
    Ok(Embedding { name, table })
}

pub(super) fn lstm(file: &Hdf5, place: &str, name: String, gates: Gates) -> Result<Lstm, ImportError> {
    let kernel = file.matrix(&format!("{place}/vars/0"))?;
    let recurrent = file.matrix(&format!("{place}/vars/1"))?;
    let bias = bias(file, place, "2")?;
    Ok(Lstm { name, kernel, recurrent, bias, gates })
}

pub(super) fn output(file: &Hdf5, place: &str, name: String) -> Result<Output, ImportError> {
    let kernel = file.matrix(&format!("{place}/vars/0"))?;
    let bias = bias(file, place, "1")?;
    Ok(Output { name, kernel, bias })
}

/// The variable of that number, which a layer with `use_bias=False` lacks.
fn bias(file: &Hdf5, place: &str, number: &str) -> Result<Option<Vec<f32>>, ImportError> {
    let place = format!("{place}/vars");
    let (_, datasets) = file.members(&place)?;
    let has = datasets.iter().any(|name| name == number);
    has.then(|| bias_at(file, &format!("{place}/{number}"))).transpose()
}

/// A layer's bias.
pub(super) fn bias_at(file: &Hdf5, path: &str) -> Result<Vec<f32>, ImportError> {
    if file.shape(path)?.len() == 2 {
        let problem =
            "has two axes, as a GRU's has; only LSTM layers can be imported, so train the model with those";
        return Err(ImportError::tensor(path, problem));
    }
    file.vector(path)
}
