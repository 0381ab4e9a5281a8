//! The tab at work: its state, and what the visitor's controls lead to.

mod begin;
mod hear;
mod keep;
mod listen;
mod obey;
mod using;

use std::{
    cell::{Cell, RefCell},
    rc::{Rc, Weak},
};

use js_sys::Uint8Array;
use web::{
    dom::{Result, body, element, notice, set_class, set_hidden, set_text, value},
    host::Host,
    messages::learner::ToLearner,
    numbers::number,
    task,
    words::word,
};

use crate::{
    beginning, form,
    keeper::Keeper,
    kept::{About, Training},
    program::Program,
    samples::Samples,
    text::Text,
    watch::Watch,
};

/// What the tab is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing.
    Idle,
    /// Train was pressed; the text is being read, or the training is on its way.
    Preparing,
    /// A training runs.
    Training,
}

/// What is to be trained as soon as the text is read.
enum Wanted {
    /// What the form says.
    New,
    /// A training that was kept.
    GoOn(Box<Training>),
}

/// A training, running or not.
struct Run {
    about: About,
    /// Its text, to be kept beside checkpoints.
    text: Uint8Array,
    /// The last weights file: the best epoch's, or what was asked for.
    weights: Option<Uint8Array>,
    checkpoint: Option<Uint8Array>,
    /// Whether it was said that the browser does not keep it.
    is_unkept: bool,
    /// Whether all of it is done, so that there is nothing to go on with.
    is_done: bool,
}

/// The tab.
pub(crate) struct Tab {
    host: Host,
    program: Rc<Program>,
    text: Text,
    watch: Watch,
    samples: Rc<Samples>,
    state: Cell<State>,
    /// Changes of text or settings, by their number.
    changes: Cell<u32>,
    /// Whether the program has read the text as the form has it.
    is_read: Cell<bool>,
    /// Whether another estimate is wanted than the one that was asked for.
    estimate_again: Cell<bool>,
    wanted: RefCell<Option<Wanted>>,
    /// A training that was asked for and has not begun.
    next: RefCell<Option<Run>>,
    run: RefCell<Option<Run>>,
    /// A training that the visitor may go on with.
    offer: RefCell<Option<About>>,
    keeper: Rc<Keeper>,
    /// What is to be done with the next weights file or checkpoint.
    use_next: Cell<Option<using::Use>>,
}

impl Tab {
    /// A tab that nothing has happened in.
    pub(crate) fn new(host: Host) -> Rc<Self> {
        Rc::new_cyclic(|tab: &Weak<Self>| {
            let tab = tab.clone();
            let program = Program::new(move |event| {
                if let Some(tab) = tab.upgrade() {
                    let outcome = tab.hear(event);
                    tab.report(outcome);
                }
            });
            Self {
                host,
                program,
                text: Text::default(),
                watch: Watch::default(),
                samples: Rc::default(),
                state: Cell::new(State::Idle),
                changes: Cell::default(),
                is_read: Cell::default(),
                estimate_again: Cell::default(),
                wanted: RefCell::default(),
                next: RefCell::default(),
                run: RefCell::default(),
                offer: RefCell::default(),
                keeper: Rc::default(),
                use_next: Cell::default(),
            }
        })
    }

    /// Fills the form and connects the controls.
    pub(crate) fn start(self: &Rc<Self>) -> Result<()> {
        self.report(self.fill());
        beginning::list()?;
        self.samples.listen()?;
        self.listen()?;
        // Behind the tab, so that the first step comes soon after Train is pressed.
        self.report(self.program.start());
        self.offer_kept();
        self.listen_to_host()
    }

    /// Fills the form as the page's address says, and says what is wrong with it.
    fn fill(&self) -> Result<()> {
        let problems = form::fill()?;
        match problems.is_empty() {
            true => Ok(()),
            false => Err(problems.join(" ")),
        }
    }

    /// Begins a task; what goes wrong in it is said.
    fn spawn(self: &Rc<Self>, task: impl Future<Output = Result<()>> + 'static) {
        let this = self.clone();
        task::spawn(task, move |message| this.complain(message));
    }

    /// Says what went wrong, if something did.
    fn report(&self, outcome: Result<()>) {
        if let Err(message) = outcome {
            self.complain(&message);
        }
    }

    /// Says what is wrong, to the visitor and to the embedding page.
    fn complain(&self, message: &str) {
        notice(message);
        self.host.error(message);
    }

    /// Says how it is, to everybody.
    fn say(&self, text: &str) {
        set_text("train-status", text);
    }

    fn set_state(&self, state: State) {
        self.state.set(state);
        self.program.set_training(state == State::Training);
        let is_idle = state == State::Idle;
        let (from, to) = if is_idle { ("train-stop", "train-begin") } else { ("train-begin", "train-stop") };
        let has_focus = form::has_focus(from);
        form::disable("train-begin", !is_idle);
        form::disable("train-stop", is_idle);
        form::disable("train-fields", !is_idle);
        if let Ok(body) = body() {
            set_class(&body, "training", state == State::Training);
        }
        // A button that can be pressed no more would lose the focus to nowhere.
        if has_focus && let Ok(button) = element(to) {
            let _ = button.focus();
        }
        if !is_idle {
            set_hidden("train-offer", true);
        }
    }

    fn send_pace(&self) -> Result<()> {
        let share = number(&value("train-pace")?).map_or(1.0, f64::from);
        self.program.send(ToLearner::Pace { share })
    }

    /// Nothing is to be trained as yet.
    fn give_up(&self) {
        self.wanted.take();
        self.next.take();
        self.set_state(State::Idle);
        self.say(&word("train-idle"));
    }
}
