//! A line between two workers of a crew.

use futures_channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use futures_util::StreamExt;
use js_sys::{Array, Float32Array};
use serde::{Serialize, de::DeserializeOwned};
use wasm_bindgen::{JsCast, JsValue, prelude::Closure};
use web_sys::{MessageEvent, MessagePort};

/// Why nothing comes any more, as a sentence.
pub(super) type Heard = Result<JsValue, String>;

/// A line to another worker: a port, and what has come through it.
#[derive(Debug)]
pub(super) struct Link {
    port: MessagePort,
    heard: UnboundedReceiver<Heard>,
    sender: UnboundedSender<Heard>,
    /// Keeps listening for as long as there is the line.
    _listener: Closure<dyn FnMut(MessageEvent)>,
}

impl Link {
    /// Listens at a port.
    pub(super) fn new(port: MessagePort) -> Self {
        let (sender, heard) = unbounded();
        let said = sender.clone();
        let listener = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            // Whoever no longer listens has closed the port.
            let _ = said.unbounded_send(Ok(event.data()));
        });
        port.set_onmessage(Some(listener.as_ref().unchecked_ref()));
        Self { port, heard, sender, _listener: listener }
    }

    /// Has whoever waits here hear that nothing will come, and why.
    pub(super) fn breaker(&self) -> UnboundedSender<Heard> {
        self.sender.clone()
    }

    /// Sends a message of the crew's.
    ///
    /// # Errors
    /// The browser's reason.
    pub(super) fn send(&self, message: &impl Serialize) -> Result<(), String> {
        let sent = serde_wasm_bindgen::to_value(message).map_err(JsValue::from);
        sent.and_then(|message| self.port.post_message(&message)).map_err(|error| unsent(&error))
    }

    /// Sends numbers, which are moved rather than copied once more.
    ///
    /// # Errors
    /// The browser's reason.
    pub(super) fn give(&self, numbers: &[f32]) -> Result<(), String> {
        let numbers = Float32Array::from(numbers);
        let moved = Array::of1(&numbers.buffer());
        self.port.post_message_with_transferable(&numbers, &moved).map_err(|error| unsent(&error))
    }

    /// What comes next.
    ///
    /// # Errors
    /// Why nothing comes.
    async fn next(&mut self) -> Heard {
        self.heard.next().await.unwrap_or_else(|| Err(lost()))
    }

    /// The next message of the crew's.
    ///
    /// # Errors
    /// Why there is none.
    pub(super) async fn hear<T: DeserializeOwned>(&mut self) -> Result<T, String> {
        serde_wasm_bindgen::from_value(self.next().await?).map_err(|_| misunderstood())
    }

    /// A message of the crew's, if one has come.
    pub(super) fn heard<T: DeserializeOwned>(&mut self) -> Option<T> {
        serde_wasm_bindgen::from_value(self.heard.try_recv().ok()?.ok()?).ok()
    }

    /// The next numbers.
    ///
    /// # Errors
    /// Why there are none.
    pub(super) async fn take(&mut self) -> Result<Float32Array, String> {
        self.next().await?.dyn_into().map_err(|_| misunderstood())
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.port.set_onmessage(None);
        self.port.close();
    }
}

fn lost() -> String {
    "The other workers of the training are gone; go on from the last checkpoint.".to_owned()
}

fn misunderstood() -> String {
    "The workers of the training did not understand one another; reload the page and go on from the last checkpoint.".to_owned()
}

fn unsent(error: &JsValue) -> String {
    let reason = web::dom::text_of(error);
    format!(
        "The workers of the training cannot reach one another ({reason}); go on from the last checkpoint."
    )
}
