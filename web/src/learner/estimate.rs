//! What a training would take.

use model::Precision;
use training::{Checkpoint, Ids, Training};
use web::messages::learner::Estimate;

use crate::{clock::now_secs, device, refusal::said};

/// Steps of validation that are timed.
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
    let timed = VALIDATION_STEPS.min(validation.steps());
    let since = now_secs();
    for _ in 0..timed {
        validation.step_next().await.map_err(|error| said(&error))?;
    }
    let validation_step_secs = (now_secs() - since) / timed.max(1) as f64 / workers as f64;
    Ok(Estimate {
        parameters: parameters as f64,
        bytes: file.len() as f64,
        steps: training.steps() as f64,
        epoch_secs: training.steps() as f64 * step_secs + validation.steps() as f64 * validation_step_secs,
    })
}
