//! A training: the model, its optimiser and the place it has reached, one step at a time.

use anyhow::{Result, bail};
use burn::{
    module::Module,
    tensor::{Device, Int, Tensor, TensorData, activation::log_softmax},
};
use model::{CharLstm, LstmState, Masks, Weights};

use crate::{
    average::Average,
    batches::{Batch, Epoch},
    checkpoint::{Checkpoint, Position, Source},
    dropout::masks,
    ids::Ids,
    optimizer::KerasAdam,
    recipe::{Recipe, RecipeName},
};

/// A training: the model, its optimiser and the place it has reached.
#[derive(Debug)]
pub struct Training {
    pub(crate) recipe: Recipe,
    pub(crate) position: Position,
    source: Source,
    /// Shapes, vocabulary and card; the numbers are in the network.
    weights: Weights,
    network: CharLstm,
    average: Option<Average>,
    optimizer: KerasAdam,
    state: Option<Vec<LstmState>>,
    device: Device,
    train_ids: Ids,
    validation_ids: Ids,
}

/// Sizes of the network's parameters, in the order in which the optimiser meets them.
pub(crate) fn parameter_sizes(weights: &Weights) -> Vec<usize> {
    weights.tensors().iter().map(|tensor| tensor.values.len()).collect()
}

/// Rows whose state a recipe carries.
pub(crate) fn lanes(recipe: &Recipe) -> usize {
    recipe.batch
}

impl Training {
    /// A training at a checkpoint's position (or at the beginning) on a device. `ids` is the whole corpus.
    ///
    /// # Errors
    /// Where the text is too short for the recipe.
    pub fn new(checkpoint: Checkpoint, ids: &Ids, device: &Device) -> Result<Self> {
        let recipe = checkpoint.recipe;
        let (train, validation) = ids.split_at((ids.len() as f64 * recipe.split) as usize);
        let least = match recipe.name {
            RecipeName::Notebook => recipe.time + 1,
            RecipeName::Sequence => 2 * recipe.batch.max(recipe.time),
        };
        if train.len() < least || validation.len() < recipe.time + 1 {
            bail!(
                "the corpus has {} characters, too few for this recipe: it needs {least} to train on and {} to validate on; use a longer text or a smaller --batch",
                ids.len(),
                recipe.time + 1
            );
        }
        let training_device = device.clone().autodiff();
        let state = checkpoint.state.iter().map(|[hidden, cell]| {
            let shape = [lanes(&recipe), checkpoint.weights.hidden()];
            let tensor = |values: &Vec<f32>| {
                Tensor::from_data(TensorData::new(values.clone(), shape), &training_device)
            };
            LstmState { hidden: tensor(hidden), cell: tensor(cell) }
        });
        let state: Vec<LstmState> = state.collect();
        let average = Average::load(recipe.average, &checkpoint.average, device);
        Ok(Self {
            network: CharLstm::new(&checkpoint.weights, &training_device),
            average: (recipe.average > 0.0).then_some(average),
            optimizer: KerasAdam::load(checkpoint.optimizer_steps, &checkpoint.moments, device),
            state: (!state.is_empty()).then_some(state),
            train_ids: train,
            validation_ids: validation,
            device: training_device,
            source: checkpoint.source,
            position: checkpoint.position,
            weights: checkpoint.weights,
            recipe,
        })
    }

    /// The training pass that the position is in.
    pub(crate) fn epoch(&self) -> Epoch {
        Epoch::training(&self.train_ids, &self.recipe, self.position.epoch)
    }

    /// One step: forward, backward, Adam. Returns the mean loss of the batch, on the device.
    pub fn step(&mut self, batch: &Batch, rate: f64) -> Tensor<1> {
        let carried = self.state.take();
        let masks = masks(&self.recipe, self.optimizer.steps(), batch.rows, &self.device);
        let (loss, state) = batch_loss(&self.network, &self.device, &self.recipe, batch, carried, &masks);
        let gradients = loss.backward();
        let Recipe { weight_decay, .. } = self.recipe;
        self.network = self.optimizer.step(
            rate,
            self.recipe.clip_norm(),
            weight_decay,
            self.network.clone(),
            &gradients,
        );
        if let Some(average) = &mut self.average {
            average.update(&self.network, self.optimizer.steps());
        }
        self.state = state.map(|state| state.into_iter().map(LstmState::detach).collect());
        loss.inner()
    }

    /// Ends the epoch: the next begins with a zero state.
    pub(crate) fn end_epoch(&mut self, position: Position) {
        self.position = position;
        self.state = None;
    }

    /// The network that is validated and shipped.
    fn shipped_network(&self) -> CharLstm {
        match &self.average {
            Some(average) => average.apply(self.network.clone()),
            None => self.network.clone(),
        }
    }

    /// The weights as they are shipped.
    pub fn shipped(&self) -> Weights {
        let mut weights = self.weights.clone();
        self.shipped_network().store(&mut weights);
        weights
    }

    /// Mean loss over the validation text, in nats per character.
    pub fn validate(&self) -> f64 {
        let network = self.shipped_network().valid();
        let device = self.device.clone().inner();
        let epoch = Epoch::validation(&self.validation_ids, &self.recipe);
        let mut state = None;
        let (mut sum, mut count) = (0.0, 0);
        for step in 0..epoch.steps() {
            let batch = epoch.batch(step);
            let carried = state.take();
            let (loss, next) =
                batch_loss(&network, &device, &self.recipe, &batch, carried, &Masks::default());
            sum += f64::from(loss.into_scalar::<f32>()) * batch.targets.len() as f64;
            count += batch.targets.len();
            state = next;
        }
        sum / count as f64
    }

    /// Everything needed to go on from here.
    ///
    /// # Errors
    /// Where a weight is no longer a number: such a checkpoint would be of no use.
    pub fn checkpoint(&self) -> Result<Checkpoint> {
        let mut weights = self.weights.clone();
        self.network.store(&mut weights);
        if weights.tensors().iter().any(|tensor| tensor.values.iter().any(|value| !value.is_finite())) {
            bail!(self.no_number("a weight", self.position.step));
        }
        let (optimizer_steps, moments) = self.optimizer.save();
        let values = |tensor: &Tensor<2>| tensor.to_data().iter::<f32>().collect();
        let state = self.state.iter().flatten();
        Ok(Checkpoint {
            recipe: self.recipe.clone(),
            source: self.source.clone(),
            position: self.position.clone(),
            weights,
            optimizer_steps,
            moments,
            average: self.average.as_ref().map(Average::save).unwrap_or_default(),
            state: state.map(|s| [values(&s.hidden), values(&s.cell)]).collect(),
        })
    }

    /// What to say where `what` is no longer a number after a step of this epoch.
    pub(crate) fn no_number(&self, what: &str, step: usize) -> String {
        format!(
            "{what} is no longer a number at step {step} of epoch {}; the best weights and the last checkpoint are kept; train anew with a lower --learning-rate than {}",
            self.position.epoch + 1,
            self.recipe.learning_rate
        )
    }
}

/// Mean sparse categorical cross-entropy of a batch, from logits, and the state to carry on.
fn batch_loss(
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
