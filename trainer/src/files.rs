//! Files that are written atomically: they appear complete or not at all.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

/// Writes a file beside its place and renames it, so that whatever happens the old one or the new one is
/// there. Folders that are missing are made.
pub(crate) fn write_atomic(path: &Path, bytes: &[u8]) -> Result<()> {
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let failed = || format!("cannot write {}; choose a writable place with enough room", path.display());
    if let Some(folder) = folder {
        fs::create_dir_all(folder).with_context(failed)?;
    }
    let mut partial: PathBuf = path.to_owned();
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".partial");
    partial.set_file_name(name);
    let written = fs::File::create(&partial).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    let written = written.and_then(|()| fs::rename(&partial, path));
    // So that the new name outlives a power cut too; not every file system can do this.
    if let (Ok(()), Some(Ok(folder))) = (&written, folder.map(fs::File::open)) {
        let _ = folder.sync_all();
    }
    if written.is_err() {
        // The half-written file is of no use; that it cannot be removed is not the news.
        let _ = fs::remove_file(&partial);
    }
    written.with_context(failed)
}

/// The name under which the training's modules know it.
pub(crate) use write_atomic as write_whole;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_and_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/file.bin");
        write_atomic(&path, b"one").unwrap();
        write_atomic(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn says_what_cannot_be_written() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "a file, not a folder").unwrap();
        let error = format!("{:#}", write_atomic(&file.join("x"), b"").unwrap_err());
        assert!(error.contains("cannot write"), "{error}");
        assert!(error.contains("choose a writable place"), "{error}");
    }
}
