//! The loss over the text that is not trained on.

use burn::tensor::{Device, ExecutionError};
use model::{CharLstm, Masks};

use crate::{
    batches::Epoch,
    ids::Ids,
    loss::{PendingLosses, batch_loss},
    recipe::Recipe,
};

/// Steps whose losses are read together: reading waits for the device, and what is queued on it takes memory.
const STEPS_A_READING: usize = 32;

/// Mean loss of a network over a text, in nats per character. `None` if `stop`, which is asked before every step, says so.
///
/// # Errors
/// If the device fails.
pub(crate) async fn validation_loss(
    network: &CharLstm,
    device: &Device,
    recipe: &Recipe,
    ids: &Ids,
    stop: impl Fn() -> bool,
) -> Result<Option<f64>, ExecutionError> {
    let epoch = Epoch::validation(ids, recipe);
    let mut pending = PendingLosses::default();
    let mut state = None;
    let (mut sum, mut count) = (0.0, 0);
    for step in 0..epoch.steps() {
        if stop() {
            return Ok(None);
        }
        let batch = epoch.batch(step);
        let (loss, next) = batch_loss(network, device, recipe, &batch, state.take(), &Masks::default());
        pending.push(loss, batch.targets.len());
        state = next;
        if pending.len() == STEPS_A_READING || step + 1 == epoch.steps() {
            for (loss, characters) in pending.read().await? {
                sum += f64::from(loss) * characters as f64;
                count += characters;
            }
        }
    }
    Ok(Some(sum / count as f64))
}
