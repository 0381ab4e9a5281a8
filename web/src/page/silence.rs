//! Whether a worker that writes still speaks: one that the browser or the system has ended says nothing of it.

use std::{cell::Cell, rc::Rc};

use wasm_bindgen_futures::spawn_local;
use web::turn::pause;

/// Milliseconds between two looks.
const LOOK_MILLISECONDS: i32 = 2_000;
/// Looks without a word after which a worker is given up. Counted rather than timed, so that a device that slept for an hour has
/// lost one.
const MAX_SILENT_LOOKS: u32 = 8;

/// A worker at a job, as long as it speaks.
#[derive(Default)]
pub(crate) struct Silence {
    /// The job that it is at; none is 0.
    job: Cell<u32>,
    /// Looks since it last said something.
    looks: Cell<u32>,
}

impl Silence {
    /// It begins a job; `fallen` is called if it falls silent at it.
    pub(crate) fn watch(self: &Rc<Self>, job: u32, fallen: Box<dyn FnOnce()>) {
        self.job.set(job);
        self.looks.set(0);
        let this = self.clone();
        spawn_local(async move {
            loop {
                pause(LOOK_MILLISECONDS).await;
                if !this.is_at(job) {
                    return;
                }
                this.looks.set(this.looks.get() + 1);
                if this.looks.get() > MAX_SILENT_LOOKS {
                    this.job.set(0);
                    return fallen();
                }
            }
        });
    }

    /// It has said something.
    pub(crate) fn spoke(&self) {
        self.looks.set(0);
    }

    /// Whether it is at this job.
    pub(crate) fn is_at(&self, job: u32) -> bool {
        self.job.get() == job
    }

    /// It is done with this job, or need not go on with it.
    pub(crate) fn end(&self, job: u32) {
        if self.is_at(job) {
            self.job.set(0);
        }
    }

    /// It is at no job any more.
    pub(crate) fn end_all(&self) {
        self.job.set(0);
    }
}
