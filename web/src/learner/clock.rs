//! Time in a worker.

use web::dom::now;

/// Seconds since the program began.
pub(crate) fn now_secs() -> f64 {
    now() / 1000.0
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
