//! How many steps may wait for a device.

use crate::clock::now_secs;

/// Seconds of steps that may wait: few enough to be stopped at once, enough to hide the way to the device and back.
const WAITING_SECS: f64 = 0.05;
/// Most steps that may wait.
const MAX_WAITING: usize = 64;

/// How many steps are given to the device before what they came to is read, which waits for it: more and more as long as
/// that is done in a moment. A device that takes long gets one after another.
#[derive(Debug)]
pub(crate) struct Flow {
    most: usize,
    waiting: usize,
    since: f64,
}

impl Default for Flow {
    fn default() -> Self {
        Self { most: 1, waiting: 0, since: now_secs() }
    }
}

impl Flow {
    /// Another step is given to the device: whether it is time to read.
    pub(crate) fn is_full(&mut self) -> bool {
        if self.waiting == 0 {
            self.since = now_secs();
        }
        self.waiting += 1;
        self.waiting >= self.most
    }

    /// What was waited for has been read.
    pub(crate) fn empty(&mut self) {
        let secs = now_secs() - self.since;
        if secs > WAITING_SECS {
            self.most = (self.most / 2).max(1);
        } else if self.waiting >= self.most && secs < WAITING_SECS / 2.0 {
            self.most = (self.most * 2).min(MAX_WAITING);
        }
        self.waiting = 0;
    }
}
