//! Loading weights and writing scripts on the device.

use std::{
    cell::Cell,
    future::{Future, poll_fn},
    pin::Pin,
    task::Poll,
};

use burn::tensor::{Device, Int, Tensor};
use futures_util::future::{LocalBoxFuture, MaybeDone, maybe_done};
use model::{BlockGenerator, Draw, Request};
use web::{
    dom::now,
    messages::{Engine, FromEngine, Ids, Job},
    read_weights,
    worker::reply,
};

use crate::device;

/// Most characters of a script's first block: the sooner it is there, the sooner something is to be seen.
const MAX_FIRST_BLOCK: u32 = 8;
/// Characters that are written to find the device's speed.
const MEASURED: u32 = 4;
/// Most characters of a block.
const MAX_BLOCK: u32 = 1024;
/// Time one block should take: short enough to stream and to stop, long enough to hide the way back.
const BLOCK_MILLISECONDS: f64 = 40.0;

const NO_WEIGHTS: &str = "the engine has no weights yet; wait until they are loaded";

/// A model on the device.
pub(crate) struct Loaded {
    blocks: BlockGenerator,
    /// How long a step took the last time.
    step_milliseconds: f64,
}

impl Loaded {
    /// Characters a second of one row.
    pub(crate) fn chars_per_second(&self) -> f64 {
        1000.0 / self.step_milliseconds
    }

    /// How many steps fill a block.
    fn block_length(&self) -> u32 {
        (BLOCK_MILLISECONDS / self.step_milliseconds) as u32
    }
}

/// Puts weights on the device, and compiles the kernel by writing a little.
pub(crate) async fn load(device: &mut Option<Device>, file: &[u8], bare: bool) -> Result<Loaded, String> {
    let weights = read_weights(file, bare)?;
    let device = match device {
        Some(device) => device,
        None => device.insert(device::open().await?),
    };
    let mut blocks = BlockGenerator::new(&weights, device).map_err(|error| error.to_string())?;
    // With a prompt of two, so that what reads prompts has run too.
    let row = Request {
        prompt: vec![0, 0],
        draw: Draw::Logits,
        temperature: 1.0,
        top_k: 0,
        top_p: 1.0,
        length: 1 + MEASURED,
        written: 0,
        seed: 0,
        row: 0,
    };
    blocks.begin(&[row]);
    read_ids(blocks.block(1)).await?;
    let start = now();
    read_ids(blocks.block(MEASURED)).await?;
    let step_milliseconds = (now() - start).max(0.01) / f64::from(MEASURED);
    Ok(Loaded { blocks, step_milliseconds })
}

/// Writes a script, block by block: while one block's ids come back the next is already under way.
pub(crate) async fn generate(
    loaded: Option<&mut Loaded>,
    job: Job,
    stopped: &Cell<u32>,
) -> Result<(), String> {
    let loaded = loaded.ok_or(NO_WEIGHTS)?;
    let (job, requests) = (job.job, job.into_requests());
    loaded.blocks.begin(&requests);
    let mut left = requests.first().map_or(0, |row| row.length.saturating_sub(row.written));
    let mut steps = loaded.block_length().clamp(1, MAX_FIRST_BLOCK);
    let mut pending: Option<Pending> = None;
    let mut last = now();
    while stopped.get() < job && (left > 0 || pending.is_some()) {
        let length = steps.min(left);
        left -= length;
        let next = if length > 0 { Some(Pending::queue(&mut loaded.blocks, length).await) } else { None };
        if let Some(block) = std::mem::replace(&mut pending, next) {
            let length = block.length;
            let ids = block.ids().await?;
            loaded.step_milliseconds = (now() - last).max(0.01) / f64::from(length);
            // At most doubled, so that one lucky block does not make the next a long one.
            steps = loaded.block_length().clamp(1, (steps * 2).min(MAX_BLOCK));
            last = now();
            if stopped.get() < job {
                let rows = requests.len();
                let text = |row| Ids(ids.iter().copied().skip(row).step_by(rows).collect());
                reply::<Engine>(&FromEngine::Block { job, texts: (0..rows).map(text).collect() });
            }
        }
    }
    // What is under way is waited for: given up, its buffer would go to the next job while it is still being read, which
    // the browser refuses.
    if let Some(block) = pending {
        block.ids().await?;
    }
    reply::<Engine>(&FromEngine::Done { job });
    Ok(())
}

/// Reads a text and sends the logits after it.
pub(crate) async fn check(loaded: Option<&mut Loaded>, ids: &[u32]) -> Result<(), String> {
    let loaded = loaded.ok_or(NO_WEIGHTS)?;
    let data = loaded.blocks.read(ids).into_data_async().await;
    let logits = data.map_err(lost)?.iter::<f32>().collect();
    reply::<Engine>(&FromEngine::Logits { logits });
    Ok(())
}

/// A block's ids, on their way.
type IdsOnTheirWay = LocalBoxFuture<'static, Result<Vec<u32>, String>>;

/// A block under way.
struct Pending {
    ids: Pin<Box<MaybeDone<IdsOnTheirWay>>>,
    length: u32,
}

impl Pending {
    /// Sends a block and the copy of its ids off to the device: a future that nobody asks does nothing.
    async fn queue(blocks: &mut BlockGenerator, length: u32) -> Self {
        let read: IdsOnTheirWay = Box::pin(read_ids(blocks.block(length)));
        let mut ids = Box::pin(maybe_done(read));
        poll_fn(|context| {
            let _ = ids.as_mut().poll(context);
            Poll::Ready(())
        })
        .await;
        Self { ids, length }
    }

    /// The ids `[steps, rows]`, once they are there.
    async fn ids(mut self) -> Result<Vec<u32>, String> {
        self.ids.as_mut().await;
        self.ids.as_mut().take_output().unwrap_or_else(|| Ok(Vec::new()))
    }
}

/// Waits for a block's ids `[steps, rows]`.
async fn read_ids(ids: Tensor<2, Int>) -> Result<Vec<u32>, String> {
    let data = ids.into_data_async().await.map_err(lost)?;
    Ok(data.iter::<i32>().map(|id| id as u32).collect())
}

fn lost(error: impl std::fmt::Debug) -> String {
    format!("the WebGPU device was lost ({error:?}); the CPU goes on")
}
