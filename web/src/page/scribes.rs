//! The page's side of its scribes: workers in which the CPU generator writes some rows of a sweep, while the page
//! writes the others.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use js_sys::Uint8Array;
use web::{
    FromEngine, ToEngine,
    dom::{property, window},
};
use web_sys::Worker;

use crate::engine;

/// Most scribes: more rows than a sweep has need no more, and each keeps weights of its own.
const MOST: usize = 3;

/// The scribes that were called; those that are not ready yet are not counted on.
#[derive(Default)]
pub(crate) struct Scribes {
    list: RefCell<Vec<Scribe>>,
}

struct Scribe {
    worker: Worker,
    is_ready: Rc<Cell<bool>>,
}

impl Scribes {
    /// Calls as many as the processor has room for, unless they were called before. `heard` gets what they say of jobs,
    /// with the number of who says it. Where there can be no workers, the page writes alone.
    pub(crate) fn call(
        &self,
        weights: &Uint8Array,
        bare: bool,
        heard: impl Fn(usize, FromEngine) + Clone + 'static,
    ) {
        let processors = window().map(|window| property(&window.navigator(), "hardwareConcurrency"));
        let processors = processors.ok().and_then(|count| count.as_f64()).unwrap_or(1.0) as usize;
        let wanted = processors.saturating_sub(1).min(MOST);
        let called = self.list.borrow().len();
        for number in called..wanted {
            let (heard, weights) = (heard.clone(), weights.clone());
            let is_ready = Rc::new(Cell::new(false));
            let ready = is_ready.clone();
            let worker = engine::spawn_scribe(move |worker, message| match message {
                FromEngine::Started => {
                    let weights = weights.clone();
                    // A scribe that cannot be reached never becomes ready.
                    let _ = engine::post(worker, &ToEngine::Load { weights, bare });
                }
                FromEngine::Ready { .. } => ready.set(true),
                message => heard(number, message),
            });
            let Ok(worker) = worker else { return };
            self.list.borrow_mut().push(Scribe { worker, is_ready });
        }
    }

    /// How many, from the first on, can write.
    pub(crate) fn ready(&self) -> usize {
        self.list.borrow().iter().take_while(|scribe| scribe.is_ready.get()).count()
    }

    /// Tells one something; says whether that could be done.
    pub(crate) fn tell(&self, number: usize, message: &ToEngine) -> bool {
        self.list.borrow().get(number).is_some_and(|scribe| engine::post(&scribe.worker, message).is_ok())
    }

    /// Stops a job, whoever is at it.
    pub(crate) fn stop(&self, job: u32) {
        for number in 0..self.ready() {
            // One that cannot be reached writes nothing.
            self.tell(number, &ToEngine::Stop { job });
        }
    }

    /// Sends all away: there are other weights, or something broke.
    pub(crate) fn dismiss(&self) {
        self.list.take().iter().for_each(|scribe| scribe.worker.terminate());
    }
}
