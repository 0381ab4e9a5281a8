//! The model in use: its weights and the CPU generator.

use js_sys::Uint8Array;
use model::{Generator, Weights};
use web::{dom::Result, numbers::grouped, words::words};

use crate::{models::Model, speed};

/// Most numbers of a model: file, weights and the generator's own order of them take three times 256 MB of the 4 GB that a
/// page can have at best.
const MAX_PARAMETERS: usize = 64 << 20;

/// A model that can be written with.
pub(crate) struct Loaded {
    /// Which one.
    pub(crate) model: Model,
    /// The file's bytes, for the engine.
    pub(crate) file: Uint8Array,
    /// What is in it.
    pub(crate) weights: Weights,
    /// In its zero state; every script clones it.
    pub(crate) generator: Generator,
    /// How fast that writes.
    pub(crate) cpu_chars_per_second: f64,
}

impl Loaded {
    /// Reads the weights file of a model.
    pub(crate) fn new(model: Model, file: Uint8Array) -> Result<Self> {
        let length = f64::from(file.length());
        if length > 4.0 * MAX_PARAMETERS as f64 {
            return Err(too_large(&model, length / 4.0));
        }
        let bytes = file.to_vec();
        let weights = Weights::from_bytes(&bytes).map_err(|error| {
            words("weights-broken", &[("url", &model.url), ("error", &error.to_string())])
        })?;
        if weights.parameters() > MAX_PARAMETERS {
            return Err(too_large(&model, weights.parameters() as f64));
        }
        if !model.sha256.is_empty() && Weights::content_hash(&bytes) != model.sha256 {
            return Err(words("weights-other", &[("url", &model.url)]));
        }
        let mut generator = Generator::new(&weights);
        let cpu_chars_per_second = speed::try_cpu(&mut generator);
        Ok(Self { model, file, weights, generator, cpu_chars_per_second })
    }
}

fn too_large(model: &Model, numbers: f64) -> String {
    let (count, most) = (grouped(numbers), grouped(MAX_PARAMETERS as f64));
    words("weights-large", &[("model", &model.title), ("count", &count), ("most", &most)])
}
