//! Loading weights and writing scripts on the device.

use std::cell::Cell;

use burn::tensor::{Device, Int, Tensor};
use model::{BlockGenerator, CharLstm, Weights, uniform};
use web::{FromEngine, Job};

use crate::{device, send};

/// Steps of the first block; later ones grow and shrink with the device's speed.
const FIRST_BLOCK: u32 = 8;
/// Longest block.
const LONGEST_BLOCK: u32 = 128;
/// Time one block should take: short enough to stream, long enough to hide the way back.
const BLOCK_MILLISECONDS: f64 = 60.0;

/// Puts weights on the device and compiles the kernels by writing a little.
pub(crate) async fn load(device: &mut Option<Device>, file: &[u8]) -> Result<(BlockGenerator, f64), String> {
    let weights = Weights::from_bytes(file).map_err(|error| error.to_string())?;
    let device = match device {
        Some(device) => device,
        None => device.insert(device::open().await?),
    };
    let mut generator = BlockGenerator::new(CharLstm::new(&weights, device), device);
    let uniforms = [0.5; FIRST_BLOCK as usize];
    generator.begin(&[0, 0], 1);
    for temperature in [0.0, 1.0] {
        read_ids(generator.block(&uniforms, temperature)).await?;
    }
    let start = js_sys::Date::now();
    read_ids(generator.block(&uniforms, 1.0)).await?;
    let seconds = (js_sys::Date::now() - start).max(1.0) / 1000.0;
    Ok((generator, f64::from(FIRST_BLOCK) / seconds))
}

/// Writes a script, block by block: while one block's ids come back the next is already queued.
pub(crate) async fn generate(
    generator: Option<&mut BlockGenerator>,
    job: &Job,
    stopped: &Cell<u32>,
) -> Result<(), String> {
    let generator = generator.ok_or("the engine has no weights yet; wait until they are loaded")?;
    let rows = job.rows.max(1);
    generator.begin(&job.prompt, rows as usize);
    let mut queued = 0;
    let mut steps = FIRST_BLOCK;
    let mut pending = None;
    let mut last = js_sys::Date::now();
    while stopped.get() < job.job {
        let next = steps.min(job.length - queued);
        let block = (next > 0).then(|| {
            let uniforms: Vec<f32> = (queued..queued + next)
                .flat_map(|step| (0..rows).map(move |row| uniform(job.seed, row, step)))
                .collect();
            queued += next;
            (generator.block(&uniforms, job.temperature), next)
        });
        let Some((ids, length)) = std::mem::replace(&mut pending, block) else {
            if pending.is_none() {
                break;
            }
            continue;
        };
        let ids = read_ids(ids).await?;
        let now = js_sys::Date::now();
        let per_step = (now - last).max(0.1) / f64::from(length);
        last = now;
        let wanted = (BLOCK_MILLISECONDS / per_step) as u32;
        // At most doubled, so that one lucky block does not make the next a long one.
        steps = wanted.clamp(1, (steps * 2).min(LONGEST_BLOCK));
        if stopped.get() < job.job {
            send(&FromEngine::Block { job: job.job, ids });
        }
    }
    send(&FromEngine::Done { job: job.job });
    Ok(())
}

/// Reads a text and sends the logits after it.
pub(crate) async fn check(generator: Option<&mut BlockGenerator>, ids: &[u32]) -> Result<(), String> {
    let generator = generator.ok_or("the engine has no weights yet; wait until they are loaded")?;
    let data = generator.read(ids).into_data_async().await;
    let logits = data.map_err(lost)?.iter::<f32>().collect();
    send(&FromEngine::Logits { logits });
    Ok(())
}

/// Waits for a block's ids `[steps, rows]`.
async fn read_ids(ids: Tensor<2, Int>) -> Result<Vec<u32>, String> {
    let data = ids.into_data_async().await.map_err(lost)?;
    Ok(data.iter::<i32>().map(|id| id as u32).collect())
}

fn lost(error: impl std::fmt::Debug) -> String {
    format!("the WebGPU device was lost ({error:?}); the CPU goes on")
}
