//! How many workers are fastest.

use training::Checkpoint;
use web::dom::property;

use super::{Crew, Pool};
use crate::clock::now_secs;

/// Steps that are timed, after one that is not.
const STEPS: usize = 3;
/// A crew twice as large has to be faster by so much.
const GAIN: f64 = 1.1;

/// How many workers this device can have at once.
fn most() -> usize {
    let navigator = property(&js_sys::global(), "navigator");
    let threads = property(&navigator, "hardwareConcurrency").as_f64().unwrap_or(1.0);
    threads as usize
}

/// The number of workers that is fastest, of one, two, four and so on up to what the device has: a few steps of a training
/// with each, which is not gone on with. Also the seconds that a step takes then.
///
/// # Errors
/// If not even one can train, as a sentence.
pub(crate) async fn fastest(
    pool: &mut Pool,
    checkpoint: &Checkpoint,
    text: &str,
) -> Result<(usize, f64), String> {
    let rows = checkpoint.recipe.batch;
    let (mut best, mut best_secs) = (1, step_secs(pool, checkpoint, text, 1).await?);
    let mut workers = 2;
    while workers <= most().min(rows) {
        // A browser that has no second worker trains with one.
        let Ok(secs) = step_secs(pool, checkpoint, text, workers).await else {
            pool.end();
            break;
        };
        if secs * GAIN > best_secs {
            break;
        }
        (best, best_secs) = (workers, secs);
        workers *= 2;
    }
    Ok((best, best_secs))
}

/// Seconds that a step takes with so many workers: the fastest of a few.
pub(crate) async fn step_secs(
    pool: &mut Pool,
    checkpoint: &Checkpoint,
    text: &str,
    workers: usize,
) -> Result<f64, String> {
    let mut crew = Crew::begin(pool, checkpoint.clone(), text, workers).await?;
    let mut fastest = f64::INFINITY;
    for step in 0..=STEPS {
        if crew.training().is_epoch_complete() {
            break;
        }
        let since = now_secs();
        crew.step(step == STEPS).await?;
        // Not every device has taken the step by now.
        crew.read_losses().await?;
        if step > 0 || crew.training().steps() == 1 {
            fastest = fastest.min(now_secs() - since);
        }
    }
    crew.end()?;
    Ok(fastest)
}
