//! The loss over the text that is not trained on.

use burn::tensor::Device;
use model::{CharLstm, LstmState, Masks};

use crate::{
    batches::Epoch,
    error::TrainingError,
    loss::{Losses, PendingLosses, batch_loss},
    recipe::Recipe,
    share::Share,
};

/// Steps whose losses are read together: reading waits for the device, and what is queued on it takes memory.
const STEPS_A_READING: usize = 32;

/// A pass over the text that is not trained on, one step at a time.
#[derive(Debug)]
pub struct Validation {
    network: CharLstm,
    device: Device,
    recipe: Recipe,
    epoch: Epoch,
    share: Share,
    step: usize,
    state: Option<Vec<LstmState>>,
    pending: PendingLosses,
    losses: Losses,
}

impl Validation {
    /// Begins with a network without gradients and the text's batches, of which it reads the share's rows.
    pub(crate) fn new(
        network: CharLstm,
        device: Device,
        recipe: &Recipe,
        epoch: Epoch,
        share: Share,
    ) -> Self {
        Self {
            network,
            device,
            recipe: recipe.clone(),
            epoch,
            share,
            step: 0,
            state: None,
            pending: PendingLosses::default(),
            losses: Losses::default(),
        }
    }

    /// Whether all of the text is read.
    pub fn is_complete(&self) -> bool {
        self.step >= self.steps()
    }

    /// Number of its steps.
    pub fn steps(&self) -> usize {
        self.epoch.steps()
    }

    /// How much of the text is read, from 0 to 1.
    pub fn done(&self) -> f64 {
        self.step as f64 / self.steps().max(1) as f64
    }

    /// Takes the next step, of which there must be one.
    ///
    /// # Errors
    /// If the device fails.
    pub async fn step_next(&mut self) -> Result<(), TrainingError> {
        let batch = self.epoch.batch(self.step);
        let batch = batch.part(self.share.rows(batch.rows));
        self.step += 1;
        // Fewer rows than replicas.
        if batch.rows > 0 {
            let (state, masks) = (self.state.take(), Masks::default());
            let (loss, next) = batch_loss(&self.network, &self.device, &self.recipe, &batch, state, &masks);
            self.pending.push(loss, batch.targets.len());
            self.state = next;
        }
        if self.pending.len() == STEPS_A_READING || self.is_complete() {
            self.read_losses().await?;
        }
        Ok(())
    }

    /// Reads the losses of the steps so far, which waits for the device. It is done from time to time anyway.
    ///
    /// # Errors
    /// If the device fails.
    pub async fn read_losses(&mut self) -> Result<(), TrainingError> {
        for (loss, count) in self.pending.read().await? {
            self.losses.sum += f64::from(loss) * count as f64;
            self.losses.count += count;
        }
        Ok(())
    }

    /// The losses of all that is read, once it is complete.
    pub fn losses(&self) -> Losses {
        self.losses
    }
}
