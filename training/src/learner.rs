//! What learns: the network with its optimiser, the running mean of its weights and the carried state.

use burn::{
    module::Module,
    tensor::{Device, ExecutionError, Tensor, TensorData},
};
use model::{CharLstm, LstmState, Weights};

use crate::{
    average::Average, batches::Batch, checkpoint::Checkpoint, dropout::masks, ids::Ids, loss::batch_loss,
    optimizer::KerasAdam, recipe::Recipe, transfer::from_device, validation::validation_loss,
};

/// What learns: the network with its optimiser, the running mean of its weights and the carried state.
#[derive(Debug)]
pub(crate) struct Learner {
    network: CharLstm,
    average: Option<Average>,
    optimizer: KerasAdam,
    /// A layer's state each, between the steps of an epoch.
    state: Option<Vec<LstmState>>,
    /// With gradients.
    device: Device,
}

impl Learner {
    /// What a checkpoint holds, on a device.
    pub(crate) fn load(checkpoint: &Checkpoint, device: &Device) -> Self {
        let Checkpoint { recipe, weights, .. } = checkpoint;
        let learning = device.clone().autodiff();
        let shape = [recipe.batch, weights.hidden()];
        let tensor =
            |values: &Vec<f32>| Tensor::<2>::from_data(TensorData::new(values.clone(), shape), &learning);
        let state = checkpoint.state.iter();
        let state = state.map(|[hidden, cell]| LstmState { hidden: tensor(hidden), cell: tensor(cell) });
        let state: Vec<LstmState> = state.collect();
        let average = || Average::load(recipe.average, &checkpoint.average, device);
        Self {
            network: CharLstm::new(weights, &learning),
            average: (recipe.average > 0.0).then(average),
            optimizer: KerasAdam::load(checkpoint.optimizer_steps, &checkpoint.moments, device),
            state: (!state.is_empty()).then_some(state),
            device: learning,
        }
    }

    /// Puts everything into a checkpoint, whose weights have the network's shape.
    ///
    /// # Errors
    /// If the device fails.
    pub(crate) async fn save(&self, checkpoint: &mut Checkpoint) -> Result<(), ExecutionError> {
        self.network.store(&mut checkpoint.weights).await?;
        checkpoint.optimizer_steps = self.optimizer.steps();
        checkpoint.moments = self.optimizer.save().await?;
        if let Some(average) = &self.average {
            checkpoint.average = average.save().await?;
        }
        let parts = self.state.iter().flatten().flat_map(|state| [&state.hidden, &state.cell]);
        let parts = from_device(parts.map(|part| part.clone().inner())).await?;
        let (state, _) = parts.as_chunks::<2>();
        checkpoint.state = state.to_vec();
        Ok(())
    }

    /// One step: forward, backward, Adam. Returns the mean loss of the batch, `[1]`, on the device.
    pub(crate) fn step(&mut self, recipe: &Recipe, batch: &Batch, rate: f64) -> Tensor<1> {
        let carried = self.state.take();
        let masks = masks(recipe, self.optimizer.steps(), batch.rows, &self.device);
        let (loss, state) = batch_loss(&self.network, &self.device, recipe, batch, carried, &masks);
        let gradients = loss.backward();
        let (clip_norm, network) = (recipe.clip_norm(), self.network.clone());
        self.network = self.optimizer.step(rate, clip_norm, recipe.weight_decay, network, &gradients);
        if let Some(average) = &mut self.average {
            average.update(&self.network, self.optimizer.steps());
        }
        self.state = state.map(|state| state.into_iter().map(LstmState::detach).collect());
        loss.inner()
    }

    /// Forgets the carried state: the next step begins with zeros.
    pub(crate) fn reset_state(&mut self) {
        self.state = None;
    }

    /// The network that is validated and shipped.
    fn shipped_network(&self) -> CharLstm {
        match &self.average {
            Some(average) => average.apply(self.network.clone()),
            None => self.network.clone(),
        }
    }

    /// Copies the numbers that are shipped into `weights`, which have the network's shape.
    ///
    /// # Errors
    /// If the device fails.
    pub(crate) async fn ship(&self, weights: &mut Weights) -> Result<(), ExecutionError> {
        self.shipped_network().store(weights).await
    }

    /// Mean loss over a text that is not trained on, in nats per character. `None` if `stop` said so.
    ///
    /// # Errors
    /// If the device fails.
    pub(crate) async fn validate(
        &self,
        recipe: &Recipe,
        ids: &Ids,
        stop: impl Fn() -> bool,
    ) -> Result<Option<f64>, ExecutionError> {
        let device = self.device.clone().inner();
        validation_loss(&self.shipped_network().valid(), &device, recipe, ids, stop).await
    }
}
