//! A training: what learns, its texts and the place it has reached, one step at a time.

use burn::tensor::{Device, Tensor};
use model::{GateFunction, Weights};

use crate::{
    batches::{Batch, Epoch},
    checkpoint::{Checkpoint, Source},
    error::TrainingError,
    event::{EpochSummary, Outcome},
    ids::Ids,
    learner::Learner,
    loss::{Losses, PendingLosses},
    position::Position,
    recipe::{Recipe, RecipeName},
    share::Share,
    validation::Validation,
};

/// Steps between two readings of the losses: reading waits for the device.
const STEPS_A_READING: usize = 10;

/// A training: what learns, its texts and the place it has reached.
///
/// Whoever drives it calls [`step_next`](Self::step_next) until [`is_epoch_complete`](Self::is_epoch_complete), then
/// [`finish_epoch`](Self::finish_epoch), and so on until there is an [`outcome`](Self::outcome).
#[derive(Debug)]
pub struct Training {
    recipe: Recipe,
    position: Position,
    source: Source,
    learner: Learner,
    /// Shapes, vocabulary and card; the numbers are the learner's.
    template: Weights,
    train_ids: Ids,
    validation_ids: Ids,
    /// The pass over the training text that the position is in.
    epoch: Epoch,
    /// Losses of this epoch's last steps.
    pending: PendingLosses,
}

/// An epoch that is done.
#[derive(Debug)]
pub struct FinishedEpoch {
    /// What it came to.
    pub summary: EpochSummary,
    /// The weights after it as they are shipped, with their losses on their card.
    pub weights: Weights,
}

impl Training {
    /// A training at a checkpoint's position (or at the beginning) on a device. `ids` is the entire corpus.
    ///
    /// # Errors
    /// If the text is too short for the recipe, or the model cannot be trained.
    pub fn new(checkpoint: Checkpoint, ids: &Ids, device: &Device) -> Result<Self, TrainingError> {
        Self::replica(checkpoint, ids, Share::ALL, device)
    }

    /// One of several replicas of a training, all of the same checkpoint: it computes its share of every batch. Whoever
    /// drives them has each [`part_next`](Self::part_next) and gives all of them the sum of the parts.
    ///
    /// # Errors
    /// If the text is too short for the recipe, or the model cannot be trained.
    pub fn replica(
        checkpoint: Checkpoint,
        ids: &Ids,
        share: Share,
        device: &Device,
    ) -> Result<Self, TrainingError> {
        let recipe = &checkpoint.recipe;
        check_gates(&checkpoint.weights)?;
        check_length(recipe, ids.len())?;
        let (train_ids, validation_ids) = ids.split_at(training_length(recipe, ids.len()));
        Ok(Self {
            learner: Learner::load(&checkpoint, share, device),
            epoch: Epoch::training(&train_ids, recipe, checkpoint.position.epoch),
            pending: PendingLosses::default(),
            train_ids,
            validation_ids,
            template: checkpoint.weights,
            recipe: checkpoint.recipe,
            position: checkpoint.position,
            source: checkpoint.source,
        })
    }

    /// All settings.
    pub fn recipe(&self) -> &Recipe {
        &self.recipe
    }

    /// How far it has come. Losses that are not yet read are not in it.
    pub fn position(&self) -> &Position {
        &self.position
    }

    /// Sets the seconds that the training has taken so far.
    pub fn set_secs(&mut self, secs: f64) {
        self.position.secs = secs;
    }

    /// Steps of an epoch.
    pub fn steps(&self) -> usize {
        self.epoch.steps()
    }

    /// Whether the training is over before another epoch, and why.
    pub fn outcome(&self) -> Option<Outcome> {
        let (Position { epoch, best_epoch, .. }, Recipe { epochs, patience, .. }) =
            (&self.position, &self.recipe);
        if epoch >= epochs {
            return Some(Outcome::Finished);
        }
        (*patience > 0 && epoch.saturating_sub(*best_epoch) >= *patience).then_some(Outcome::OutOfPatience)
    }

    /// Whether all steps of the epoch are done.
    pub fn is_epoch_complete(&self) -> bool {
        self.position.step >= self.steps()
    }

    /// Takes the epoch's next step, of which there must be one. Returns its learning rate.
    pub fn step_next(&mut self) -> f64 {
        let rate = self.next_rate();
        let batch = self.next_batch();
        let loss = self.step(&batch, rate);
        self.advance(loss, &batch);
        rate
    }

    /// This replica's part of the epoch's next step, of which there must be one: numbers that are added to those of the
    /// other replicas, in an order that stays.
    ///
    /// # Errors
    /// If the device fails.
    pub async fn part_next(&mut self) -> Result<Vec<f32>, TrainingError> {
        let batch = self.next_batch();
        Ok(self.learner.part(&self.recipe, &batch).await?)
    }

    /// Takes the step of which `sum` is the sum of all replicas' parts. Returns its learning rate.
    ///
    /// # Errors
    /// If the parts were another model's.
    pub fn take_next(&mut self, sum: &[f32]) -> Result<f64, TrainingError> {
        let rate = self.next_rate();
        let (gradients, loss) = sum.split_at(sum.len().saturating_sub(1));
        self.learner.take(&self.recipe, rate, gradients)?;
        let loss = self.learner.number(loss);
        self.advance(loss, &self.next_batch());
        Ok(rate)
    }

    fn next_rate(&self) -> f64 {
        let (&Position { epoch, step, .. }, steps) = (&self.position, self.steps());
        self.recipe.rate(epoch * steps + step, self.recipe.epochs * steps)
    }

    fn next_batch(&self) -> Batch {
        self.epoch.batch(self.position.step)
    }

    /// A step on the next batch is done.
    fn advance(&mut self, loss: Tensor<1>, batch: &Batch) {
        let count = batch.targets.len();
        self.pending.push(loss, count);
        self.position.loss_count += count;
        self.position.step += 1;
    }

    /// One step on a batch of the caller's: forward, backward, Adam. Returns the mean loss of the batch, `[1]`, on the
    /// device; the position stays.
    pub fn step(&mut self, batch: &Batch, rate: f64) -> Tensor<1> {
        self.learner.step(&self.recipe, batch, rate)
    }

    /// Whether it is time to [`read_losses`](Self::read_losses): every few steps and at the end of an epoch.
    pub fn are_losses_due(&self) -> bool {
        self.is_epoch_complete() || self.position.step.is_multiple_of(STEPS_A_READING)
    }

    /// Adds the losses of the steps since the last reading to the position.
    ///
    /// # Errors
    /// If a loss is no longer a number, or if the device fails.
    pub async fn read_losses(&mut self) -> Result<(), TrainingError> {
        let first = self.position.step + 1 - self.pending.len();
        for ((loss, count), step) in self.pending.read().await?.into_iter().zip(first..) {
            if !loss.is_finite() {
                return Err(self.not_finite("the loss", step));
            }
            self.position.loss_sum += f64::from(loss) * count as f64;
        }
        Ok(())
    }

    /// Validates and ends the epoch, all of whose steps are done: the next begins with a zero state. `secs` gives the
    /// seconds that the training has taken by the time it is asked. `stop` is asked again and again while it validates: if
    /// it says so, the validation is given up, `None` is returned and the training is where it was.
    ///
    /// # Errors
    /// If a loss is no longer a number, or if the device fails.
    pub async fn finish_epoch(
        &mut self,
        secs: impl Fn() -> f64,
        stop: impl Fn() -> bool,
    ) -> Result<Option<FinishedEpoch>, TrainingError> {
        let mut validation = self.validation();
        while !validation.is_complete() {
            if stop() {
                return Ok(None);
            }
            validation.step_next().await?;
        }
        self.end_epoch(validation.losses(), secs()).await.map(Some)
    }

    /// A validation of the weights as they are, for whoever has something to do between its steps. Of several replicas each
    /// reads its share.
    pub fn validation(&self) -> Validation {
        self.learner.validation(&self.recipe, &self.validation_ids)
    }

    /// Ends the epoch, all of whose steps are done and whose validation came to these losses, of all replicas together:
    /// the next begins with a zero state. The training has taken `secs` seconds.
    ///
    /// # Errors
    /// If a loss is no longer a number, or if the device fails.
    pub async fn end_epoch(&mut self, validated: Losses, secs: f64) -> Result<FinishedEpoch, TrainingError> {
        self.read_losses().await?;
        let val_loss = validated.sum / validated.count as f64;
        let before = &self.position;
        if !val_loss.is_finite() {
            return Err(self.not_finite("the validation loss", before.step));
        }
        let best = before.best_val_loss.is_none_or(|lowest| val_loss < lowest);
        let mut weights = self.shipped().await?;
        let summary = EpochSummary {
            epoch: before.epoch + 1,
            epochs: self.recipe.epochs,
            loss: before.loss_sum / before.loss_count as f64,
            val_loss,
            best,
            secs,
        };
        weights.card.loss = Some(summary.loss as f32);
        weights.card.val_loss = Some(val_loss as f32);
        self.position = Position {
            epoch: summary.epoch,
            best_val_loss: if best { Some(val_loss) } else { before.best_val_loss },
            best_epoch: if best { summary.epoch } else { before.best_epoch },
            secs: summary.secs,
            ..Position::default()
        };
        self.learner.reset_state();
        self.epoch = Epoch::training(&self.train_ids, &self.recipe, self.position.epoch);
        Ok(FinishedEpoch { summary, weights })
    }

    /// The weights as they are shipped.
    ///
    /// # Errors
    /// If the device fails.
    pub async fn shipped(&self) -> Result<Weights, TrainingError> {
        let mut weights = self.template.clone();
        self.learner.ship(&mut weights).await?;
        Ok(weights)
    }

    /// The carried hidden state and cell of every layer, `[rows, hidden]`, of this replica's rows; empty between epochs.
    ///
    /// # Errors
    /// If the device fails.
    pub async fn carried(&self) -> Result<Vec<[Vec<f32>; 2]>, TrainingError> {
        Ok(self.learner.carried().await?)
    }

    /// Everything needed to go on from here; of several replicas with this one's rows of the
    /// [`carried`](Self::carried) state, to which the [others'](Checkpoint::add_rows) belong. Reads the losses first.
    ///
    /// # Errors
    /// If a loss or a weight is no longer a number, for such a checkpoint would be of no use, or if the device fails.
    pub async fn checkpoint(&mut self) -> Result<Checkpoint, TrainingError> {
        self.read_losses().await?;
        let (recipe, source) = (self.recipe.clone(), self.source.clone());
        let mut checkpoint = Checkpoint::new(recipe, source, self.template.clone());
        checkpoint.position = self.position.clone();
        self.learner.save(&mut checkpoint).await?;
        let finite = |values: &[f32]| values.iter().all(|value| value.is_finite());
        if !checkpoint.weights.tensors().iter().all(|tensor| finite(tensor.values)) {
            return Err(self.not_finite("a weight", self.position.step));
        }
        Ok(checkpoint)
    }

    fn not_finite(&self, what: &'static str, step: usize) -> TrainingError {
        TrainingError::NotFinite {
            what,
            step,
            epoch: self.position.epoch + 1,
            learning_rate: self.recipe.learning_rate,
        }
    }
}

/// Characters of a text that are trained on; the rest is for validation.
fn training_length(recipe: &Recipe, characters: usize) -> usize {
    (characters as f64 * recipe.split) as usize
}

/// Refuses a model whose gates have another function than those that are trained.
///
/// # Errors
/// If it does.
pub fn check_gates(weights: &Weights) -> Result<(), TrainingError> {
    match weights.gates {
        GateFunction::Sigmoid => Ok(()),
        GateFunction::HardSigmoid => Err(TrainingError::Gates),
    }
}

/// Refuses a text that is too short for a recipe.
///
/// # Errors
/// Says how long it has to be.
pub fn check_length(recipe: &Recipe, characters: usize) -> Result<(), TrainingError> {
    let trained = training_length(recipe, characters);
    let min_training = match recipe.name {
        RecipeName::Notebook => recipe.time + 1,
        RecipeName::Sequence => 2 * recipe.batch.max(recipe.time),
    };
    let min_validation = recipe.time + 1;
    if trained < min_training || characters - trained < min_validation {
        return Err(TrainingError::TextTooShort {
            characters,
            training: min_training,
            validation: min_validation,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use burn::tensor::read_sync;
    use model::{Card, Vocab};

    use super::*;
    use crate::init::keras_weights;

    const TEXT: &str = "ODO: Who is there?\nQUARK: Nobody, Constable.\n";

    fn begin(recipe: Recipe) -> (Training, Ids) {
        let vocab = Vocab::from_text(TEXT).unwrap();
        let ids = Ids::encode(&vocab, &TEXT.repeat(12));
        let weights =
            keras_weights(vocab, Card::default(), recipe.hidden, recipe.layers, recipe.seed).unwrap();
        let checkpoint = Checkpoint::new(recipe, Source::default(), weights);
        (Training::new(checkpoint, &ids, &Device::flex()).unwrap(), ids)
    }

    /// Trains to the end of the last epoch; with `breaks`, through a checkpoint's bytes after every step, and with a
    /// validation that is given up before the one that counts.
    fn train((mut training, ids): (Training, Ids), breaks: bool) -> (Outcome, Vec<f64>, Weights) {
        let mut losses = Vec::new();
        loop {
            if let Some(outcome) = training.outcome() {
                return (outcome, losses, read_sync(training.shipped()).unwrap());
            }
            while !training.is_epoch_complete() {
                training.step_next();
                if training.are_losses_due() {
                    read_sync(training.read_losses()).unwrap();
                }
                if breaks {
                    let bytes = read_sync(training.checkpoint()).unwrap().to_bytes().unwrap();
                    let checkpoint = Checkpoint::from_bytes(&bytes).unwrap();
                    training = Training::new(checkpoint, &ids, &Device::flex()).unwrap();
                }
            }
            if breaks {
                let before = training.position().clone();
                assert!(read_sync(training.finish_epoch(|| 1.0, || true)).unwrap().is_none());
                assert_eq!(training.position(), &before);
            }
            let finished = read_sync(training.finish_epoch(|| 1.0, || false)).unwrap();
            let FinishedEpoch { summary, .. } = finished.unwrap();
            losses.extend([summary.loss, summary.val_loss]);
        }
    }

    #[test]
    fn a_training_through_checkpoints_is_the_same() {
        let sequence =
            Recipe { time: 10, dropout: 0.2, recurrent_dropout: 0.1, ..Recipe::new(RecipeName::Sequence) };
        let sequence = Recipe { weight_decay: 0.01, average: 0.9, layers: 2, ..sequence };
        for recipe in [sequence, Recipe::new(RecipeName::Notebook)] {
            let recipe = Recipe { hidden: 5, batch: 4, epochs: 2, ..recipe };
            let (outcome, losses, weights) = train(begin(recipe.clone()), false);
            let broken = train(begin(recipe), true);
            assert!((broken.0, broken.2) == (outcome, weights));
            // A sum of losses loses its last bit in a checkpoint's JSON.
            for (loss, unbroken) in broken.1.iter().zip(&losses) {
                assert!((loss - unbroken).abs() < 1e-12, "{loss} against {unbroken}");
            }
            assert_eq!((outcome, losses.len()), (Outcome::Finished, 4));
            assert!(losses[2] < losses[0], "{losses:?}");
        }
    }

    /// Some replicas of a training, and the sum of their parts of a step.
    fn replicas(recipe: &Recipe, count: usize) -> Vec<Training> {
        let (mut whole, ids) = begin(recipe.clone());
        let checkpoint = read_sync(whole.checkpoint()).unwrap();
        let share = |index| Share::new(index, count).unwrap();
        let replica =
            |index| Training::replica(checkpoint.clone(), &ids, share(index), &Device::flex()).unwrap();
        (0..count).map(replica).collect()
    }

    fn step_together(replicas: &mut [Training]) {
        let parts: Vec<_> =
            replicas.iter_mut().map(|replica| read_sync(replica.part_next()).unwrap()).collect();
        let mut sum = parts[0].clone();
        for part in &parts[1..] {
            sum.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
        }
        replicas.iter_mut().for_each(|replica| {
            replica.take_next(&sum).unwrap();
        });
    }

    fn finish_together(replicas: &mut [Training]) -> f64 {
        let mut all = Losses::default();
        for replica in replicas.iter() {
            let mut validation = replica.validation();
            while !validation.is_complete() {
                read_sync(validation.step_next()).unwrap();
            }
            all += validation.losses();
        }
        let ends = replicas.iter_mut().map(|replica| read_sync(replica.end_epoch(all, 1.0)).unwrap());
        ends.map(|end| end.summary.val_loss).last().unwrap()
    }

    #[test]
    fn replicas_with_rows_of_a_batch_each_are_one_training() {
        let sequence = Recipe { time: 10, dropout: 0.2, average: 0.9, ..Recipe::new(RecipeName::Sequence) };
        let sequence = Recipe { recurrent_dropout: 0.1, weight_decay: 0.01, layers: 2, ..sequence };
        for (recipe, count) in [(sequence, 2), (Recipe::new(RecipeName::Notebook), 3)] {
            let recipe = Recipe { hidden: 5, batch: 7, epochs: 4, ..recipe };
            let (mut whole, ids) = begin(recipe.clone());
            let mut crew = replicas(&recipe, count);
            let mut steps = 0;
            while steps < 50 {
                while !whole.is_epoch_complete() {
                    whole.step_next();
                    step_together(&mut crew);
                    steps += 1;
                }
                let finished = read_sync(whole.finish_epoch(|| 1.0, || false)).unwrap().unwrap();
                let val_loss = finish_together(&mut crew);
                assert!((finished.summary.val_loss - val_loss).abs() < 1e-4, "{val_loss}");
                let [alone, together] = [&whole, &crew[0]].map(|training| training.position().best_epoch);
                assert_eq!(alone, together);
            }
            whole.step_next();
            step_together(&mut crew);
            // All replicas are the same, to the bit, and together what one alone is.
            let alone = read_sync(whole.checkpoint()).unwrap();
            let first = read_sync(crew[0].checkpoint()).unwrap();
            let mut joined = first.clone();
            for replica in &mut crew[1..] {
                let other = read_sync(replica.checkpoint()).unwrap();
                assert!(other.weights == first.weights && other.moments == first.moments);
                assert!(other.average == first.average && other.position == first.position);
                joined.add_rows(read_sync(replica.carried()).unwrap());
            }
            let close = |a: &[f32], b: &[f32]| {
                assert_eq!(a.len(), b.len());
                a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-4)
            };
            for (a, b) in alone.weights.tensors().iter().zip(joined.weights.tensors()) {
                assert!(close(a.values, b.values), "{}", b.name);
            }
            for (a, b) in alone.state.iter().flatten().zip(joined.state.iter().flatten()) {
                assert!(close(a, b), "the carried state");
            }
            // Replicas that begin with a checkpoint in the middle of an epoch go on as if there had been no break.
            let share = |index| Share::new(index, count).unwrap();
            let go_on =
                |index| Training::replica(joined.clone(), &ids, share(index), &Device::flex()).unwrap();
            let mut again: Vec<_> = (0..count).map(go_on).collect();
            step_together(&mut again);
            step_together(&mut crew);
            let [a, b] =
                [&mut again[0], &mut crew[0]].map(|training| read_sync(training.checkpoint()).unwrap());
            assert!(a.weights == b.weights && a.state == b.state);
        }
    }

    #[test]
    fn parts_of_another_model_are_refused() {
        let mut training = begin(small()).0;
        let error = training.take_next(&[0.0; 3]).unwrap_err().to_string();
        assert!(error.contains("sent 2 gradients where there are"), "{error}");
    }

    fn small() -> Recipe {
        Recipe { hidden: 5, batch: 4, time: 10, patience: 1, ..Recipe::new(RecipeName::Sequence) }
    }

    #[test]
    fn patience_comes_to_an_end() {
        let (mut training, _) = begin(small());
        assert_eq!(training.outcome(), None);
        training.position = Position { epoch: 3, best_epoch: 2, ..Position::default() };
        assert_eq!(training.outcome(), Some(Outcome::OutOfPatience));
    }

    #[test]
    fn a_short_text_is_refused() {
        let (mut training, ids) = begin(small());
        let checkpoint = read_sync(training.checkpoint()).unwrap();
        let (short, _) = ids.split_at(12);
        let error = Training::new(checkpoint, &short, &Device::flex()).unwrap_err().to_string();
        assert!(error.contains("12 characters, too few") && error.contains("20 to train on"), "{error}");
    }
}
