//! Where a run's folder is, and that one process alone has it.

use std::{
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};

use crate::{
    checkpoint,
    files::{folder_of, is_there},
};

/// The folder of runs for which no other is given.
const RUNS: &str = "runs";
/// The checkpoint to go on from.
pub(super) const LAST: &str = "last.checkpoint";
/// The settings that a run began with.
pub(super) const CONFIG: &str = "config.toml";

/// The checkpoint that `--resume` means: a folder's last one, or the file itself.
pub(super) fn checkpoint_of(given: &Path) -> PathBuf {
    if given.is_dir() { given.join(LAST) } else { given.to_owned() }
}

/// Whether a checkpoint lies in no run's folder: the page wrote it, or somebody sent it alone.
pub(super) fn is_alone(checkpoint: &Path) -> Result<bool> {
    let folder = folder_of(checkpoint);
    let is_last = checkpoint.file_name().is_some_and(|name| name == LAST);
    Ok(!is_last && !is_there(&folder.join(CONFIG))?)
}

/// The next free folder for runs on a corpus of this name, made, so that no other training takes it.
pub(super) fn free(corpus: &str) -> Result<PathBuf> {
    let plain = |c: char| if c.is_alphanumeric() { c } else { '-' };
    let name: String = corpus.to_lowercase().chars().map(plain).collect();
    let name = name.trim_matches('-');
    fs::create_dir_all(RUNS)
        .with_context(|| format!("cannot make the folder {RUNS}; choose a writable place with --out"))?;
    for number in 1.. {
        let path =
            Path::new(RUNS).join(if number == 1 { name.to_owned() } else { format!("{name}-{number}") });
        match fs::create_dir(&path) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => {
                return Err(error).with_context(|| {
                    format!("cannot make the folder {}; choose a writable place with --out", path.display())
                });
            }
        }
    }
    bail!("{RUNS} has no free name left; choose a folder with --out")
}

/// Takes the folder of a checkpoint for this process. The checkpoint is not read: until the folder is taken, another
/// training may write it.
pub(super) fn lock_of(checkpoint: &Path) -> Result<File> {
    // A mistyped name leaves no lock behind.
    checkpoint::check_there(checkpoint)?;
    lock(folder_of(checkpoint))
}

/// Takes the folder for this process.
pub(super) fn lock(folder: &Path) -> Result<File> {
    let path = folder.join(".lock");
    let failed = || format!("cannot write {}; choose a writable place with --out", path.display());
    let file = File::options().create(true).truncate(false).write(true).open(&path).with_context(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            let shown = folder.display();
            bail!(
                "another training is at work in {shown}; wait for its end, or choose another folder with --out"
            )
        }
        // A file system without locks: then nothing can be said.
        Err(TryLockError::Error(_)) => Ok(file),
    }
}
