//! Time in a worker.

use js_sys::{Function, Promise};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web::dom::{now, property};

/// Seconds since the program began.
pub(crate) fn now_secs() -> f64 {
    now() / 1000.0
}

/// Lets some time pass.
pub(crate) async fn pause(secs: f64) {
    let promise = Promise::new(&mut |resolve, _| {
        let timer = property(&js_sys::global(), "setTimeout").dyn_into::<Function>();
        let set = timer.and_then(|timer| timer.call2(&JsValue::NULL, &resolve, &(secs * 1000.0).into()));
        if set.is_err() {
            let _ = resolve.call0(&JsValue::NULL);
        }
    });
    // The promise is never rejected.
    let _ = JsFuture::from(promise).await;
}

/// The time that the program works, without its rests.
#[derive(Debug)]
pub(crate) struct Stopwatch {
    before: f64,
    since: f64,
}

impl Stopwatch {
    /// Goes on from so many seconds.
    pub(crate) fn start(secs: f64) -> Self {
        Self { before: secs, since: now_secs() }
    }

    /// Seconds so far.
    pub(crate) fn secs(&self) -> f64 {
        self.before + now_secs() - self.since
    }

    /// Does not count `secs` that have just passed.
    pub(crate) fn skip(&mut self, secs: f64) {
        self.since += secs;
    }
}
