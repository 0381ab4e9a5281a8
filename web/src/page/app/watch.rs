//! Watching the engine: a worker that the browser or the system has ended says nothing of it.

use std::rc::Rc;

use wasm_bindgen_futures::spawn_local;
use web::{turn::pause, words::word};

use super::App;

/// Milliseconds between two looks.
const LOOK_MILLISECONDS: i32 = 2_000;
/// Looks without a word from the engine after which it is given up. Counted rather than timed, so that a device that
/// slept for an hour has lost one.
const MOST_SILENT_LOOKS: u32 = 8;

impl App {
    /// Has the engine replaced if it falls silent while it writes `job`.
    pub(super) fn watch_engine(self: &Rc<Self>, job: u32) {
        let this = self.clone();
        this.silent_looks.set(0);
        spawn_local(async move {
            loop {
                pause(LOOK_MILLISECONDS).await;
                if !this.is_on_engine(job) {
                    return;
                }
                this.silent_looks.set(this.silent_looks.get() + 1);
                if this.silent_looks.get() > MOST_SILENT_LOOKS {
                    return this.engine_failed(&word("engine-silent"));
                }
            }
        });
    }
}
