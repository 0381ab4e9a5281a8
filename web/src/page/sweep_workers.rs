//! The page's side of its sweep workers: the CPU generator writes some rows of a sweep in them, while the page writes the
//! others.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use js_sys::Uint8Array;
use model::Request;
use web::{
    dom::{property, window},
    messages::{FromEngine, Ids, Job, SweepWorker, ToEngine},
    worker::{Awaited, Remote},
};

/// Most workers: more rows than a sweep has need no more, and each keeps weights of its own.
const MAX_WORKERS: usize = 3;

/// What a sweep worker says of jobs.
pub(crate) enum Event {
    /// These ids were added to the rows of its part.
    Block {
        /// The job's number.
        job: u32,
        /// Row by row.
        texts: Vec<Ids>,
    },
    /// Its part is written, or was stopped.
    Done {
        /// The job's number.
        job: u32,
    },
    /// It broke down, or fell silent.
    Broken,
}

/// The workers that were started; those that are not ready yet are not counted on.
#[derive(Default)]
pub(crate) struct SweepWorkers {
    list: RefCell<Vec<Worker>>,
}

struct Worker {
    remote: Remote<SweepWorker>,
    /// The job that it was given last, from 0 on; none as long as it is not ready.
    job: Rc<Cell<Option<u32>>>,
}

impl SweepWorkers {
    /// Starts as many as the processor has room for, unless they were started before. `heard` gets what they say of jobs,
    /// with the number of who says it. If there can be no workers, the page writes alone.
    pub(crate) fn start(
        &self,
        weights: &Uint8Array,
        bare: bool,
        heard: impl Fn(usize, Event) + Clone + 'static,
    ) {
        let processors = window().map(|window| property(&window.navigator(), "hardwareConcurrency"));
        let processors = processors.ok().and_then(|count| count.as_f64()).unwrap_or(1.0) as usize;
        let wanted = processors.saturating_sub(1).min(MAX_WORKERS);
        let started = self.list.borrow().len();
        for number in started..wanted {
            let (heard, weights) = (heard.clone(), weights.clone());
            let job = Rc::new(Cell::new(None));
            let last = job.clone();
            let remote = Remote::start(move |remote: &Remote<SweepWorker>, message| match message {
                Ok(FromEngine::Started) => {
                    let weights = weights.clone();
                    // One that cannot be reached never becomes ready.
                    let _ = remote.send(&ToEngine::Load { weights, bare });
                }
                Ok(FromEngine::Ready { .. }) => last.set(Some(0)),
                Ok(FromEngine::Block { job, texts }) => heard(number, Event::Block { job, texts }),
                Ok(FromEngine::Done { job }) => {
                    if last.get() == Some(job) {
                        remote.expect(Awaited::Nothing);
                    }
                    heard(number, Event::Done { job });
                }
                Ok(FromEngine::Fetching { .. } | FromEngine::Logits { .. }) => {}
                Ok(FromEngine::Failed { .. }) | Err(_) => heard(number, Event::Broken),
            });
            let Ok(remote) = remote else { return };
            self.list.borrow_mut().push(Worker { remote, job });
        }
    }

    /// How many, from the first on, can write.
    pub(crate) fn ready(&self) -> usize {
        self.list.borrow().iter().take_while(|worker| worker.job.get().is_some()).count()
    }

    /// Has one write.
    pub(crate) fn generate(&self, number: usize, job: u32, requests: Vec<Request>) {
        if let Some(worker) = self.list.borrow().get(number) {
            worker.job.set(Some(job));
            worker.remote.expect(Awaited::Soon);
            // One that cannot be reached falls silent.
            let _ = worker.remote.send(&ToEngine::Generate(Job::new(job, requests)));
        }
    }

    /// Stops a job, whoever is at it.
    pub(crate) fn stop(&self, job: u32) {
        for worker in self.list.borrow().iter() {
            // Nor does one go on that cannot be reached.
            let _ = worker.remote.send(&ToEngine::Stop { job });
        }
    }

    /// Ends all: there are other weights, or something broke.
    pub(crate) fn end(&self) {
        self.list.take().iter().for_each(|worker| worker.remote.end());
    }
}
