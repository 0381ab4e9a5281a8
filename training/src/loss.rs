//! The loss of a batch, and losses that are still on the device.

use burn::tensor::{Device, ExecutionError, Int, Tensor, TensorData, activation::log_softmax};
use model::{CharLstm, LstmState, Masks};

use crate::{
    batches::Batch,
    recipe::{Recipe, RecipeName},
};

/// Mean sparse categorical cross-entropy of a batch, from logits, `[1]`, and the state to carry on.
pub(crate) fn batch_loss(
    network: &CharLstm,
    device: &Device,
    recipe: &Recipe,
    batch: &Batch,
    carried: Option<Vec<LstmState>>,
    masks: &Masks,
) -> (Tensor<1>, Option<Vec<LstmState>>) {
    let Batch { rows, time, .. } = *batch;
    let inputs = TensorData::new(batch.inputs.clone(), [time, rows]);
    let inputs = Tensor::<2, Int>::from_data(inputs, device);
    let count = batch.targets.len();
    let targets = TensorData::new(batch.targets.clone(), [count, 1]);
    let targets = Tensor::<2, Int>::from_data(targets, device);
    let state = carried.unwrap_or_else(|| network.zero_state(rows));
    let last = if recipe.name == RecipeName::Notebook { 1 } else { time };
    let (hidden, state) = network.hidden(inputs, state, masks, last);
    let [steps, rows, units] = hidden.dims();
    let hidden = hidden.reshape([steps * rows, units]);
    let state = (recipe.name == RecipeName::Sequence).then_some(state);
    let logits = network.logits(hidden);
    let loss = log_softmax(logits, 1).gather(1, targets).mean().neg();
    (loss, state)
}

/// The losses of some characters together.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Losses {
    /// Their sum, nats.
    pub sum: f64,
    /// Number of characters.
    pub count: usize,
}

impl std::ops::AddAssign for Losses {
    fn add_assign(&mut self, other: Self) {
        self.sum += other.sum;
        self.count += other.count;
    }
}

/// Mean losses of batches that are still on the device, each with its number of characters.
#[derive(Debug, Default)]
pub(crate) struct PendingLosses(Vec<(Tensor<1>, usize)>);

impl PendingLosses {
    /// Adds the mean loss of `count` characters.
    pub(crate) fn push(&mut self, loss: Tensor<1>, count: usize) {
        self.0.push((loss, count));
    }

    /// Number of losses that are not yet read.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Reads all of them together, in their order. None are left.
    pub(crate) async fn read(&mut self) -> Result<Vec<(f32, usize)>, ExecutionError> {
        let (losses, counts): (Vec<_>, Vec<_>) = self.0.drain(..).unzip();
        if losses.is_empty() {
            return Ok(Vec::new());
        }
        let losses = Tensor::cat(losses, 0).into_data_async().await?;
        Ok(losses.iter::<f32>().zip(counts).collect())
    }
}
