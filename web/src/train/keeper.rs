//! Keeps trainings one after another: what is kept later is not to be overtaken by what was kept before.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use wasm_bindgen_futures::spawn_local;
use web::dom::Result;

use crate::kept::{self, Training};

/// What is to be done.
pub(crate) enum Job {
    /// Keep it, in the place of what was kept of it before.
    Keep(Box<Training>),
    /// Keep the training of this key no more.
    Remove(String),
}

/// Does one thing at a time; of those that wait, the last alone.
#[derive(Default)]
pub(crate) struct Keeper {
    is_busy: Cell<bool>,
    next: RefCell<Option<(Job, Report)>>,
}

type Report = Box<dyn FnOnce(Result<()>)>;

impl Keeper {
    /// Does it as soon as what is being done is done; `report` hears how it went.
    pub(crate) fn take(self: &Rc<Self>, job: Job, report: impl FnOnce(Result<()>) + 'static) {
        *self.next.borrow_mut() = Some((job, Box::new(report)));
        if self.is_busy.replace(true) {
            return;
        }
        let this = self.clone();
        spawn_local(async move {
            while let Some((job, report)) = this.next.take() {
                report(match job {
                    Job::Keep(training) => training.keep().await,
                    Job::Remove(key) => kept::remove(&key).await,
                });
            }
            this.is_busy.set(false);
        });
    }
}
