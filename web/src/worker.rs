//! Programs in workers: the one door for starting them, on the page's side, and for serving, on theirs. What passes it is
//! typed, and is checked on its way in.

use std::{marker::PhantomData, rc::Rc};

use js_sys::{Array, Function, Object, Reflect};
use serde::{Serialize, de::DeserializeOwned};
use wasm_bindgen::{JsCast, JsValue, prelude::Closure};
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent, Worker};

pub use crate::watched::Awaited;
use crate::{
    dom::{self, property, set_property, text_of},
    watched::Watched,
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
    /// The program could not be loaded, broke down or has fallen silent: the reason.
    Broken(String),
}

/// A program in a worker, as the page sees it.
pub struct Remote<P> {
    watched: Rc<Watched>,
    program: PhantomData<P>,
}

impl<P> Clone for Remote<P> {
    fn clone(&self) -> Self {
        Self { watched: self.watched.clone(), program: PhantomData }
    }
}

impl<P: Program> Remote<P> {
    /// Starts the program; `heard` gets all that it says, and whom to answer.
    ///
    /// # Errors
    /// If the browser has no workers, or refuses this one.
    pub fn start(heard: impl Fn(&Self, Result<P::Reply, Fault>) + 'static) -> dom::Result<Self> {
        let hear = move |watched: &Rc<Watched>, said: Result<JsValue, String>| {
            let said = said
                .map_err(Fault::Broken)
                .and_then(|message| serde_wasm_bindgen::from_value(message).map_err(|_| Fault::Unknown));
            heard(&Self { watched: watched.clone(), program: PhantomData }, said);
        };
        let watched = Watched::new(start(P::SCRIPT, P::MODULE)?, Box::new(hear));
        Ok(Self { watched, program: PhantomData })
    }

    /// From now on this is awaited of the program; if it does not come, the program counts as broken.
    pub fn expect(&self, awaited: Awaited) {
        self.watched.expect(awaited);
    }

    /// Sends the program a message.
    ///
    /// # Errors
    /// The browser's reason why it cannot be sent.
    pub fn send(&self, request: &P::Request) -> dom::Result<()> {
        let sent = serde_wasm_bindgen::to_value(request)
            .map_err(JsValue::from)
            .and_then(|message| self.watched.worker.post_message(&message));
        sent.map_err(|error| words("engine-gone", &[("error", &text_of(&error))]))
    }

    /// Ends the program, whatever it is at.
    pub fn end(&self) {
        self.expect(Awaited::Nothing);
        self.watched.worker.terminate();
    }
}

fn start(script: &str, module: Option<&str>) -> dom::Result<Worker> {
    // A program of another version would not understand what it is told.
    let version = dom::root()?.get_attribute("data-version").unwrap_or_default();
    let address = [script, "?v=", &version].concat();
    construct(&address.into(), module).map_err(|error| words("no-worker", &[("error", &text_of(&error))]))
}

/// A worker that begins with the script at an address; if that is a module, with the name of its program. Nobody watches it.
///
/// # Errors
/// If the browser has no workers, or refuses this one: its reason.
pub fn construct(address: &JsValue, module: Option<&str>) -> Result<Worker, JsValue> {
    let options = Object::new();
    if let Some(name) = module {
        set_property(&options, "type", &"module".into());
        set_property(&options, "name", &name.into());
    }
    let constructor: Function = property(&js_sys::global(), "Worker").dyn_into()?;
    Reflect::construct(&constructor, &Array::of2(address, &options)).and_then(JsValue::dyn_into)
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
