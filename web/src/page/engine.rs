//! The page's side of the engine and of its scribes: workers and what they say.

use std::rc::Rc;

use js_sys::Object;
use wasm_bindgen::JsCast;
use web::{
    FromEngine, ToEngine,
    dom::{Result, on, set_property, text_of},
    words::{word, words},
    worker,
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
pub(crate) fn spawn(heard: impl Fn(FromEngine) + 'static) -> Result<Worker> {
    start("./engine_loader.js", &Object::new(), Rc::new(move |_, message| heard(message)))
}

/// Starts a scribe: the page's own program, in a worker. `heard` gets the worker with each message.
pub(crate) fn spawn_scribe(heard: impl Fn(&Worker, FromEngine) + 'static) -> Result<Worker> {
    let options = Object::new();
    set_property(&options, "type", &"module".into());
    start("./start.js", &options, Rc::new(heard))
}

/// Who hears what a worker says.
type Heard = Rc<dyn Fn(&Worker, FromEngine)>;

fn start(program: &str, options: &Object, heard: Heard) -> Result<Worker> {
    let worker = worker::start(program, options)?;
    let (hear, this) = (heard.clone(), worker.clone());
    on(&worker, "message", move |event| {
        let data = event.unchecked_ref::<MessageEvent>().data();
        let unknown = || FromEngine::Failed { message: word("engine-unknown") };
        hear(&this, FromEngine::from_js(data).unwrap_or_else(unknown));
    });
    let this = worker.clone();
    on(&worker, "error", move |event| {
        let message = event.dyn_ref::<ErrorEvent>().map(ErrorEvent::message).unwrap_or_default();
        heard(&this, FromEngine::Failed { message: words("engine-broke", &[("error", &message)]) });
    });
    Ok(worker)
}

/// Sends the engine a message.
pub(crate) fn post(worker: &Worker, message: &ToEngine) -> Result<()> {
    worker
        .post_message(&message.to_js())
        .map_err(|error| words("engine-gone", &[("error", &text_of(&error))]))
}
