//! A worker that is not the first: it does as the first says.

use training::{Checkpoint, Ids, Losses, Share, Training};
use wasm_bindgen::JsCast;
use web::messages::learner::Join;

use super::{
    exchange::{Links, exchange},
    link::Link,
    message::{Answer, Carried, Order},
};
use crate::{device, refusal::said, turn::Turns};

/// Takes part in a training until it is over.
pub(crate) async fn work(join: Join) {
    let index = join.index as usize;
    let mut links: Links = join.ports.iter().map(|port| port.dyn_into().ok().map(Link::new)).collect();
    if let Err(message) = serve(&mut links, index, &join).await
        && let Some(Some(first)) = links.first()
    {
        // If it is gone too, nobody is left to be told.
        let _ = first.send(&Answer::Failed { message });
    }
}

/// The line to the first worker.
fn first(links: &mut Links) -> Result<&mut Link, String> {
    let first = links.first_mut().and_then(Option::as_mut);
    first.ok_or_else(|| "A worker of the training was not told whose it is; reload the page.".to_owned())
}

async fn serve(links: &mut Links, index: usize, join: &Join) -> Result<(), String> {
    let checkpoint = Checkpoint::from_bytes(&join.checkpoint.to_vec())
        .map_err(|error| format!("A worker's checkpoint {error}."))?;
    let text = String::from_utf8(join.text.to_vec()).unwrap_or_default();
    let ids = Ids::encode(&checkpoint.weights.vocab, &text);
    drop(text);
    let share = Share::new(index, links.len()).unwrap_or(Share::ALL);
    let mut training =
        Training::replica(checkpoint, &ids, share, &device::open().await?).map_err(|error| said(&error))?;
    first(links)?.send(&Answer::Ready)?;
    loop {
        match first(links)?.hear().await? {
            Order::Steps => steps(links, &mut training).await?,
            Order::Validate => validate(first(links)?, &training).await?,
            // It came when all was validated already.
            Order::GiveUp => {}
            Order::EndEpoch { sum, count, secs } => {
                let losses = Losses { sum, count: count as usize };
                training.end_epoch(losses, secs).await.map_err(|error| said(&error))?;
            }
            Order::Carry => {
                let state = training.carried().await.map_err(|error| said(&error))?;
                let state = state.iter().map(|[hidden, cell]| Carried {
                    hidden: hidden.as_slice().into(),
                    cell: cell.as_slice().into(),
                });
                first(links)?.send(&Answer::Carried { state: state.collect() })?;
            }
            Order::End => return Ok(()),
        }
    }
}

async fn steps(links: &mut Links, training: &mut Training) -> Result<(), String> {
    loop {
        let mut part = training.part_next().await.map_err(|error| said(&error))?;
        // Whether to rest is the first worker's to say.
        part.push(0.0);
        let mut sum = exchange(links, part).await?;
        let rest = sum.pop().is_some_and(|rest| rest > 0.0);
        training.take_next(&sum).map_err(|error| said(&error))?;
        if training.are_losses_due() {
            training.read_losses().await.map_err(|error| said(&error))?;
        }
        if rest {
            return Ok(());
        }
    }
}

async fn validate(first: &mut Link, training: &Training) -> Result<(), String> {
    let mut validation = training.validation();
    let mut turns = Turns::default();
    while !validation.is_complete() {
        turns.take().await;
        if let Some(Order::GiveUp) = first.heard() {
            break;
        }
        validation.step_next().await.map_err(|error| said(&error))?;
    }
    let Losses { sum, count } = validation.losses();
    first.send(&Answer::Validated { sum, count: count as f64 })
}
