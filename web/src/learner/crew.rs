//! Who trains: this worker, alone or with others, each with a replica that computes some rows of every batch. They
//! exchange gradients by messages, for memory that is shared needs headers that most hosts do not send.

mod choice;
mod exchange;
mod hand;
mod link;
mod message;
mod pool;

use js_sys::{Array, Uint8Array};
use model::Weights;
use training::{Checkpoint, FinishedEpoch, Ids, Losses, Share, Training, Validation};
use wasm_bindgen::JsValue;
use web::messages::learner::Join;
use web_sys::{MessageChannel, MessagePort};

pub(crate) use self::{
    choice::{fastest, step_secs},
    hand::work,
    pool::Pool,
};
use self::{
    exchange::{Links, exchange},
    link::Link,
    message::{Answer, Carried, Order},
};
use crate::{device, refusal::said};

/// A training and all who take part in it, as the first of them sees it.
#[derive(Debug)]
pub(crate) struct Crew {
    training: Training,
    /// To the others; the first is this worker.
    links: Links,
    /// Whether nobody is at a step.
    resting: bool,
}

impl Crew {
    /// So many workers, at least one, at a training of a text.
    ///
    /// # Errors
    /// Why they cannot begin, as a sentence.
    pub(crate) async fn begin(
        pool: &mut Pool,
        checkpoint: Checkpoint,
        text: &str,
        workers: usize,
    ) -> Result<Self, String> {
        let links = match workers {
            0 | 1 => vec![None],
            _ => gather(pool, &checkpoint, text, workers).await?,
        };
        let ids = Ids::encode(&checkpoint.weights.vocab, text);
        let share = Share::new(0, links.len()).unwrap_or(Share::ALL);
        let training = Training::replica(checkpoint, &ids, share, &device::open().await?);
        let mut crew = Self { training: training.map_err(|error| said(&error))?, links, resting: true };
        for link in crew.links.iter_mut().flatten() {
            match link.hear().await? {
                Answer::Ready => {}
                answer => return Err(unexpected(answer)),
            }
        }
        Ok(crew)
    }

    /// How many take part.
    pub(crate) fn workers(&self) -> usize {
        self.links.len()
    }

    /// What this worker trains.
    pub(crate) fn training(&self) -> &Training {
        &self.training
    }

    /// The seconds that the training has taken so far.
    pub(crate) fn set_secs(&mut self, secs: f64) {
        self.training.set_secs(secs);
    }

    /// Steps of all epochs so far.
    pub(crate) fn steps_done(&self) -> usize {
        let position = self.training.position();
        position.epoch * self.training.steps() + position.step
    }

    /// Whether nobody is at a step, so that all can be asked for something else.
    pub(crate) fn is_resting(&self) -> bool {
        self.resting
    }

    /// Takes the epoch's next step, of which there must be one; all rest after it if `rest` says so, or if it was the last.
    /// Returns its learning rate.
    ///
    /// # Errors
    /// Why it cannot be taken, as a sentence.
    pub(crate) async fn step(&mut self, rest: bool) -> Result<f64, String> {
        if self.workers() == 1 {
            return Ok(self.training.step_next());
        }
        if self.resting {
            self.order(&Order::Steps)?;
            self.resting = false;
        }
        let rest = rest || self.training.position().step + 1 >= self.training.steps();
        let mut part = self.training.part_next().await.map_err(|error| said(&error))?;
        part.push(f32::from(u8::from(rest)));
        let mut sum = exchange(&mut self.links, part).await?;
        sum.pop();
        let rate = self.training.take_next(&sum).map_err(|error| said(&error))?;
        self.resting = rest;
        Ok(rate)
    }

    /// Adds the losses of the last steps to the position.
    ///
    /// # Errors
    /// If a loss is no longer a number, as a sentence.
    pub(crate) async fn read_losses(&mut self) -> Result<(), String> {
        self.training.read_losses().await.map_err(|error| said(&error))
    }

    /// Begins to validate; all must be resting. Whoever asks takes this worker's steps and then
    /// [ends the epoch](Self::end_epoch) or [gives up](Self::give_up).
    ///
    /// # Errors
    /// If another worker cannot be reached, as a sentence.
    pub(crate) fn validate(&self) -> Result<Validation, String> {
        self.order(&Order::Validate)?;
        Ok(self.training.validation())
    }

    /// Gives up a validation that was begun.
    ///
    /// # Errors
    /// If another worker cannot be reached, as a sentence.
    pub(crate) async fn give_up(&mut self) -> Result<(), String> {
        self.order(&Order::GiveUp)?;
        self.validated().await?;
        Ok(())
    }

    /// Ends the epoch with this worker's part of the validation and the others'. `secs` gives the seconds that the training
    /// has taken by the time it is asked.
    ///
    /// # Errors
    /// If a loss is no longer a number, or if a worker is gone, as a sentence.
    pub(crate) async fn end_epoch(
        &mut self,
        validation: &Validation,
        secs: impl Fn() -> f64,
    ) -> Result<FinishedEpoch, String> {
        let mut losses = validation.losses();
        for other in self.validated().await? {
            losses += other;
        }
        let (Losses { sum, count }, secs) = (losses, secs());
        self.order(&Order::EndEpoch { sum, count: count as f64, secs })?;
        self.training.end_epoch(losses, secs).await.map_err(|error| said(&error))
    }

    /// What the others' validations came to.
    async fn validated(&mut self) -> Result<Vec<Losses>, String> {
        let mut losses = Vec::new();
        for link in self.links.iter_mut().flatten() {
            match link.hear().await? {
                Answer::Validated { sum, count } => losses.push(Losses { sum, count: count as usize }),
                answer => return Err(unexpected(answer)),
            }
        }
        Ok(losses)
    }

    /// The weights as they are shipped.
    ///
    /// # Errors
    /// If they cannot be read, as a sentence.
    pub(crate) async fn shipped(&self) -> Result<Weights, String> {
        self.training.shipped().await.map_err(|error| said(&error))
    }

    /// Everything needed to go on, with however many workers; all must be resting.
    ///
    /// # Errors
    /// If something is no longer a number, or if a worker is gone, as a sentence.
    pub(crate) async fn checkpoint(&mut self) -> Result<Checkpoint, String> {
        self.order(&Order::Carry)?;
        let mut checkpoint = self.training.checkpoint().await.map_err(|error| said(&error))?;
        for link in self.links.iter_mut().flatten() {
            match link.hear().await? {
                Answer::Carried { state } => {
                    let rows =
                        state.into_iter().map(|Carried { hidden, cell }| [hidden.to_vec(), cell.to_vec()]);
                    checkpoint.add_rows(rows.collect());
                }
                answer => return Err(unexpected(answer)),
            }
        }
        Ok(checkpoint)
    }

    /// The training is over; all must be resting. The workers are there for the next.
    ///
    /// # Errors
    /// If another worker cannot be reached, as a sentence.
    pub(crate) fn end(self) -> Result<(), String> {
        self.order(&Order::End)
    }

    fn order(&self, order: &Order) -> Result<(), String> {
        self.links.iter().flatten().try_for_each(|link| link.send(order))
    }
}

/// Has others take part in a training; the lines to them.
async fn gather(
    pool: &mut Pool,
    checkpoint: &Checkpoint,
    text: &str,
    workers: usize,
) -> Result<Links, String> {
    let members = pool.members(workers - 1).await?;
    let bytes = checkpoint.to_bytes().map_err(|error| format!("{error}."))?;
    let mut ports = lines(workers)?;
    let mut others = ports.split_off(1);
    let own = ports.pop().unwrap_or_default();
    let links: Links = own.into_iter().map(|port| port.map(Link::new)).collect();
    for (index, (member, ports)) in members.iter().zip(&mut others).enumerate() {
        // If one breaks down, whoever waits for any of them would wait for ever.
        member.watch(links.iter().flatten().map(Link::breaker).collect());
        let join = Join {
            index: index as u32 + 1,
            checkpoint: Uint8Array::from(bytes.as_slice()),
            text: Uint8Array::from(text.as_bytes()),
            ports: ports
                .iter()
                .map(|port| port.as_ref().map_or(JsValue::NULL, JsValue::from))
                .collect::<Array>(),
        };
        member.join(join, ports)?;
    }
    Ok(links)
}

/// A line between any two of so many workers: every worker's ports, in the order of those they lead to.
fn lines(workers: usize) -> Result<Vec<Vec<Option<MessagePort>>>, String> {
    let mut ports: Vec<Vec<Option<MessagePort>>> = Vec::new();
    for worker in 0..workers {
        let mut own = Vec::new();
        for other in &mut ports {
            let line = MessageChannel::new()
                .map_err(|_| "This browser has no lines between workers; train with one.".to_owned())?;
            own.push(Some(line.port1()));
            other[worker] = Some(line.port2());
        }
        own.resize(workers, None);
        ports.push(own);
    }
    Ok(ports)
}

fn unexpected(answer: Answer) -> String {
    match answer {
        Answer::Failed { message } => message,
        _ => "A worker of the training answered something else than it was asked; go on from the last checkpoint.".to_owned(),
    }
}
