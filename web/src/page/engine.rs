//! The engine as the page knows it: its worker, the weights it was given, and whether it still speaks.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use js_sys::Uint8Array;
use model::Request;
use web::{
    dom::notice,
    messages::{Engine as Program, FromEngine, Ids, Job, ToEngine},
    numbers::grouped,
    settings::EngineChoice,
    words::{word, words},
    worker::{Awaited, Fault, Remote},
};

use crate::{support, view};

/// What the page hears of the engine.
pub(crate) enum Event {
    /// It can write with the weights it was given last.
    Ready,
    /// These ids were added to the rows of a job.
    Block {
        /// The job's number.
        job: u32,
        /// Row by row.
        texts: Vec<Ids>,
    },
    /// A job is written, or was stopped.
    Done {
        /// The job's number.
        job: u32,
    },
    /// It cannot be had, or broke down.
    Absent,
}

/// Who is to write.
pub(crate) enum Writer {
    /// The CPU generator.
    Cpu,
    /// The engine.
    Engine,
    /// The engine, as soon as it is ready.
    EngineLater,
}

enum State {
    /// Looking for an adapter, or loading the program.
    Starting,
    /// The program has, or waits for, weights.
    Loading,
    /// Ready to write.
    Ready {
        /// Speed of a warm block.
        chars_per_second: f64,
    },
    /// Not to be had: why, as a sentence.
    Absent(String),
}

/// What the engine is to write with.
#[derive(Clone)]
struct Weights {
    file: Uint8Array,
    /// How fast the CPU generator is with them.
    cpu_chars_per_second: f64,
}

/// The engine.
pub(crate) struct Engine {
    state: RefCell<State>,
    remote: RefCell<Option<Remote<Program>>>,
    adapter: RefCell<String>,
    weights: RefCell<Option<Weights>>,
    /// Its start and the loads that it has not yet answered; only the last counts.
    loads: Cell<u32>,
    /// The job that it is at; none is 0.
    job: Cell<u32>,
    heard: Box<dyn Fn(Event)>,
}

impl Engine {
    /// An engine that is not started yet. `heard` gets what it says.
    pub(crate) fn new(heard: impl Fn(Event) + 'static) -> Rc<Self> {
        Rc::new(Self {
            state: RefCell::new(State::Starting),
            remote: RefCell::default(),
            adapter: RefCell::default(),
            weights: RefCell::default(),
            loads: Cell::new(1),
            job: Cell::default(),
            heard: Box::new(heard),
        })
    }

    /// Looks for WebGPU and starts the program, which has so many bytes (0: nobody knows).
    pub(crate) async fn start(self: &Rc<Self>, bytes: f64) {
        match support::adapter().await {
            Ok(adapter) => *self.adapter.borrow_mut() = adapter,
            Err(reason) => return self.give_up(&reason),
        }
        let this = self.clone();
        let started = Remote::start(move |_, message| match message {
            Ok(FromEngine::Fetching { bytes: there }) => view::engine_progress(there, bytes),
            message => this.hear(message.unwrap_or_else(failure)),
        });
        match started {
            Ok(remote) => {
                *self.remote.borrow_mut() = Some(remote);
                view::engine_note(&word("engine-loading"), "loading");
                self.watch();
            }
            Err(reason) => self.give_up(&reason),
        }
    }

    /// Gives it the weights of the model in use.
    pub(crate) fn load(&self, file: Uint8Array, cpu_chars_per_second: f64) {
        *self.weights.borrow_mut() = Some(Weights { file, cpu_chars_per_second });
        self.send_weights();
    }

    fn send_weights(&self) {
        // Before it has started nobody listens, and afterwards it asks by itself.
        if matches!(*self.state.borrow(), State::Starting | State::Absent(_)) {
            return;
        }
        let Some(Weights { file, .. }) = self.weights.borrow().clone() else { return };
        *self.state.borrow_mut() = State::Loading;
        self.loads.set(self.loads.get() + 1);
        if let Err(message) = self.send(&ToEngine::Load { weights: file, bare: false }) {
            notice(&message);
        }
        self.watch();
    }

    /// Has it watched as long as something is awaited of it: if it falls silent then, it is given up.
    fn watch(&self) {
        let awaited = match (self.loads.get(), self.job.get()) {
            (0, 0) => Awaited::Nothing,
            (0, _) => Awaited::Soon,
            _ => Awaited::Eventually,
        };
        if let Some(remote) = self.remote.borrow().as_ref() {
            remote.expect(awaited);
        }
    }

    fn hear(&self, message: FromEngine) {
        if let FromEngine::Started | FromEngine::Ready { .. } = message {
            self.loads.set(self.loads.get().saturating_sub(1));
            self.watch();
        }
        match message {
            FromEngine::Started => {
                view::engine_note(&word("engine-loading"), "loading");
                *self.state.borrow_mut() = State::Loading;
                self.send_weights();
            }
            FromEngine::Ready { chars_per_second } => {
                if self.loads.get() == 0 {
                    *self.state.borrow_mut() = State::Ready { chars_per_second };
                    self.show_speeds(chars_per_second);
                    (self.heard)(Event::Ready);
                }
            }
            FromEngine::Block { job, texts } => (self.heard)(Event::Block { job, texts }),
            FromEngine::Done { job } => {
                self.end_job(job);
                (self.heard)(Event::Done { job });
            }
            FromEngine::Failed { message } => self.give_up(&message),
            FromEngine::Fetching { .. } | FromEngine::Logits { .. } => {}
        }
    }

    fn show_speeds(&self, webgpu: f64) {
        let cpu = self.weights.borrow().as_ref().map_or(0.0, |weights| weights.cpu_chars_per_second);
        let (webgpu, cpu) = (grouped(webgpu), grouped(cpu));
        let places = [("adapter", &*self.adapter.borrow()), ("webgpu", &webgpu), ("cpu", &cpu)];
        view::engine_note(
            &words("engine-ready", &places.map(|(name, value)| (name, value.as_str()))),
            "ready",
        );
    }

    /// Ends it: from now on the CPU writes.
    fn give_up(&self, reason: &str) {
        if let Some(remote) = self.remote.take() {
            remote.end();
        }
        let sentence = words("engine-absent", &[("reason", reason)]);
        view::engine_note(&sentence, "absent");
        *self.state.borrow_mut() = State::Absent(sentence);
        self.job.set(0);
        (self.heard)(Event::Absent);
    }

    /// Who is to write, as the visitor chose.
    pub(crate) fn writer(&self, choice: EngineChoice, cpu_chars_per_second: f64) -> Writer {
        match (choice, &*self.state.borrow()) {
            (EngineChoice::WebGpu, State::Starting | State::Loading) => Writer::EngineLater,
            (EngineChoice::WebGpu, State::Absent(reason)) => {
                notice(reason);
                Writer::Cpu
            }
            (EngineChoice::WebGpu, State::Ready { .. }) => Writer::Engine,
            (EngineChoice::Auto, State::Ready { chars_per_second })
                if *chars_per_second > cpu_chars_per_second =>
            {
                Writer::Engine
            }
            _ => Writer::Cpu,
        }
    }

    /// Has it write; says whether it is there to do so.
    pub(crate) fn generate(&self, job: u32, requests: Vec<Request>) -> bool {
        if self.send(&ToEngine::Generate(Job::new(job, requests))).is_err() {
            return false;
        }
        self.job.set(job);
        self.watch();
        true
    }

    /// Stops a job, if it is at it.
    pub(crate) fn stop(&self, job: u32) {
        if self.end_job(job) {
            // One that cannot be reached writes nothing.
            let _ = self.send(&ToEngine::Stop { job });
        }
    }

    /// It need not go on with this job; says whether it was at it.
    fn end_job(&self, job: u32) -> bool {
        let is_at = self.job.get() == job;
        if is_at {
            self.job.set(0);
            self.watch();
        }
        is_at
    }

    fn send(&self, message: &ToEngine) -> web::dom::Result<()> {
        match self.remote.borrow().as_ref() {
            Some(remote) => remote.send(message),
            None => Err(words("engine-gone", &[])),
        }
    }
}

/// What the page makes of a fault of the engine's.
pub(crate) fn failure(fault: Fault) -> FromEngine {
    FromEngine::Failed {
        message: match fault {
            Fault::Unknown => word("engine-unknown"),
            Fault::Broken(reason) => words("engine-broke", &[("error", &reason)]),
        },
    }
}
