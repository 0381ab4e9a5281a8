//! How a training begins: the text is read, then the settings, then what it begins with.

use std::rc::Rc;

use web::{
    dom::{Result, notice, set_hidden, set_text, set_value},
    messages::learner::{Beginning, ToLearner},
    random,
    words::{word, words},
};

use super::{Run, State, Tab, Wanted};
use crate::{
    beginning, form,
    kept::{About, Training},
    program::Asked,
    text::Kept,
};

impl Tab {
    /// Takes what stands in the field for the text, and has it read.
    pub(super) fn read_field(self: &Rc<Self>) -> Result<()> {
        self.text.take_field()?;
        self.read()
    }

    /// The same, unless that has been done meanwhile, since Train was pressed.
    pub(super) fn read_typed(self: &Rc<Self>) -> Result<()> {
        match self.state.get() == State::Idle && !self.text.is_there() {
            true => self.read_field(),
            false => Ok(()),
        }
    }

    /// Has the text read.
    pub(super) fn read(self: &Rc<Self>) -> Result<()> {
        self.is_read.set(false);
        set_text("train-estimate", "");
        if !self.text.is_there() {
            return Ok(());
        }
        let request = ToLearner::Read { files: self.text.files(), choice: self.text.choice()? };
        self.program.ask(Asked::Read, request)
    }

    /// Asks what the form's settings would take, if anything can be said of that.
    pub(super) fn estimate(self: &Rc<Self>) -> Result<()> {
        if self.state.get() != State::Idle || !self.is_read.get() {
            return Ok(());
        }
        if self.program.is_asked(Asked::Estimate) {
            self.estimate_again.set(true);
            return Ok(());
        }
        // What cannot be used is said when it is to be used.
        let Ok(settings) = form::settings() else { return Ok(()) };
        self.program.ask(Asked::Estimate, ToLearner::Estimate(settings))
    }

    /// Trains what the form says.
    pub(super) fn train(self: &Rc<Self>) {
        if self.state.get() != State::Idle {
            return;
        }
        notice("");
        form::forgive();
        // While something is prepared, no field can have the focus.
        if let Err(message) = form::settings() {
            return self.complain(&message);
        }
        self.prepare(Wanted::New);
        let outcome = self.try_train();
        if outcome.is_err() {
            self.give_up();
        }
        self.report(outcome);
    }

    fn try_train(self: &Rc<Self>) -> Result<()> {
        if self.is_read.get() {
            self.launch();
            return Ok(());
        }
        // Typed a moment ago, maybe while what stood there before is being read, or the program was started anew.
        if !self.text.is_there() || !self.program.is_asked(Asked::Read) {
            let is_typed = !web::dom::value("train-text")?.is_empty();
            if is_typed {
                self.read_field()?
            } else {
                self.read()?
            };
        }
        if self.text.is_there() {
            return Ok(());
        }
        form::blame("text");
        Err(word("train-no-text"))
    }

    /// Goes on with the training that is offered.
    pub(super) fn go_on(self: &Rc<Self>) {
        let Some(about) = self.offer.borrow().clone() else { return };
        if self.state.get() != State::Idle {
            return;
        }
        notice("");
        let this = self.clone();
        self.spawn(async move {
            let loaded = this.load(about).await;
            let outcome = loaded.and_then(|training| this.try_go_on(training));
            if outcome.is_err() {
                this.give_up();
            }
            outcome
        });
    }

    fn try_go_on(self: &Rc<Self>, training: Training) -> Result<()> {
        let mut name = training.about.text.clone();
        if name.to_ascii_lowercase().ends_with(".json") {
            // What is kept is the text itself.
            name.push_str(".txt");
        }
        // The text is as it was trained on: nothing of it is to be chosen again.
        for (id, value) in [("train-text", ""), ("train-episodes", ""), ("train-rare", "keep")] {
            set_value(id, value)?;
        }
        web::dom::element("train-series")?.set_text_content(None);
        self.text.take(vec![Kept { name, bytes: training.text.clone() }]);
        self.prepare(Wanted::GoOn(Box::new(training)));
        self.read()
    }

    /// The training that is offered: as it is in memory, or from storage.
    async fn load(&self, about: About) -> Result<Training> {
        {
            let run = self.run.borrow();
            let run = run.as_ref().filter(|run| run.about.key == about.key);
            if let Some((run, checkpoint)) = run.and_then(|run| Some((run, run.checkpoint.clone()?))) {
                return Ok(Training { about: run.about.clone(), text: run.text.clone(), checkpoint });
            }
        }
        let title = about.title.clone();
        let lost = |error: String| words("train-lost", &[("title", &title), ("error", &error)]);
        Training::load(about).await.map_err(lost)
    }

    fn prepare(&self, wanted: Wanted) {
        *self.wanted.borrow_mut() = Some(wanted);
        self.set_state(State::Preparing);
        self.say(&word("train-preparing"));
    }

    /// The text is read: trains what is wanted.
    pub(super) fn launch(self: &Rc<Self>) {
        let Some(wanted) = self.wanted.take() else { return };
        let this = self.clone();
        self.spawn(async move {
            let launched = this.try_launch(wanted).await;
            if launched.is_err() {
                this.give_up();
            }
            launched
        });
    }

    async fn try_launch(self: &Rc<Self>, wanted: Wanted) -> Result<()> {
        let figures = self.text.figures().ok_or_else(|| word("train-no-text"))?;
        let (about, settings, beginning) = match wanted {
            Wanted::New => {
                let settings = form::settings()?;
                let beginning = beginning::chosen().await?;
                form::write_link(&settings)?;
                let title = [("name", figures.name.as_str()), ("units", &settings.hidden.to_string())];
                let about = About {
                    key: ["train-", &random::seed()?.to_string()].concat(),
                    title: words("train-title", &title),
                    text: figures.name.clone(),
                    steps: 0.0,
                    epoch: 1,
                    when: 0.0,
                    history: Vec::new(),
                    settings: settings.clone(),
                };
                (about, settings, beginning)
            }
            Wanted::GoOn(training) => {
                let Training { about, checkpoint, .. } = *training;
                let settings = about.settings.clone();
                (about, settings, Beginning::Checkpoint { bytes: checkpoint })
            }
        };
        // Stopped meanwhile.
        if self.state.get() != State::Preparing {
            return Ok(());
        }
        let run = Run {
            about,
            text: figures.text,
            weights: None,
            checkpoint: None,
            is_unkept: false,
            is_done: false,
        };
        *self.next.borrow_mut() = Some(run);
        set_hidden("train-offer", true);
        self.send_pace()?;
        self.program.ask(Asked::Train, ToLearner::Train { settings, beginning })
    }

    /// Stops after this step, or does not begin.
    pub(super) fn stop(self: &Rc<Self>) {
        match self.state.get() {
            State::Idle => {}
            State::Training => {
                self.say(&word("train-stopping"));
                let sent = self.program.send(ToLearner::Stop);
                self.report(sent);
            }
            State::Preparing => {
                if self.program.is_asked(Asked::Train) {
                    let sent = self.program.send(ToLearner::Stop);
                    return self.report(sent);
                }
                self.give_up();
            }
        }
    }
}
