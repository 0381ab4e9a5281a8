//! Reading weights files.

use std::{fs, path::Path};

use anyhow::{Context, Result};
use model::Weights;

/// Reads a weights file.
///
/// # Errors
/// If the file cannot be read, or is no weights file of ours; the message names it.
pub(crate) fn load_weights(path: &Path) -> Result<Weights> {
    let shown = path.display();
    let bytes = fs::read(path).with_context(|| {
        format!("cannot read the weights {shown}; give a file that `scriptorium train` wrote")
    })?;
    Weights::from_bytes(&bytes).with_context(|| format!("cannot use the weights {shown}"))
}
