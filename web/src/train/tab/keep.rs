//! What is kept of a training in the browser, and offered when the visitor comes back.

use std::rc::Rc;

use js_sys::{Date, Uint8Array};
use web::{
    dom::{Result, notice, set_hidden, set_text},
    messages::learner::ToLearner,
    numbers::grouped,
    words::words,
};

use super::{State, Tab, using::Use};
use crate::{
    count::time,
    keeper::Job,
    kept::{self, About, Training},
};

impl Tab {
    /// Asks for a checkpoint, if there is one to be had: the page may be about to go.
    pub(super) fn ask_for_checkpoint(self: &Rc<Self>) {
        if self.state.get() == State::Training {
            // If it cannot be sent, the program is gone, and that is said elsewhere.
            let _ = self.program.send(ToLearner::Checkpoint);
        }
    }

    /// Keeps a checkpoint.
    pub(super) fn take_checkpoint(self: &Rc<Self>, bytes: Uint8Array, steps: f64) {
        if let Some(run) = self.run.borrow_mut().as_mut() {
            run.checkpoint = Some(bytes);
            run.about.steps = steps;
        }
        if self.use_next.get() == Some(Use::SaveCheckpoint) {
            self.use_next.set(None);
            let saved = self.save_checkpoint();
            self.report(saved);
        }
        self.keep_again();
    }

    /// Keeps the last checkpoint with what is known of it now.
    pub(super) fn keep_again(self: &Rc<Self>) {
        let training = {
            let mut run = self.run.borrow_mut();
            let Some(run) = run.as_mut() else { return };
            let Some(checkpoint) = run.checkpoint.clone() else { return };
            run.about.when = Date::now();
            Training { about: run.about.clone(), text: run.text.clone(), checkpoint }
        };
        let this = self.clone();
        self.keeper.take(Job::Keep(Box::new(training)), move |kept| this.report(this.tell_unkept(kept)));
    }

    /// That the browser does not keep a training is said once.
    fn tell_unkept(&self, kept: Result<()>) -> Result<()> {
        let Err(error) = kept else { return Ok(()) };
        match self.run.borrow_mut().as_mut() {
            Some(run) if !run.is_unkept => {
                run.is_unkept = true;
                Err(words("train-unkept", &[("error", &error)]))
            }
            _ => Ok(()),
        }
    }

    /// A training that is done is kept no more: there is nothing to go on with.
    pub(super) fn forget_checkpoint(self: &Rc<Self>) {
        let key = self.run.borrow().as_ref().map(|run| run.about.key.clone());
        let Some(key) = key else { return };
        // What cannot be removed is offered again, which does no harm.
        self.keeper.take(Job::Remove(key), |_| {});
    }

    /// Offers the training that was stopped here, or the last one that is kept.
    pub(super) fn offer_kept(self: &Rc<Self>) {
        let this = self.clone();
        self.spawn(async move {
            // Where nothing can be read nothing is offered; that nothing is kept is said when it is to be kept.
            let all = kept::all().await.unwrap_or_default();
            if this.state.get() == State::Idle {
                let offer = this.best_offer(all);
                this.show_offer(offer.as_ref());
                *this.offer.borrow_mut() = offer;
            }
            Ok(())
        });
    }

    fn best_offer(&self, all: Vec<About>) -> Option<About> {
        let run = self.run.borrow();
        let Some(run) = run.as_ref() else { return all.into_iter().next() };
        if run.checkpoint.is_some() && !run.is_done {
            return Some(run.about.clone());
        }
        all.into_iter().find(|about| !run.is_done || about.key != run.about.key)
    }

    fn show_offer(&self, offer: Option<&About>) {
        set_hidden("train-offer", offer.is_none());
        let Some(about) = offer else { return };
        let places = [
            ("title", about.title.clone()),
            ("steps", grouped(about.steps)),
            ("epoch", about.epoch.to_string()),
            ("epochs", about.settings.epochs.to_string()),
            ("ago", time((Date::now() - about.when).max(0.0) / 1000.0)),
        ];
        let places: Vec<(&str, &str)> = places.iter().map(|(name, text)| (*name, text.as_str())).collect();
        set_text("train-offer-words", &words("train-offer", &places));
    }

    /// Removes the training that is offered.
    pub(super) fn discard(self: &Rc<Self>) {
        let Some(about) = self.offer.take() else { return };
        if let Some(run) = self.run.borrow_mut().as_mut().filter(|run| run.about.key == about.key) {
            run.is_done = true;
        }
        notice("");
        let this = self.clone();
        self.spawn(async move {
            let removed = kept::remove(&about.key).await;
            this.offer_kept();
            removed.map_err(|error| words("train-not-removed", &[("title", &about.title), ("error", &error)]))
        });
    }
}
