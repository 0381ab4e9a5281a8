//! What learns: the network with its optimiser, the running mean of its weights and the carried state.

use burn::{
    module::{Module, ModuleVisitor, Param},
    tensor::{Device, ExecutionError, Tensor, TensorData},
};
use model::{CharLstm, LstmState, Weights};

use crate::{
    average::Average,
    batches::{Batch, Epoch},
    checkpoint::Checkpoint,
    dropout::masks,
    error::TrainingError,
    ids::Ids,
    loss::batch_loss,
    optimizer::{KerasAdam, flat_gradients},
    recipe::Recipe,
    share::Share,
    transfer::{from_device, joined, to_device},
    validation::Validation,
};

/// What learns: the network with its optimiser, the running mean of its weights and the carried state.
#[derive(Debug)]
pub(crate) struct Learner {
    network: CharLstm,
    average: Option<Average>,
    optimizer: KerasAdam,
    /// A layer's state each, between the steps of an epoch.
    state: Option<Vec<LstmState>>,
    /// The rows of every batch that it computes.
    share: Share,
    /// With gradients.
    device: Device,
}

impl Learner {
    /// What a checkpoint holds, on a device; of the carried state the share's rows.
    pub(crate) fn load(checkpoint: &Checkpoint, share: Share, device: &Device) -> Self {
        let Checkpoint { recipe, weights, .. } = checkpoint;
        let learning = device.clone().autodiff();
        let (rows, hidden) = (share.rows(recipe.batch), weights.hidden());
        let tensor = |values: &Vec<f32>| {
            let values = values[rows.start * hidden..rows.end * hidden].to_vec();
            Tensor::<2>::from_data(TensorData::new(values, [rows.len(), hidden]), &learning)
        };
        let state = checkpoint.state.iter();
        let state = state.map(|[hidden, cell]| LstmState { hidden: tensor(hidden), cell: tensor(cell) });
        let state: Vec<LstmState> = state.collect();
        let average = || Average::load(recipe.average, &checkpoint.average, device);
        Self {
            network: CharLstm::new(weights, &learning),
            average: (recipe.average > 0.0).then(average),
            optimizer: KerasAdam::load(checkpoint.optimizer_steps, &checkpoint.moments, device),
            state: (!state.is_empty()).then_some(state),
            share,
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
        checkpoint.state = self.carried().await?;
        Ok(())
    }

    /// The carried hidden state and cell of every layer, `[rows, hidden]`; empty between epochs.
    ///
    /// # Errors
    /// If the device fails.
    pub(crate) async fn carried(&self) -> Result<Vec<[Vec<f32>; 2]>, ExecutionError> {
        let parts = self.state.iter().flatten().flat_map(|state| [&state.hidden, &state.cell]);
        let parts = from_device(parts.map(|part| part.clone().inner())).await?;
        let (state, _) = parts.as_chunks::<2>();
        Ok(state.to_vec())
    }

    /// One step: forward, backward, Adam. Returns the mean loss of the batch, `[1]`, on the device.
    pub(crate) fn step(&mut self, recipe: &Recipe, batch: &Batch, rate: f64) -> Tensor<1> {
        let (loss, gradients) = self.learn(recipe, batch, Share::ALL);
        self.update(recipe, rate, gradients);
        loss
    }

    /// The share's part of a step on a batch: its part of the gradients of the batch's mean loss, flat, in the network's
    /// order, and behind them its part of that loss. The parts of all shares add up to those of the batch.
    ///
    /// # Errors
    /// If the device fails.
    pub(crate) async fn part(&mut self, recipe: &Recipe, batch: &Batch) -> Result<Vec<f32>, ExecutionError> {
        if self.share.rows(batch.rows).is_empty() {
            return Ok(vec![0.0; self.sizes().iter().sum::<usize>() + 1]);
        }
        let (loss, gradients) = self.learn(recipe, batch, self.share);
        joined(gradients.into_iter().flatten().chain([loss])).await
    }

    /// Takes the step of which all shares' parts add up to `sum`, without the loss: Adam.
    ///
    /// # Errors
    /// If there is not a gradient for every parameter.
    pub(crate) fn take(&mut self, recipe: &Recipe, rate: f64, sum: &[f32]) -> Result<(), TrainingError> {
        let sizes = self.sizes();
        let needed = sizes.iter().sum();
        if sum.len() != needed {
            return Err(TrainingError::Gradients { found: sum.len(), needed });
        }
        let device = self.device.clone().inner();
        let mut rest = sum;
        let gradients = sizes.into_iter().map(|size| {
            let (gradient, others) = rest.split_at(size);
            rest = others;
            Some(to_device(gradient, &device))
        });
        let gradients = gradients.collect();
        self.update(recipe, rate, gradients);
        Ok(())
    }

    /// Forward and backward over a share of a batch: its part of the batch's mean loss, and its gradients.
    fn learn(&mut self, recipe: &Recipe, batch: &Batch, share: Share) -> (Tensor<1>, Vec<Option<Tensor<1>>>) {
        let rows = share.rows(batch.rows);
        let masks = masks(recipe, self.optimizer.steps(), batch.rows, rows.clone(), &self.device);
        let (part, carried) = (batch.part(rows), self.state.take());
        let (loss, state) = batch_loss(&self.network, &self.device, recipe, &part, carried, &masks);
        self.state = state.map(|state| state.into_iter().map(LstmState::detach).collect());
        // A whole batch's loss stays as it is, to the bit.
        let loss = match part.rows == batch.rows {
            true => loss,
            false => loss * (part.rows as f64 / batch.rows as f64),
        };
        let gradients = flat_gradients(&self.network, &loss.backward());
        (loss.inner(), gradients)
    }

    /// Adam's step, and the mean that follows it.
    fn update(&mut self, recipe: &Recipe, rate: f64, gradients: Vec<Option<Tensor<1>>>) {
        let (clip_norm, network) = (recipe.clip_norm(), self.network.clone());
        self.network = self.optimizer.step_flat(rate, clip_norm, recipe.weight_decay, network, gradients);
        if let Some(average) = &mut self.average {
            average.update(&self.network, self.optimizer.steps());
        }
    }

    /// A number on the device where it learns.
    pub(crate) fn number(&self, number: &[f32]) -> Tensor<1> {
        to_device(number, &self.device.clone().inner())
    }

    /// Numbers of every parameter, in the network's order.
    fn sizes(&self) -> Vec<usize> {
        let mut sizes = Sizes(Vec::new());
        self.network.visit(&mut sizes);
        sizes.0
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

    /// Begins to validate on a text that is not trained on.
    pub(crate) fn validation(&self, recipe: &Recipe, ids: &Ids) -> Validation {
        let (network, device) = (self.shipped_network().valid(), self.device.clone().inner());
        Validation::new(network, device, recipe, Epoch::validation(ids, recipe), self.share)
    }
}

struct Sizes(Vec<usize>);

impl ModuleVisitor for Sizes {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.0.push(param.shape().num_elements());
    }
}
