//! Programs in workers: the one door for starting them, on the page's side, and for serving, on theirs. What passes it is
//! typed, and is checked on its way in.

use std::{marker::PhantomData, rc::Rc};

use js_sys::{Array, Function, Object, Reflect};
use serde::{Serialize, de::DeserializeOwned};
use wasm_bindgen::{JsCast, JsValue, prelude::Closure};
use web_sys::{DedicatedWorkerGlobalScope, ErrorEvent, MessageEvent, Worker};

use crate::{
    dom::{self, on, property, set_property, text_of},
    words::words,
};

/// A program that runs in a worker, and the messages that it speaks.
pub trait Program: 'static {
    /// From the page to the program.
    type Request: Serialize + DeserializeOwned;
    /// From the program to the page.
    type Reply: Serialize + DeserializeOwned;
    /// The script that the worker begins with.
    const SCRIPT: &'static str;
    /// If that script is a module, the program's name, by which the script finds it.
    const MODULE: Option<&'static str>;
}

/// What came from a worker and is no message of its program's.
#[derive(Debug)]
pub enum Fault {
    /// A message that the page does not know.
    Unknown,
    /// The program could not be loaded or broke down: the browser's reason.
    Broken(String),
}

/// A program in a worker, as the page sees it.
#[derive(Debug)]
pub struct Remote<P> {
    worker: Worker,
    program: PhantomData<P>,
}

impl<P> Clone for Remote<P> {
    fn clone(&self) -> Self {
        Self { worker: self.worker.clone(), program: PhantomData }
    }
}

impl<P: Program> Remote<P> {
    /// Starts the program; `heard` gets all that it says, and whom to answer.
    ///
    /// # Errors
    /// If the browser has no workers, or refuses this one.
    pub fn start(heard: impl Fn(&Self, Result<P::Reply, Fault>) + 'static) -> dom::Result<Self> {
        let remote = Self { worker: start(P::SCRIPT, P::MODULE)?, program: PhantomData };
        let heard = Rc::new(heard);
        let (this, hear) = (remote.clone(), heard.clone());
        on(&remote.worker, "message", move |event| {
            let message = event.unchecked_ref::<MessageEvent>().data();
            hear(&this, serde_wasm_bindgen::from_value(message).map_err(|_| Fault::Unknown));
        });
        let this = remote.clone();
        on(&remote.worker, "error", move |event| {
            // It is heard here; otherwise it would be an error of the page's, too, that nobody caught.
            event.prevent_default();
            let reason = event.dyn_ref::<ErrorEvent>().map(ErrorEvent::message).unwrap_or_default();
            heard(&this, Err(Fault::Broken(reason)));
        });
        Ok(remote)
    }

    /// Sends the program a message.
    ///
    /// # Errors
    /// The browser's reason why it cannot be sent.
    pub fn send(&self, request: &P::Request) -> dom::Result<()> {
        let sent = serde_wasm_bindgen::to_value(request)
            .map_err(JsValue::from)
            .and_then(|message| self.worker.post_message(&message));
        sent.map_err(|error| words("engine-gone", &[("error", &text_of(&error))]))
    }

    /// Ends the program, whatever it is at.
    pub fn end(&self) {
        self.worker.terminate();
    }
}

fn start(script: &str, module: Option<&str>) -> dom::Result<Worker> {
    let options = Object::new();
    if let Some(name) = module {
        set_property(&options, "type", &"module".into());
        set_property(&options, "name", &name.into());
    }
    let refused = |error: JsValue| words("no-worker", &[("error", &text_of(&error))]);
    let constructor: Function = property(&js_sys::global(), "Worker").dyn_into().map_err(refused)?;
    // A program of another version would not understand what it is told.
    let version = dom::root()?.get_attribute("data-version").unwrap_or_default();
    let address = [script, "?v=", &version].concat();
    Reflect::construct(&constructor, &Array::of2(&address.into(), &options))
        .and_then(JsValue::dyn_into)
        .map_err(refused)
}

/// In a worker: has the page's messages handled from now on. `None` stands for one that is none of the program's.
pub fn serve<P: Program>(mut handle: impl FnMut(Option<P::Request>) + 'static) {
    let handle = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        handle(serde_wasm_bindgen::from_value(event.data()).ok());
    });
    scope().set_onmessage(Some(handle.as_ref().unchecked_ref()));
    handle.forget();
}

/// In a worker: sends the page a message.
pub fn reply<P: Program>(message: &P::Reply) {
    if let Ok(message) = serde_wasm_bindgen::to_value(message) {
        // Posting a plain value to the page cannot fail while the page is there.
        let _ = scope().post_message(&message);
    }
}

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}
