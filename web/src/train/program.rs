//! The program that trains, as the tab knows it: its worker, what it was asked, and whether it still speaks.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    rc::{Rc, Weak},
};

use web::{
    dom::Result,
    messages::learner::{FromLearner, Learner, ToLearner},
    words::{word, words},
    worker::{Awaited, Fault, Remote},
};

/// What was asked for and is answered by `Refused` if it cannot be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    /// To read a text.
    Read,
    /// What a training would take.
    Estimate,
    /// To train.
    Train,
}

/// What the tab hears.
pub(crate) enum Event {
    /// A message, and which question it answers, if it is an answer.
    Said(FromLearner, Option<Asked>),
    /// The program broke down, or cannot be had: why, as a sentence. The next message starts it anew, without a text.
    Gone(String),
}

/// The program in its worker.
pub(crate) struct Program {
    remote: RefCell<Option<Remote<Learner>>>,
    /// What waits for it to run.
    waiting: RefCell<Vec<ToLearner>>,
    is_running: Cell<bool>,
    asked: RefCell<VecDeque<Asked>>,
    is_training: Cell<bool>,
    hear: Box<dyn Fn(Event)>,
}

impl Program {
    /// A program that is started with the first message to it.
    pub(crate) fn new(hear: impl Fn(Event) + 'static) -> Rc<Self> {
        Rc::new(Self {
            remote: RefCell::default(),
            waiting: RefCell::default(),
            is_running: Cell::default(),
            asked: RefCell::default(),
            is_training: Cell::default(),
            hear: Box::new(hear),
        })
    }

    /// Starts it, unless it is there.
    pub(crate) fn start(self: &Rc<Self>) -> Result<()> {
        if self.remote.borrow().is_some() {
            return Ok(());
        }
        let this = Rc::downgrade(self);
        let remote = Remote::start(move |_, message| {
            if let Some(this) = Weak::upgrade(&this) {
                this.take(message);
            }
        })?;
        *self.remote.borrow_mut() = Some(remote);
        Ok(())
    }

    /// Asks for something that is answered.
    pub(crate) fn ask(self: &Rc<Self>, asked: Asked, request: ToLearner) -> Result<()> {
        self.send(request)?;
        self.asked.borrow_mut().push_back(asked);
        self.watch();
        Ok(())
    }

    /// Whether such a question is not answered yet.
    pub(crate) fn is_asked(&self, asked: Asked) -> bool {
        self.asked.borrow().contains(&asked)
    }

    /// Sends a message, as soon as the program runs.
    pub(crate) fn send(self: &Rc<Self>, request: ToLearner) -> Result<()> {
        self.start()?;
        match self.remote.borrow().as_ref().filter(|_| self.is_running.get()) {
            Some(remote) => remote.send(&request),
            None => {
                self.waiting.borrow_mut().push(request);
                Ok(())
            }
        }
    }

    /// Says whether a training runs, of which it must speak.
    pub(crate) fn set_training(&self, is_training: bool) {
        self.is_training.set(is_training);
        self.watch();
    }

    /// Has it watched as long as something is awaited of it. How long it takes until it runs is the network's matter.
    fn watch(&self) {
        let is_awaited = self.is_training.get() || !self.asked.borrow().is_empty();
        if let Some(remote) = self.remote.borrow().as_ref().filter(|_| self.is_running.get()) {
            remote.expect(if is_awaited { Awaited::Eventually } else { Awaited::Nothing });
        }
    }

    /// Ends it; it is gone for a reason.
    fn end(&self, reason: String) {
        if let Some(remote) = self.remote.borrow_mut().take() {
            remote.end();
        }
        self.is_running.set(false);
        self.waiting.borrow_mut().clear();
        self.asked.borrow_mut().clear();
        (self.hear)(Event::Gone(reason));
    }

    fn take(&self, message: std::result::Result<FromLearner, Fault>) {
        match message {
            Ok(FromLearner::Started) => self.begin(),
            Ok(message) => {
                let answers = matches!(
                    message,
                    FromLearner::Text(_)
                        | FromLearner::Refused { .. }
                        | FromLearner::Estimate(_)
                        | FromLearner::Begun(_)
                );
                let asked = if answers { self.asked.borrow_mut().pop_front() } else { None };
                self.watch();
                (self.hear)(Event::Said(message, asked));
            }
            Err(Fault::Unknown) => (self.hear)(Event::Gone(word("train-unknown"))),
            Err(Fault::Broken(reason)) => self.end(words("train-broke", &[("error", &reason)])),
        }
    }

    /// The program runs: it gets what has waited for it.
    fn begin(&self) {
        self.is_running.set(true);
        let remote = self.remote.borrow().clone();
        let Some(remote) = remote else { return };
        for request in self.waiting.take() {
            if let Err(message) = remote.send(&request) {
                return self.end(message);
            }
        }
        self.watch();
    }
}
