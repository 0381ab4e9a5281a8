//! The page's side of the engine: a worker and what it says.

use wasm_bindgen::JsCast;
use web::{
    FromEngine, ToEngine,
    dom::{Result, on, text_of},
    words::words,
};
use web_sys::{ErrorEvent, MessageEvent, Worker};

/// What the page knows of the engine.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum State {
    /// Looking for an adapter, loading the program or the weights.
    Loading,
    /// Ready to write.
    Ready {
        /// Speed of a warm block.
        chars_per_second: f64,
    },
    /// Not to be had, and why.
    Absent(String),
}

/// Starts the engine. `on_message` hears everything it says, also that it broke down.
pub(crate) fn spawn(on_message: impl FnMut(FromEngine) + Clone + 'static) -> Result<Worker> {
    let worker = Worker::new("./engine_loader.js")
        .map_err(|error| words("no-worker", &[("error", &text_of(&error))]))?;
    let mut heard = on_message.clone();
    on(&worker, "message", move |event| {
        let data = event.unchecked_ref::<MessageEvent>().data();
        heard(serde_wasm_bindgen::from_value(data).unwrap_or_else(|error| FromEngine::Failed {
            message: words("engine-unknown", &[("error", &error.to_string())]),
        }));
    });
    let mut heard = on_message;
    on(&worker, "error", move |event| {
        let message = event.dyn_ref::<ErrorEvent>().map(ErrorEvent::message).unwrap_or_default();
        heard(FromEngine::Failed { message: words("engine-broke", &[("error", &message)]) });
    });
    Ok(worker)
}

/// Sends the engine a message.
pub(crate) fn post(worker: &Worker, message: &ToEngine) -> Result<()> {
    let value = serde_wasm_bindgen::to_value(message).map_err(|error| error.to_string())?;
    worker.post_message(&value).map_err(|error| words("engine-gone", &[("error", &text_of(&error))]))
}
