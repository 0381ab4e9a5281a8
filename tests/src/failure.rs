//! Why a test cannot go on.

use std::fmt;

/// What a test or a part of it returns, so that `?` takes the place of `unwrap`.
pub type Result<T = ()> = std::result::Result<T, Failure>;

/// An error, and the line of the test that met it.
pub struct Failure(String);

impl<E: Into<anyhow::Error>> From<E> for Failure {
    #[track_caller]
    fn from(error: E) -> Self {
        let error: anyhow::Error = error.into();
        Self(format!("{}: {error:#}", std::panic::Location::caller()))
    }
}

// What the test harness prints; in quotes, the lines of what the page shows would run into one.
impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
