//! Newer files of weights alone: the names of their groups and the shapes of their variables tell what the layers are.

use std::collections::BTreeSet;

use super::variables;
use crate::{
    ImportError,
    import::{
        gates::{Gates, Slope},
        hdf5::Hdf5,
        matrices::{Candidate, tell_apart},
        natural::natural,
        parts::Parts,
    },
};

/// How deep groups are followed: `model/layers/time_distributed/layer/vars` in a model of a class of one's own.
const MAX_DEPTH: usize = 10;
/// How many groups are looked at.
const MAX_GROUPS: usize = 2000;

/// The parts of a model without a description. The activations are taken to be Keras's own.
pub(super) fn parts(file: &Hdf5) -> Result<Parts, ImportError> {
    let (mut cells, mut matrices) = (Vec::new(), Vec::new());
    for place in places(file)? {
        let (_, variables) = file.members(&format!("{place}/vars"))?;
        let mut shapes = Vec::new();
        for variable in &variables {
            shapes.push(file.shape(&format!("{place}/vars/{variable}"))?);
        }
        if place.split('/').any(|step| step == "forward_layer" || step == "backward_layer") {
            return Err(ImportError::layer(
                place,
                "is part of a Bidirectional, which reads the text from both ends; train the model with plain LSTM layers",
            ));
        }
        match shapes.iter().map(Vec::len).collect::<Vec<_>>().as_slice() {
            // Counters and the like.
            axes if axes.iter().all(|&axes| axes == 0) => {}
            [2, 2] | [2, 2, 1 | 2] if place.ends_with("/cell") => cells.push(place),
            [2] => matrices.push(Candidate { name: place, biased: false }),
            [2, 1] => matrices.push(Candidate { name: place, biased: true }),
            _ => {
                return Err(ImportError::layer(
                    place,
                    "is none that Scriptorium's models have; they have an Embedding or none, LSTM layers and one Dense layer",
                ));
            }
        }
    }
    if cells.is_empty() {
        return Err(ImportError::Structure(
            "has no LSTM layer; this must be a file that Keras's model.save or model.save_weights wrote of an LSTM model"
                .to_owned(),
        ));
    }
    cells.sort_by(|a, b| natural(a, b));
    let (embedding, output) = tell_apart(matrices)?;
    let embedding = embedding.map(|place| variables::embedding(file, &place, place.clone())).transpose()?;
    let layers = cells
        .into_iter()
        .map(|place| variables::lstm(file, &place, place.clone(), open(&place)))
        .collect::<Result<_, _>>()?;
    let output = variables::output(file, &output.name, output.name.clone())?;
    Ok(Parts { embedding, layers, output })
}

/// The gates of a layer, which such files do not tell.
fn open(place: &str) -> Gates {
    // This is Keras 2's way to write them.
    let is_old = place.starts_with(variables::OLD_ROOT);
    Gates::Open(if is_old { Slope::Fifth } else { Slope::Sixth })
}

/// The places that have variables, the optimiser's and the random numbers' left out.
fn places(file: &Hdf5) -> Result<BTreeSet<String>, ImportError> {
    let mut found = BTreeSet::new();
    let mut open = vec![(String::new(), 0)];
    let mut seen = 0;
    while let Some((path, depth)) = open.pop() {
        seen += 1;
        if seen > MAX_GROUPS || depth > MAX_DEPTH {
            return Err(ImportError::Structure("has more groups than any LSTM model of Keras".to_owned()));
        }
        let (groups, datasets) = file.members(&path)?;
        if let Some(place) = path.strip_suffix("/vars").filter(|_| !datasets.is_empty()) {
            found.insert(place.to_owned());
        }
        for group in groups {
            let skipped = matches!(group.as_str(), "optimizer" | "seed_generator" | "metrics" | "_metrics");
            if !skipped {
                let path = if path.is_empty() { group } else { format!("{path}/{group}") };
                open.push((path, depth + 1));
            }
        }
    }
    Ok(found)
}
