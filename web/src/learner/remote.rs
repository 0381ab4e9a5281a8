//! The program that trains on WebGPU, in a worker of its own, as this one knows it.

use futures_channel::mpsc::{UnboundedReceiver, unbounded};
use futures_util::StreamExt;
use wasm_bindgen::{JsCast, JsValue, prelude::Closure};
use web::{
    dom::text_of,
    messages::learner::{FromLearner, ToLearner},
};
use web_sys::{ErrorEvent, Event, MessageEvent, Worker};

use crate::spawn::spawn;

/// Its name.
const PROGRAM: &str = "learner-gpu";

/// The program in its worker, which goes with this.
#[derive(Debug)]
pub(crate) struct Remote {
    worker: Worker,
    heard: UnboundedReceiver<Result<FromLearner, String>>,
    _listeners: [Closure<dyn FnMut(Event)>; 2],
}

impl Remote {
    /// Starts it, and waits until it runs.
    ///
    /// # Errors
    /// The browser's reason.
    pub(crate) async fn start() -> Result<Self, String> {
        let worker = spawn(PROGRAM).map_err(|error| text_of(&error))?;
        let (said, heard) = unbounded();
        let broke = said.clone();
        let message = Closure::<dyn FnMut(Event)>::new(move |event: Event| {
            let data = event.unchecked_ref::<MessageEvent>().data();
            let message = serde_wasm_bindgen::from_value(data);
            // Who no longer listens has ended the worker.
            let _ = said.unbounded_send(message.map_err(|_| "it said something unknown".to_owned()));
        });
        let error = Closure::<dyn FnMut(Event)>::new(move |event: Event| {
            // It is told here; the page need not hear of it as well.
            event.prevent_default();
            let reason = event.dyn_ref::<ErrorEvent>().map(ErrorEvent::message).unwrap_or_default();
            let _ = broke.unbounded_send(Err(reason));
        });
        worker.set_onmessage(Some(message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(error.as_ref().unchecked_ref()));
        let mut remote = Self { worker, heard, _listeners: [message, error] };
        match remote.next().await? {
            FromLearner::Started => Ok(remote),
            FromLearner::Failed { message } => Err(message),
            _ => Err("it did not begin by saying so".to_owned()),
        }
    }

    /// Tells it something.
    ///
    /// # Errors
    /// The browser's reason.
    pub(crate) fn send(&self, message: &ToLearner) -> Result<(), String> {
        let message = serde_wasm_bindgen::to_value(message).map_err(JsValue::from);
        message.and_then(|message| self.worker.post_message(&message)).map_err(|error| text_of(&error))
    }

    /// What it says next.
    ///
    /// # Errors
    /// Why it broke down.
    pub(crate) async fn next(&mut self) -> Result<FromLearner, String> {
        self.heard.next().await.unwrap_or_else(|| Err(String::new()))
    }
}

impl Drop for Remote {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}
