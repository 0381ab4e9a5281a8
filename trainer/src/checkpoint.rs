//! Checkpoints as files.

use std::path::Path;

use anyhow::{Context, Result, anyhow};
use training::{Checkpoint, CheckpointError};

use crate::{
    corpus::CorpusArgs,
    files::{check_regular, write_atomic},
};

/// Writes the file beside its place and renames it.
///
/// # Errors
/// If the place cannot be written; the previous checkpoint is then still there.
pub fn save(checkpoint: &Checkpoint, path: &Path) -> Result<()> {
    write_atomic(path, &checkpoint.to_bytes()?)
}

/// Refuses a path at which there is no file; what is in the file is not looked at.
///
/// # Errors
/// Names the file, and what to give instead.
pub(crate) fn check_there(path: &Path) -> Result<()> {
    check_regular(path).with_context(|| unreadable(path))
}

/// Reads a checkpoint.
///
/// # Errors
/// If the file is missing, cut short, of another version or something else.
pub fn load(path: &Path) -> Result<Checkpoint> {
    let bytes = std::fs::read(path).with_context(|| unreadable(path))?;
    Checkpoint::from_bytes(&bytes).map_err(|error| anyhow!("{} {error}", path.display()))
}

fn unreadable(path: &Path) -> String {
    let shown = path.display();
    format!("cannot read the checkpoint {shown}; --resume takes the .checkpoint file that training wrote")
}

/// The flags that name a checkpoint's text; `path` is where it was read. `None` if it names none: the page trains on texts
/// that lie on no disk it knows.
///
/// # Errors
/// If another program wrote them.
pub(crate) fn corpus_args(checkpoint: &Checkpoint, path: &Path) -> Result<Option<CorpusArgs>> {
    let args = &checkpoint.source.args;
    if args.is_null() {
        return Ok(None);
    }
    serde_json::from_value(args.clone())
        .map(Some)
        .map_err(|error| anyhow!("{} {}", path.display(), CheckpointError::Header(error.to_string())))
}
