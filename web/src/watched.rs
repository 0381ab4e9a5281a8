//! A worker that is listened to, and watched as long as something is awaited of it: one that the browser or the system has ended
//! says nothing of it.

use std::{cell::Cell, rc::Rc};

use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::{ErrorEvent, MessageEvent, Worker};

use crate::{dom::on, turn::pause, words::word};

/// Milliseconds between two looks. They are counted rather than the time, so that a device that slept for an hour has lost one.
const LOOK_MILLISECONDS: i32 = 2_000;

/// What is awaited of a worker, by the looks without a word after which it is given up.
#[derive(Debug, Clone, Copy)]
pub enum Awaited {
    /// Nothing.
    Nothing = 0,
    /// Characters, which come many a second.
    Soon = 8,
    /// What may take its time: a model is loaded and compiled, a large model takes a step.
    Eventually = 45,
}

/// Who hears what it says, or why it says no more.
type Heard = Box<dyn Fn(&Rc<Watched>, Result<JsValue, String>)>;

/// The worker.
pub(crate) struct Watched {
    pub(crate) worker: Worker,
    heard: Heard,
    /// Looks without a word that are borne; 0: nothing is awaited.
    patience: Cell<u32>,
    /// Those of them that are left.
    left: Cell<u32>,
    is_looked_at: Cell<bool>,
}

impl Watched {
    /// Listens to a worker, of which nothing is awaited as yet.
    pub(crate) fn new(worker: Worker, heard: Heard) -> Rc<Self> {
        let (patience, left, is_looked_at) = Default::default();
        let watched = Rc::new(Self { worker, heard, patience, left, is_looked_at });
        for kind in ["message", "error"] {
            let this = watched.clone();
            on(&watched.worker, kind, move |event| {
                let said = match event.dyn_ref::<MessageEvent>() {
                    Some(message) => Ok(message.data()),
                    None => {
                        // It is heard here; otherwise it would be an error of the page's, too, that nobody caught.
                        event.prevent_default();
                        Err(event.dyn_ref::<ErrorEvent>().map(ErrorEvent::message).unwrap_or_default())
                    }
                };
                this.left.set(this.patience.get());
                (this.heard)(&this, said);
            });
        }
        watched
    }

    /// From now on this is awaited; if it does not come, the worker says no more.
    pub(crate) fn expect(self: &Rc<Self>, awaited: Awaited) {
        self.patience.set(awaited as u32);
        self.left.set(awaited as u32);
        if self.patience.get() == 0 || self.is_looked_at.replace(true) {
            return;
        }
        let this = self.clone();
        spawn_local(async move {
            while this.patience.get() > 0 {
                pause(LOOK_MILLISECONDS).await;
                // Behind what was given up in between there is nothing left.
                this.left.set(this.left.get().saturating_sub(1));
                if this.left.get() == 0 && this.patience.replace(0) > 0 {
                    (this.heard)(&this, Err(word("silent")));
                }
            }
            this.is_looked_at.set(false);
        });
    }
}
