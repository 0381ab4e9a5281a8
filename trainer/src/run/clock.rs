//! The time that a training takes.

use std::time::Instant;

/// Counts on from the seconds that a training has taken before.
pub(super) struct Clock {
    secs_before: f64,
    begun: Instant,
}

impl Clock {
    pub(super) fn start(secs_before: f64) -> Self {
        Self { secs_before, begun: Instant::now() }
    }

    /// Seconds since the start.
    pub(super) fn elapsed(&self) -> f64 {
        self.begun.elapsed().as_secs_f64()
    }

    /// Seconds that the training has taken in all.
    pub(super) fn secs(&self) -> f64 {
        self.secs_before + self.elapsed()
    }
}
