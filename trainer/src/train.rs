//! The training loop.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Result, bail};
use burn::{
    module::Module,
    tensor::{Device, Int, Tensor, TensorData, activation::log_softmax},
};
use model::{CharLstm, LstmState, Precision, Weights};

use crate::{
    batches::{Batch, Epoch},
    checkpoint::{Checkpoint, Position, Source},
    dropout::masks,
    files::write_whole,
    optimizer::KerasAdam,
    progress::Progress,
    recipe::{Recipe, RecipeName},
};

/// Time between two checkpoints within an epoch.
const CHECKPOINT_EVERY: Duration = Duration::from_secs(60);
/// Steps between two readings of the loss: reading waits for the device.
const READ_LOSS_EVERY: usize = 10;

/// A training: the model, its optimiser and the place it has reached.
#[derive(Debug)]
pub struct Training {
    recipe: Recipe,
    source: Source,
    out: PathBuf,
    position: Position,
    weights: Weights,
    network: CharLstm,
    optimizer: KerasAdam,
    state: Option<Vec<LstmState>>,
    device: Device,
    train_ids: Arc<[u32]>,
    validation_ids: Arc<[u32]>,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// All epochs are done.
    Finished,
    /// Stopped on request; the checkpoint is written.
    Stopped,
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
    /// A training at a checkpoint's position (or at the beginning) on a device. `text` is the whole corpus.
    ///
    /// # Errors
    /// Where the text is too short for the recipe.
    pub fn new(checkpoint: Checkpoint, text: &str, device: &Device) -> Result<Self> {
        let recipe = checkpoint.recipe;
        let ids = checkpoint.weights.vocab.encode(text)?;
        let split = (ids.len() as f64 * recipe.split) as usize;
        let (train, validation) = ids.split_at(split);
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
        Ok(Self {
            network: CharLstm::new(&checkpoint.weights, &training_device),
            optimizer: KerasAdam::load(checkpoint.optimizer_steps, &checkpoint.moments, device),
            state: (!state.is_empty()).then_some(state),
            train_ids: train.into(),
            validation_ids: validation.into(),
            device: training_device,
            out: checkpoint.out.into(),
            source: checkpoint.source,
            position: checkpoint.position,
            weights: checkpoint.weights,
            recipe,
        })
    }

    /// Trains to the end of the last epoch, or until `stop` is set. The best weights so far are in the weights
    /// file after every epoch, and a checkpoint is written every minute, after every epoch and on stopping.
    ///
    /// # Errors
    /// Where a file cannot be written, or where the loss is no longer a number.
    pub fn run(&mut self, stop: &AtomicBool) -> Result<Outcome> {
        while self.position.epoch < self.recipe.epochs {
            if self.epoch(stop)? == Outcome::Stopped {
                self.checkpoint()?.save(&self.checkpoint_path())?;
                return Ok(Outcome::Stopped);
            }
        }
        Ok(Outcome::Finished)
    }

    fn epoch(&mut self, stop: &AtomicBool) -> Result<Outcome> {
        let epoch = Epoch::training(&self.train_ids, &self.recipe, self.position.epoch);
        let steps = epoch.steps();
        let progress = Progress::start(&self.recipe, &self.position, steps);
        let mut pending: Option<Tensor<1>> = None;
        let mut saved = Instant::now();
        while self.position.step < steps {
            let batch = epoch.batch(self.position.step);
            let count = batch.targets.len();
            let rate = self
                .recipe
                .rate(self.position.epoch * steps + self.position.step, self.recipe.epochs * steps);
            let loss = self.step(&batch, rate) * count as f32;
            pending = Some(pending.map_or(loss.clone(), |sum| sum + loss));
            self.position.loss_count += count;
            self.position.step += 1;
            let stopping = stop.load(Ordering::Relaxed);
            let saving = saved.elapsed() >= CHECKPOINT_EVERY;
            let last = self.position.step == steps;
            if stopping || saving || last || self.position.step.is_multiple_of(READ_LOSS_EVERY) {
                self.read_loss(pending.take())?;
                progress.show(&self.position, count);
            }
            if stopping {
                return Ok(Outcome::Stopped);
            }
            if saving && !last {
                self.checkpoint()?.save(&self.checkpoint_path())?;
                saved = Instant::now();
            }
        }
        self.finish_epoch(progress)?;
        Ok(Outcome::Finished)
    }

    /// Adds a sum of losses to the position.
    fn read_loss(&mut self, sum: Option<Tensor<1>>) -> Result<()> {
        let Some(sum) = sum else { return Ok(()) };
        let sum = f64::from(sum.into_scalar::<f32>());
        if !sum.is_finite() {
            let Position { epoch, step, .. } = self.position;
            bail!(
                "the loss is no longer a number at step {step} of epoch {}; the last checkpoint and the best weights are kept; lower --learning-rate",
                epoch + 1
            );
        }
        self.position.loss_sum += sum;
        Ok(())
    }

    fn finish_epoch(&mut self, progress: Progress) -> Result<()> {
        let loss = self.position.loss_sum / self.position.loss_count as f64;
        let val_loss = self.validate();
        progress.finish_epoch(&self.position, loss, val_loss);
        let best = self.position.best_val_loss.is_none_or(|best| val_loss < best);
        self.network.store(&mut self.weights);
        self.weights.card.loss = Some(loss as f32);
        self.weights.card.val_loss = Some(val_loss as f32);
        if best {
            write_whole(&self.out, &self.weights.to_bytes(Precision::F16)?)?;
        }
        self.position = Position {
            epoch: self.position.epoch + 1,
            best_val_loss: match best {
                true => Some(val_loss),
                false => self.position.best_val_loss,
            },
            ..Position::default()
        };
        self.state = None;
        self.checkpoint()?.save(&self.checkpoint_path())
    }

    /// One step: forward, backward, Adam. Returns the mean loss of the batch, on the device.
    pub fn step(&mut self, batch: &Batch, rate: f64) -> Tensor<1> {
        let carried = self.state.take();
        let masks = masks(&self.recipe, self.optimizer.steps(), batch.rows, &self.device);
        let (loss, state) = batch_loss(&self.network, &self.device, &self.recipe, batch, carried, &masks);
        let gradients = loss.backward();
        self.network =
            self.optimizer.step(rate, self.recipe.clip_norm(), 0.0, self.network.clone(), &gradients);
        self.state = state.map(|state| state.into_iter().map(LstmState::detach).collect());
        loss.inner()
    }

    /// Mean loss over the validation text, in nats per character.
    pub fn validate(&self) -> f64 {
        let network = self.network.valid();
        let device = self.device.clone().inner();
        let epoch = Epoch::validation(&self.validation_ids, &self.recipe);
        let mut state = None;
        let (mut sum, mut count) = (0.0, 0);
        for step in 0..epoch.steps() {
            let batch = epoch.batch(step);
            let carried = state.take();
            let (loss, next) = batch_loss(&network, &device, &self.recipe, &batch, carried, &[]);
            sum += f64::from(loss.into_scalar::<f32>()) * batch.targets.len() as f64;
            count += batch.targets.len();
            state = next;
        }
        sum / count as f64
    }

    /// Everything needed to go on from here.
    ///
    /// # Errors
    /// None at present; reading back from the device may come to fail.
    pub fn checkpoint(&self) -> Result<Checkpoint> {
        let mut weights = self.weights.clone();
        self.network.store(&mut weights);
        let (optimizer_steps, moments) = self.optimizer.save();
        let values = |tensor: &Tensor<2>| tensor.to_data().iter::<f32>().collect();
        let state = self.state.iter().flatten();
        Ok(Checkpoint {
            recipe: self.recipe.clone(),
            source: self.source.clone(),
            out: self.out.to_string_lossy().into_owned(),
            position: self.position.clone(),
            weights,
            optimizer_steps,
            moments,
            state: state.map(|s| [values(&s.hidden), values(&s.cell)]).collect(),
        })
    }

    /// Where the checkpoint goes: beside the weights.
    pub fn checkpoint_path(&self) -> PathBuf {
        checkpoint_path(&self.out)
    }
}

/// Where the checkpoint of a weights file goes.
pub fn checkpoint_path(out: &Path) -> PathBuf {
    out.with_extension("checkpoint")
}

/// Mean sparse categorical cross-entropy of a batch, from logits, and the state to carry on.
fn batch_loss(
    network: &CharLstm,
    device: &Device,
    recipe: &Recipe,
    batch: &Batch,
    carried: Option<Vec<LstmState>>,
    masks: &[Tensor<3>],
) -> (Tensor<1>, Option<Vec<LstmState>>) {
    let Batch { rows, time, .. } = *batch;
    let inputs = TensorData::new(batch.inputs.clone(), [time, rows]);
    let inputs = Tensor::<2, Int>::from_data(inputs, device);
    let count = batch.targets.len();
    let targets = TensorData::new(batch.targets.clone(), [count, 1]);
    let targets = Tensor::<2, Int>::from_data(targets, device);
    let state = carried.unwrap_or_else(|| network.zero_state(rows));
    let (hidden, state) = network.hidden(inputs, state, masks);
    let (hidden, state) = match recipe.name {
        RecipeName::Notebook => (hidden.narrow(0, time - 1, 1), None),
        RecipeName::Sequence => (hidden, Some(state)),
    };
    let [steps, rows, units] = hidden.dims();
    let logits = network.logits(hidden.reshape([steps * rows, units]));
    let loss = log_softmax(logits, 1).gather(1, targets).mean().neg();
    (loss, state)
}
