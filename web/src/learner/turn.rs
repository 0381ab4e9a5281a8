//! Giving the browser turns in a long computation.

use web::turn::give_turn;

use crate::clock::now_secs;

/// Seconds that the program computes before the browser gets a turn, without which no message comes.
const TURN_SECS: f64 = 0.02;

/// When the browser had its last turn.
#[derive(Debug)]
pub(crate) struct Turns(f64);

impl Default for Turns {
    fn default() -> Self {
        Self(now_secs())
    }
}

impl Turns {
    /// Gives it a turn, if it is time for one.
    pub(crate) async fn take(&mut self) {
        if now_secs() - self.0 >= TURN_SECS {
            give_turn().await;
            self.0 = now_secs();
        }
    }
}
