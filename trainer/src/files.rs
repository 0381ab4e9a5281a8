//! Files that are written atomically: they appear complete or not at all.

use std::{
    fs,
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};

/// Writes a file beside its place and renames it, so that whatever happens the old one or the new one is
/// there. Folders that are missing are made. A device or a pipe is never replaced: `/dev/null` would be gone for everybody.
pub(crate) fn write_atomic(path: &Path, bytes: &[u8]) -> Result<()> {
    let shown = path.display();
    if is_there(path)? && fs::metadata(path).is_ok_and(|there| !there.is_file()) {
        bail!("cannot write {shown}: it is there and is no regular file; give the name of a file");
    }
    let folder = folder_of(path);
    let failed = || format!("cannot write {shown}; choose a writable place with enough room");
    fs::create_dir_all(folder).with_context(failed)?;
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
    if let (Ok(()), Ok(folder)) = (&written, fs::File::open(folder)) {
        let _ = folder.sync_all();
    }
    if written.is_err() {
        // The half-written file is of no use; that it cannot be removed is not the news.
        let _ = fs::remove_file(&partial);
    }
    written.with_context(failed)
}

/// Whether there is anything of that name; a link that leads nowhere is something too. A disk that does not answer is not
/// taken for a place that is free.
///
/// # Errors
/// If that cannot be known.
pub(crate) fn is_there(path: &Path) -> Result<bool> {
    match path.symlink_metadata() {
        Ok(_) => Ok(true),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(false),
        Err(error) => {
            let shown = path.display();
            Err(error).with_context(|| format!("cannot see whether {shown} exists; choose another place"))
        }
    }
}

/// Refuses what is no regular file, without opening it: a pipe or a device could keep the program waiting for ever.
///
/// # Errors
/// Says so, or why nothing can be known of the file.
pub(crate) fn check_regular(path: &Path) -> io::Result<()> {
    match fs::metadata(path)?.is_file() {
        true => Ok(()),
        false => Err(io::Error::other("it is not a regular file")),
    }
}

/// The folder that a file is in: of a mere name the current one.
pub(crate) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Refuses to replace what is there, unless that was asked for by `force`. What the command reads, `sources`, is never
/// replaced. Files are compared, not names: `./a` is `a`, and so is a link to it.
///
/// # Errors
/// Names the file, and how to go on.
pub(crate) fn check_replacing(out: &Path, sources: &[&Path], force: bool) -> Result<()> {
    let shown = out.display();
    if !is_there(out)? {
        return Ok(());
    }
    if let Some(out) = complete(out)? {
        for source in sources {
            if complete(source)?.is_some_and(|source| source == out) {
                bail!("{shown} would be written over itself; give another file with --out");
            }
        }
    }
    if !force {
        bail!("{shown} exists; give another file with --out, or replace it with --force");
    }
    Ok(())
}

/// The one path of a file without links and detours, if it exists.
fn complete(path: &Path) -> Result<Option<PathBuf>> {
    match path.canonicalize() {
        Ok(complete) => Ok(Some(complete)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        Err(error) => {
            let shown = path.display();
            Err(error).with_context(|| format!("cannot see where {shown} leads; give another file"))
        }
    }
}

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
    fn a_mere_name_is_in_the_current_folder() {
        assert_eq!(folder_of(Path::new("file")), Path::new("."));
        assert_eq!(folder_of(Path::new("a/file")), Path::new("a"));
        assert_eq!(folder_of(Path::new("/file")), Path::new("/"));
    }

    #[test]
    fn replaces_nothing_unasked_and_never_what_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name);
        fs::write(file("source"), "a").unwrap();
        fs::write(file("other"), "b").unwrap();
        let source = file("source");
        let check = |out: &str, force| check_replacing(&file(out), &[&source], force);
        let refused = |out: &str, force, expected: &str| {
            let error = check(out, force).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        };
        check("new", false).unwrap();
        check("no/such/folder", false).unwrap();
        refused("other", false, "other exists; give another file with --out, or replace it with --force");
        check("other", true).unwrap();
        for force in [false, true] {
            refused("source", force, "source would be written over itself");
            refused("./source", force, "would be written over itself");
        }
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(file("source"), file("link")).unwrap();
            std::os::unix::fs::symlink(file("nothing"), file("nowhere")).unwrap();
            refused("link", true, "link would be written over itself");
            refused("nowhere", false, "nowhere exists");
        }
    }

    #[cfg(unix)]
    #[test]
    fn devices_are_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("null");
        std::os::unix::fs::symlink("/dev/null", &link).unwrap();
        for path in [link.as_path(), folder.path()] {
            let error = write_atomic(path, b"x").unwrap_err().to_string();
            assert!(error.contains("is no regular file; give the name of a file"), "{error}");
        }
        assert!(link.is_symlink());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing was left");
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
