//! Checkpoints as files.

use std::path::Path;

use anyhow::{Context, Result, anyhow};
use training::{Checkpoint, CheckpointError};

use crate::{corpus::CorpusArgs, files::write_atomic};

/// Writes the file beside its place and renames it.
///
/// # Errors
/// If the place cannot be written; the previous checkpoint is then still there.
pub fn save(checkpoint: &Checkpoint, path: &Path) -> Result<()> {
    write_atomic(path, &checkpoint.to_bytes()?)
}

/// Reads a checkpoint.
///
/// # Errors
/// If the file is missing, cut short, of another version or something else.
pub fn load(path: &Path) -> Result<Checkpoint> {
    let shown = path.display();
    let bytes = std::fs::read(path).with_context(|| {
        format!("cannot read the checkpoint {shown}; --resume takes the .checkpoint file that training wrote")
    })?;
    Checkpoint::from_bytes(&bytes).map_err(|error| anyhow!("{shown} {error}"))
}

/// The flags that name a checkpoint's text; `path` is where it was read.
///
/// # Errors
/// If another program wrote them.
pub(crate) fn corpus_args(checkpoint: &Checkpoint, path: &Path) -> Result<CorpusArgs> {
    serde_json::from_value(checkpoint.source.args.clone())
        .map_err(|error| anyhow!("{} {}", path.display(), CheckpointError::Header(error.to_string())))
}
