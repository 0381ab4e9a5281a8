//! Workers of this very program, started by it.

use std::{cell::RefCell, rc::Rc};

use futures_channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use futures_util::StreamExt;
use js_sys::Array;
use wasm_bindgen::{JsCast, JsValue, prelude::Closure};
use web::{
    dom::text_of,
    messages::learner::{FromLearner, Join, Learner, ToLearner},
    worker::Program,
};
use web_sys::{ErrorEvent, Event, MessageEvent, MessagePort, Worker};

use super::link::Heard;
use crate::spawn::spawn;

/// Who hears that a worker broke down: whoever waits for it.
type Breakers = Rc<RefCell<Vec<UnboundedSender<Heard>>>>;

/// Workers that wait for a training to take part in, or take part in one.
#[derive(Debug, Default)]
pub(crate) struct Pool(Vec<Member>);

/// A worker.
#[derive(Debug)]
pub(super) struct Member {
    worker: Worker,
    breakers: Breakers,
    _listeners: [Closure<dyn FnMut(Event)>; 2],
}

impl Pool {
    /// So many workers; those that are missing are started.
    ///
    /// # Errors
    /// Why one cannot be started, as a sentence.
    pub(super) async fn members(&mut self, count: usize) -> Result<&[Member], String> {
        let mut starting = Vec::new();
        while self.0.len() < count {
            let (member, started) = Member::start(self.0.len() + 1)?;
            self.0.push(member);
            starting.push(started);
        }
        for mut started in starting {
            started.next().await.unwrap_or_else(|| Err(String::new()))?;
        }
        Ok(&self.0[..count])
    }

    /// Ends all of them, whatever they are at.
    pub(crate) fn end(&mut self) {
        for member in self.0.drain(..) {
            member.worker.terminate();
        }
    }
}

impl Member {
    /// Starts a worker, and what says when it is there.
    fn start(number: usize) -> Result<(Self, UnboundedReceiver<Heard>), String> {
        let name = [Learner::MODULE.unwrap_or_default(), " ", &number.to_string()].concat();
        let worker = spawn(&name).map_err(|error| {
            format!("This browser starts no second worker ({}); train with one.", text_of(&error))
        })?;
        let (said, started) = unbounded();
        let breakers = Breakers::default();
        breakers.borrow_mut().push(said.clone());
        let broken = breakers.clone();
        let tell = move |reason: String| {
            let message =
                format!("A worker of the training broke down ({reason}); go on from the last checkpoint.");
            for breaker in broken.borrow().iter() {
                // Who no longer waits need not hear it.
                let _ = breaker.unbounded_send(Err(message.clone()));
            }
        };
        let failed = tell.clone();
        let message = Closure::<dyn FnMut(Event)>::new(move |event: Event| {
            let data = event.unchecked_ref::<MessageEvent>().data();
            match serde_wasm_bindgen::from_value(data) {
                Ok(FromLearner::Started) => {
                    let _ = said.unbounded_send(Ok(JsValue::NULL));
                }
                Ok(FromLearner::Failed { message }) => failed(message),
                _ => {}
            }
        });
        let error = Closure::<dyn FnMut(Event)>::new(move |event: Event| {
            // It is told here; the page need not hear of it as well.
            event.prevent_default();
            let reason = event.dyn_ref::<ErrorEvent>().map(ErrorEvent::message).unwrap_or_default();
            tell(reason);
        });
        worker.set_onmessage(Some(message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(error.as_ref().unchecked_ref()));
        Ok((Self { worker, breakers, _listeners: [message, error] }, started))
    }

    /// Has whoever waits hear if the worker breaks down, from now on.
    pub(super) fn watch(&self, breakers: Vec<UnboundedSender<Heard>>) {
        *self.breakers.borrow_mut() = breakers;
    }

    /// Has the worker take part in a training.
    ///
    /// # Errors
    /// The browser's reason, as a sentence.
    pub(super) fn join(&self, join: Join, ports: &[Option<MessagePort>]) -> Result<(), String> {
        let moved: Array = ports.iter().flatten().collect();
        let join = serde_wasm_bindgen::to_value(&ToLearner::Join(join)).map_err(JsValue::from);
        join.and_then(|join| self.worker.post_message_with_transfer(&join, &moved)).map_err(|error| {
            format!("A worker of the training cannot be reached ({}); train with one.", text_of(&error))
        })
    }
}
