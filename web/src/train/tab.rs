//! The tab at work: its state, and what the visitor's controls lead to.

mod begin;
mod hear;
mod keep;
mod using;

use std::{
    cell::{Cell, RefCell},
    rc::{Rc, Weak},
};

use js_sys::Uint8Array;
use wasm_bindgen::JsCast;
use web::{
    dom::{Result, by_id, document, element, notice, on, on_click, set_class, set_hidden, set_text, window},
    messages::learner::ToLearner,
    task,
    turn::pause,
    words::word,
};
use web_sys::{DragEvent, Event, FileList, HtmlInputElement};

use crate::{
    beginning, form,
    kept::{About, Training},
    program::Program,
    samples::Samples,
    text::{self, Text},
    watch::Watch,
};

/// Milliseconds without another change after which a text is read, or an estimate asked for.
const PATIENCE_MILLISECONDS: i32 = 500;

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
    GoOn(Training),
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
    /// What is to be done with the next weights file or checkpoint.
    use_next: Cell<Option<using::Use>>,
}

impl Tab {
    /// A tab that nothing has happened in.
    pub(crate) fn new() -> Rc<Self> {
        Rc::new_cyclic(|tab: &Weak<Self>| {
            let tab = tab.clone();
            let program = Program::new(move |event| {
                if let Some(tab) = tab.upgrade() {
                    let outcome = tab.hear(event);
                    tab.report(outcome);
                }
            });
            Self {
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
                use_next: Cell::default(),
            }
        })
    }

    /// Fills the form and connects the controls.
    pub(crate) fn start(self: &Rc<Self>) -> Result<()> {
        let problems = form::fill()?;
        if !problems.is_empty() {
            notice(&problems.join(" "));
        }
        beginning::list()?;
        self.samples.listen()?;
        self.listen_to_text()?;
        self.listen_to_settings()?;
        self.listen_to_buttons()?;
        self.listen_to_page()?;
        // Behind the tab, so that the first step comes soon after Train is pressed.
        self.report(self.program.start());
        self.offer_kept();
        Ok(())
    }

    fn listen_to_text(self: &Rc<Self>) -> Result<()> {
        let this = self.clone();
        on(&*element("train-text")?, "input", move |_| {
            this.is_read.set(false);
            this.text.forget();
            text::clear_files();
            this.when_quiet(|this| this.read_field());
        });
        let this = self.clone();
        on(&*element("train-files")?, "change", move |_| {
            let files = by_id::<HtmlInputElement>("train-files").ok().and_then(|field| field.files());
            if let Some(files) = files {
                this.take_files(files);
            }
        });
        for id in ["train-series", "train-episodes", "train-rare"] {
            let this = self.clone();
            on(&*element(id)?, "change", move |_| {
                this.is_read.set(false);
                let read = this.read();
                this.report(read);
            });
        }
        let place = element("train")?;
        on(&place, "dragover", |event| event.prevent_default());
        let this = self.clone();
        on(&place, "drop", move |event| this.take_dropped(&event));
        Ok(())
    }

    fn listen_to_settings(self: &Rc<Self>) -> Result<()> {
        let this = self.clone();
        on(&*element("train-recipe")?, "change", move |_| {
            let changed = form::change_recipe();
            this.report(changed);
        });
        let this = self.clone();
        on(&*element("train-from")?, "change", move |_| {
            let shown = beginning::show();
            this.report(shown);
        });
        // The page may have other models by now.
        on(&*element("train-from")?, "focus", |_| drop(beginning::list()));
        let this = self.clone();
        on(&*element("train-fields")?, "input", move |event| {
            let is_text = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
            if is_text.is_some_and(|field| ["train-text", "train-files"].contains(&field.id().as_str())) {
                return;
            }
            form::forgive();
            this.when_quiet(|this| this.estimate());
        });
        Ok(())
    }

    fn listen_to_buttons(self: &Rc<Self>) -> Result<()> {
        let this = self.clone();
        on(&*element("train")?, "submit", move |event| {
            event.prevent_default();
            this.train();
        });
        let buttons: [(&str, fn(&Rc<Self>)); 6] = [
            ("train-stop", Self::stop),
            ("train-resume", Self::go_on),
            ("train-discard", Self::discard),
            ("train-write", Self::write_with_it),
            ("train-keep", Self::put_into_list),
            ("train-download", Self::download),
        ];
        for (id, act) in buttons {
            let this = self.clone();
            on_click(id, move || act(&this))?;
        }
        let this = self.clone();
        on(&*element("train-pace")?, "change", move |_| {
            let sent = this.send_pace();
            this.report(sent);
        });
        Ok(())
    }

    fn listen_to_page(self: &Rc<Self>) -> Result<()> {
        let this = self.clone();
        let document = document()?;
        on(&document.clone(), "visibilitychange", move |_| {
            if document.hidden() {
                this.ask_for_checkpoint();
            }
        });
        let this = self.clone();
        on(&*window()?, "pagehide", move |_| this.ask_for_checkpoint());
        Ok(())
    }

    /// Calls something when nothing has changed for a while.
    fn when_quiet(self: &Rc<Self>, act: impl FnOnce(&Rc<Self>) -> Result<()> + 'static) {
        let change = self.changes.get() + 1;
        self.changes.set(change);
        let this = self.clone();
        self.spawn(async move {
            pause(PATIENCE_MILLISECONDS).await;
            if this.changes.get() == change { act(&this) } else { Ok(()) }
        });
    }

    fn take_dropped(self: &Rc<Self>, event: &Event) {
        let dropped = event.dyn_ref::<DragEvent>().and_then(DragEvent::data_transfer);
        let Some(files) = dropped.and_then(|dropped| dropped.files()) else { return };
        // A model is for the dialog that takes models.
        if !text::is_text(&files) || self.state.get() != State::Idle {
            return;
        }
        event.prevent_default();
        event.stop_propagation();
        text::clear_files();
        self.take_files(files);
    }

    fn take_files(self: &Rc<Self>, files: FileList) {
        let this = self.clone();
        self.is_read.set(false);
        self.spawn(async move { if this.text.take_files(&files).await? { this.read() } else { Ok(()) } });
    }

    /// Begins a task; what goes wrong in it is said.
    fn spawn(self: &Rc<Self>, task: impl Future<Output = Result<()>> + 'static) {
        task::spawn(task, notice);
    }

    /// Says what went wrong, if something did.
    fn report(&self, outcome: Result<()>) {
        if let Err(message) = outcome {
            notice(&message);
        }
    }

    /// Says how it is, to everybody.
    fn say(&self, text: &str) {
        set_text("train-status", text);
    }

    fn set_state(&self, state: State) {
        self.state.set(state);
        let is_idle = state == State::Idle;
        form::disable("train-begin", !is_idle);
        form::disable("train-stop", is_idle);
        form::disable("train-fields", !is_idle);
        if let Ok(body) = web::dom::body() {
            set_class(&body, "training", state == State::Training);
        }
        if !is_idle {
            set_hidden("train-offer", true);
        }
    }

    fn send_pace(&self) -> Result<()> {
        let share = web::dom::value("train-pace")?.parse().unwrap_or(1.0);
        match self.state.get() {
            State::Training => self.program.send(ToLearner::Pace { share }),
            _ => Ok(()),
        }
    }

    /// Nothing is to be trained as yet.
    fn give_up(&self) {
        self.wanted.take();
        self.next.take();
        self.set_state(State::Idle);
        self.say(&word("train-idle"));
    }
}
