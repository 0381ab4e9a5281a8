//! What the program that trains says, and what comes of it.

use std::rc::Rc;

use web::{
    dom::{Result, element, notice, property, set_hidden, set_text, window},
    messages::learner::{Begun, Estimate, FromLearner},
    numbers::{fixed, grouped},
    own::OwnModel,
    words::{word, words},
};

use super::{State, Tab};
use crate::{
    beginning,
    count::time,
    form,
    program::{Asked, Event},
};

impl Tab {
    pub(super) fn hear(self: &Rc<Self>, event: Event) -> Result<()> {
        match event {
            Event::Said(message, asked) => self.take(message, asked),
            Event::Gone(reason) => {
                // A program that is started anew has no text.
                self.is_read.set(false);
                self.break_off(&reason);
                Ok(())
            }
        }
    }

    fn take(self: &Rc<Self>, message: FromLearner, asked: Option<Asked>) -> Result<()> {
        match message {
            // The tab benches and tries nothing.
            FromLearner::Started | FromLearner::Benched { .. } | FromLearner::Tried(_) => Ok(()),
            // Another text is being read already.
            FromLearner::Text(_) if self.program.is_asked(Asked::Read) => Ok(()),
            FromLearner::Text(figures) => {
                self.text.show(*figures)?;
                self.is_read.set(true);
                form::forgive();
                if self.state.get() == State::Preparing {
                    self.launch();
                    return Ok(());
                }
                notice("");
                self.say(&word("train-ready"));
                self.estimate()
            }
            FromLearner::Refused { field, message } => {
                self.refuse(&field, &message, asked);
                Ok(())
            }
            FromLearner::Estimate(estimate) => {
                show_estimate(&estimate);
                if self.estimate_again.take() { self.estimate() } else { Ok(()) }
            }
            FromLearner::Begun(begun) => self.begin(begun),
            FromLearner::Step(progress) => {
                if let Some(run) = self.run.borrow_mut().as_mut() {
                    run.about.epoch = progress.epoch;
                }
                let steps = self.watch.step(&progress)?;
                self.host.step(progress.epoch, progress.step, steps, progress.recent_loss);
                Ok(())
            }
            FromLearner::Epoch(epoch) => {
                self.host.epoch(epoch.epoch, epoch.loss, epoch.val_loss, epoch.best);
                if let Some(run) = self.run.borrow_mut().as_mut() {
                    run.about.add(epoch.clone());
                }
                self.watch.epoch(&epoch)
            }
            FromLearner::Sample(sample) => self.samples.add(sample),
            FromLearner::Weights { file, best, .. } => {
                self.take_weights(file, best);
                Ok(())
            }
            FromLearner::Checkpoint { bytes, steps } => {
                self.take_checkpoint(bytes, steps);
                Ok(())
            }
            FromLearner::Ended { outcome } => {
                self.end(&outcome);
                Ok(())
            }
            FromLearner::Failed { message } => {
                self.break_off(&message);
                Ok(())
            }
        }
    }

    fn refuse(self: &Rc<Self>, field: &str, message: &str, asked: Option<Asked>) {
        match asked {
            // Another text is being read already.
            Some(Asked::Read) if self.program.is_asked(Asked::Read) => return,
            Some(Asked::Read) => self.text.forget(),
            Some(Asked::Estimate) => {
                set_text("train-estimate", &form::sentence(message));
                if self.estimate_again.take() {
                    let asked = self.estimate();
                    self.report(asked);
                }
                return;
            }
            Some(Asked::Train) | None => {}
        }
        if self.state.get() == State::Preparing {
            self.give_up();
            self.offer_kept();
        }
        self.complain(&form::sentence(message));
        form::blame(field);
    }

    fn begin(self: &Rc<Self>, mut begun: Begun) -> Result<()> {
        let Some(mut run) = self.next.take() else { return Ok(()) };
        let before = self.run.take();
        if before.as_ref().is_none_or(|before| before.about.key != run.about.key) {
            self.samples.clear();
        } else if let Some(before) = before {
            run.weights = before.weights;
        }
        run.about.settings = begun.settings.clone();
        if begun.history.is_empty() {
            // The checkpoint does not have them.
            run.about.history.retain(|epoch| epoch.epoch <= begun.epochs_done);
            begun.history.clone_from(&run.about.history);
        }
        *self.run.borrow_mut() = Some(run);
        self.use_next.set(None);
        self.set_state(State::Training);
        form::show(&begun.settings)?;
        beginning::clear()?;
        self.watch.begin(&begun)?;
        set_hidden("train-use", false);
        let places = [("engine", begun.engine.as_str()), ("parameters", &grouped(begun.parameters))];
        self.say(&words("train-began", &places));
        bring_into_sight();
        Ok(())
    }

    fn end(self: &Rc<Self>, outcome: &str) {
        self.set_state(State::Idle);
        self.watch.end();
        let is_done = outcome == "finished" || outcome == "out_of_patience";
        if let Some(run) = self.run.borrow_mut().as_mut() {
            run.is_done = is_done;
            if outcome == "out_of_time" {
                // Whoever goes on with it wants more than those minutes.
                run.about.settings.minutes = 0.0;
            }
        }
        if outcome == "out_of_time" {
            self.keep_again();
        }
        self.say(&word(match outcome {
            "finished" => "train-finished",
            "out_of_patience" => "train-out-of-patience",
            "out_of_time" => "train-out-of-time",
            _ => "train-stopped",
        }));
        self.list_weights();
        self.tell_trained(outcome);
        if is_done {
            self.forget_checkpoint();
        }
        self.offer_kept();
    }

    fn tell_trained(&self, outcome: &str) {
        let run = self.run.borrow();
        let id = run.as_ref().map(|run| OwnModel::new(&run.about.key, String::new()).id);
        self.host.trained(outcome, &id.unwrap_or_default());
    }

    /// Nothing goes on, for a reason; what was kept can.
    fn break_off(self: &Rc<Self>, reason: &str) {
        let was = self.state.get();
        if was != State::Idle {
            self.wanted.take();
            self.next.take();
            self.set_state(State::Idle);
            self.watch.end();
            self.say(&word(if was == State::Training { "train-broken-off" } else { "train-idle" }));
            self.offer_kept();
        }
        self.complain(reason);
    }
}

/// Scrolls to how it goes if that is below what is seen, as on a phone.
fn bring_into_sight() {
    let height = window().ok().and_then(|window| property(&window, "innerHeight").as_f64());
    let (Ok(watch), Some(height)) = (element("watch"), height) else { return };
    if watch.get_bounding_client_rect().top() > height / 2.0 {
        watch.scroll_into_view();
    }
}

fn show_estimate(estimate: &Estimate) {
    let epochs = form::settings().map_or(1.0, |settings| f64::from(settings.epochs));
    let places = [
        ("parameters", grouped(estimate.parameters)),
        ("size", fixed(estimate.bytes / 1000.0, 0)),
        ("steps", grouped(estimate.steps)),
        ("epoch", time(estimate.epoch_secs)),
        ("all", time(estimate.epoch_secs * epochs)),
    ];
    let places: Vec<(&str, &str)> = places.iter().map(|(name, text)| (*name, text.as_str())).collect();
    set_text("train-estimate", &words("train-estimate", &places));
}
