//! Corpora as bytes: how a text is read and cleaned, on the command line and in a browser alike.
//!
//! Nothing here opens a file. What is read is UTF-8 text, or the course notebook's JSON of series and episodes.

mod error;
mod notebook;
mod text;

pub use error::CorpusError;
pub use notebook::{Choice, notebook};
pub use text::text;

/// Whether a corpus of this name is the notebook's JSON.
pub fn is_json(name: &str) -> bool {
    name.to_ascii_lowercase().ends_with(".json")
}
