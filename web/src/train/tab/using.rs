//! Using what is trained: writing with it, keeping it as a model of one's own, taking it along as a file.

use std::rc::Rc;

use js_sys::Uint8Array;
use web::{
    dom::{Result, element, notice, value},
    download::download,
    messages::learner::ToLearner,
    own::{Brought, OwnModel},
    words::word,
};

use super::{State, Tab};
use crate::export::export;

/// The type of files that are nothing but bytes.
const BYTES: &str = "application/octet-stream";

/// What weights or a checkpoint were asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// To write with them.
    Write,
    /// To have them in the list of models.
    List,
    /// To save them as a file, in the format that is chosen.
    Save,
    /// To save the checkpoint as a file.
    SaveCheckpoint,
}

impl Tab {
    pub(super) fn write_with_it(self: &Rc<Self>) {
        self.use_weights(Use::Write);
    }

    pub(super) fn put_into_list(self: &Rc<Self>) {
        self.use_weights(Use::List);
    }

    pub(super) fn download(self: &Rc<Self>) {
        notice("");
        match value("train-format").as_deref() {
            Ok("checkpoint") if self.state.get() == State::Training => {
                self.use_next.set(Some(Use::SaveCheckpoint));
                let sent = self.program.send(ToLearner::Checkpoint);
                self.report(sent);
            }
            Ok("checkpoint") => {
                let saved = self.save_checkpoint();
                self.report(saved);
            }
            _ => self.use_weights(Use::Save),
        }
    }

    /// Uses the weights of now, if it trains, or those that it ended with.
    fn use_weights(self: &Rc<Self>, wanted: Use) {
        notice("");
        let used = match self.state.get() {
            State::Training => {
                self.use_next.set(Some(wanted));
                self.program.send(ToLearner::Snapshot)
            }
            _ => self.use_as(wanted),
        };
        self.report(used);
    }

    /// Weights came: they were asked for, or are the best so far.
    pub(super) fn take_weights(self: &Rc<Self>, file: Uint8Array, best: bool) {
        if let Some(run) = self.run.borrow_mut().as_mut() {
            run.weights = Some(file);
        }
        match self.use_next.get() {
            Some(wanted) if wanted != Use::SaveCheckpoint => {
                self.use_next.set(None);
                let used = self.use_as(wanted);
                self.report(used);
            }
            _ if best => self.list_weights(),
            _ => {}
        }
    }

    fn use_as(self: &Rc<Self>, wanted: Use) -> Result<()> {
        match wanted {
            Use::Write => {
                // There the model writes as soon as it is loaded.
                element("tab-write")?.click();
                self.hand_over(true)
            }
            Use::List => {
                self.hand_over(false)?;
                self.say(&word("train-listed"));
                Ok(())
            }
            Use::Save => self.save_weights(),
            Use::SaveCheckpoint => self.save_checkpoint(),
        }
    }

    /// Has the page keep and list the model as the visitor's own, without leaving what is being done.
    pub(super) fn list_weights(self: &Rc<Self>) {
        // A training that was stopped at once has none.
        let _ = self.hand_over(false);
    }

    fn hand_over(&self, in_use: bool) -> Result<()> {
        let (key, title, file) = self.weights()?;
        let OwnModel { id, title } = OwnModel::new(&key, title);
        Brought { id, title, file, in_use }.hand_over();
        Ok(())
    }

    fn weights(&self) -> Result<(String, String, Uint8Array)> {
        let run = self.run.borrow();
        let run = run.as_ref().ok_or_else(|| word("train-nothing"))?;
        let file = run.weights.clone().ok_or_else(|| word("train-nothing"))?;
        Ok((run.about.key.clone(), run.about.title.clone(), file))
    }

    fn save_weights(self: &Rc<Self>) -> Result<()> {
        let (_, title, file) = self.weights()?;
        let format = value("train-format")?;
        if format == "safetensors" {
            return download(&file_name(&title, ".safetensors"), &file, BYTES);
        }
        self.say(&word("train-writing"));
        let this = self.clone();
        export(title, file, format, move |outcome| {
            this.say(&word(if outcome.is_ok() { "train-written" } else { "train-idle" }));
            this.report(outcome);
        })
    }

    /// Saves the checkpoint as a file.
    pub(super) fn save_checkpoint(&self) -> Result<()> {
        let run = self.run.borrow();
        let run = run.as_ref().ok_or_else(|| word("train-nothing"))?;
        let checkpoint = run.checkpoint.as_ref().ok_or_else(|| word("train-nothing"))?;
        download(&file_name(&run.about.title, ".checkpoint"), checkpoint, BYTES)
    }
}

/// A file's name from a model's title.
fn file_name(title: &str, ending: &str) -> String {
    let plain = |c: char| if c.is_alphanumeric() || c == '_' { c } else { '-' };
    let name: String = title.chars().map(plain).collect();
    let parts: Vec<&str> = name.split('-').filter(|part| !part.is_empty()).collect();
    let name = parts.join("-");
    [if name.is_empty() { "model" } else { &name }, ending].concat()
}
