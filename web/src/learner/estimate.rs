//! What a training would take.

use model::Precision;
use training::{Checkpoint, Ids, Training};
use web::messages::learner::Estimate;

use crate::{clock::now_secs, device, refusal::said};

/// Steps of validation that are timed; the first warms the device up.
const VALIDATION_STEPS: usize = 2;

/// What a training would take with so many workers, a step of which takes `step_secs` seconds.
///
/// # Errors
/// Why it cannot be said, as a sentence.
pub(crate) async fn estimate(
    checkpoint: Checkpoint,
    text: &str,
    workers: usize,
    step_secs: f64,
) -> Result<Estimate, String> {
    let parameters = checkpoint.weights.parameters();
    let file = checkpoint.weights.to_bytes(Precision::F16).map_err(|error| format!("{error}."))?;
    let ids = Ids::encode(&checkpoint.weights.vocab, text);
    let training = Training::new(checkpoint, &ids, &device::open().await?).map_err(|error| said(&error))?;
    let mut validation = training.validation();
    let mut fastest = f64::INFINITY;
    for _ in 0..VALIDATION_STEPS.min(validation.steps()) {
        let since = now_secs();
        validation.step_next().await.map_err(|error| said(&error))?;
        validation.read_losses().await.map_err(|error| said(&error))?;
        fastest = fastest.min(now_secs() - since);
    }
    let validation_secs = match validation.steps() {
        0 => 0.0,
        steps => steps as f64 * fastest / workers as f64,
    };
    Ok(Estimate {
        parameters: parameters as f64,
        bytes: file.len() as f64,
        steps: training.steps() as f64,
        epoch_secs: training.steps() as f64 * step_secs + validation_secs,
    })
}
