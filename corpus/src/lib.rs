//! Corpora as bytes: how a text is read, cleaned and counted, on the command line and in a browser alike.
//!
//! Nothing here opens a file. What is read is UTF-8 text, or the course notebook's JSON of series and episodes.

mod count;
mod error;
mod figures;
mod notebook;
mod plain;
mod rare;
mod text;
mod windows;

pub use error::CorpusError;
pub use figures::{Figures, SHOWN, sha256};
pub use notebook::{Choice, Offered, notebook, offered};
pub use rare::{Rare, RareCharacter, rare_characters};
pub use text::text;
pub use windows::{WINDOW, WINDOW_STEP, windows};

/// Whether a corpus of this name is the notebook's JSON.
pub fn is_json(name: &str) -> bool {
    name.to_ascii_lowercase().ends_with(".json")
}
