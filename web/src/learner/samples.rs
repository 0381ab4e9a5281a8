//! What the model writes while it is trained.

use model::{Generator, Request, Rows, Weights};
use web::messages::learner::Sample;

use crate::turn::Turns;

/// Temperatures at which the model writes.
const TEMPERATURES: [f32; 2] = [0.5, 1.0];
/// Characters of each sample.
const LENGTH: u64 = 300;

/// Writes a sample at each temperature, always with the same seed, so that they can be compared.
///
/// # Errors
/// If the model cannot write at all.
pub(crate) async fn write(weights: &Weights, epoch: usize, steps: usize) -> Result<Vec<Sample>, String> {
    let request = |temperature| Request::new(&weights.vocab, "", temperature, LENGTH, 1);
    let requests = TEMPERATURES.into_iter().map(request).collect::<Result<_, _>>();
    let mut rows = Rows::new(&Generator::new(weights), requests.map_err(|error| error.to_string())?);
    let mut texts = TEMPERATURES.map(|_| String::new());
    let mut turns = Turns::default();
    while let Some(written) = rows.step() {
        for &(script, id) in written {
            texts[script].push(weights.vocab.character(id));
        }
        turns.take().await;
    }
    let samples = TEMPERATURES.into_iter().zip(texts).map(|(temperature, text)| Sample {
        epoch: epoch as u32,
        steps: steps as f64,
        temperature,
        text,
    });
    Ok(samples.collect())
}
