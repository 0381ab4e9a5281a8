//! Numbers that nobody can foretell, from the browser.

use crate::{dom::Result, words::word};

/// A seed for a random stream.
///
/// # Errors
/// If the browser has no source of random numbers.
pub fn seed() -> Result<u32> {
    getrandom::u32().map_err(|_| word("no-random"))
}
