//! A few steps of a training, to be laid beside those of another device.

use js_sys::Float32Array;
use training::{Checkpoint, Position};
use web::messages::learner::Trial;

use crate::crew::{Crew, Pool};

/// Steps after the first.
const STEPS: usize = 3;

/// Takes a few steps from a checkpoint with one worker; the training is not gone on with. A step was found to take
/// `step_secs`.
///
/// # Errors
/// Why it cannot, as a sentence.
pub(crate) async fn trial(
    pool: &mut Pool,
    checkpoint: &Checkpoint,
    text: &str,
    step_secs: f64,
) -> Result<Trial, String> {
    // From the beginning of an epoch, whatever there is left of this one.
    let mut checkpoint = checkpoint.clone();
    checkpoint.position = Position { epoch: checkpoint.position.epoch, ..Position::default() };
    let mut crew = Crew::begin(pool, checkpoint, text, 1).await?;
    let first = steps(&mut crew, 1).await?;
    let others = if crew.training().is_epoch_complete() { first } else { steps(&mut crew, STEPS).await? };
    let weights = crew.shipped().await?;
    let numbers: Vec<f32> = weights.tensors().iter().flat_map(|tensor| tensor.values).copied().collect();
    crew.end()?;
    Ok(Trial { step_secs, losses: [first, others], weights: Float32Array::from(numbers.as_slice()) })
}

/// Takes steps of the epoch, as far as there are so many: their mean loss.
async fn steps(crew: &mut Crew, most: usize) -> Result<f64, String> {
    let before = crew.training().position().clone();
    while crew.training().position().step < before.step + most && !crew.training().is_epoch_complete() {
        crew.step(true).await?;
    }
    crew.read_losses().await?;
    Ok(crew.training().position().mean_loss_since(&before))
}
