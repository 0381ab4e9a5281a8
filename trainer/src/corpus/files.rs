//! Text files, or folders of them.

use std::{fs, path::Path};

use anyhow::{Context, Result, anyhow, bail};

use crate::files::check_regular;

/// Name and text of a file, or of all files of a folder in the order of their names, joined by an empty line.
pub(super) fn load(path: &Path) -> Result<(String, String)> {
    let name = path.file_stem().map_or_else(|| "text".to_owned(), |stem| stem.to_string_lossy().into_owned());
    let text = if path.is_dir() {
        let mut files: Vec<_> = fs::read_dir(path)
            .with_context(|| format!("cannot list the folder {}", path.display()))?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<Result<_, _>>()?;
        files.retain(|file| file.is_file());
        files.sort();
        if files.is_empty() {
            bail!("the folder {} has no files; put text files into it", path.display());
        }
        let mut all = String::new();
        for (index, file) in files.iter().enumerate() {
            if index > 0 {
                all.push_str("\n\n");
            }
            all.push_str(&read(file)?);
        }
        all
    } else {
        read(path)?
    };
    Ok((name, text))
}

/// Reads one UTF-8 file; a byte order mark is dropped and line ends become `\n`.
pub(super) fn read(path: &Path) -> Result<String> {
    let bytes = fs::read(path).with_context(|| unreadable(path))?;
    ::corpus::text(bytes).map_err(|error| anyhow!("{} {error}", path.display()))
}

/// Refuses what is neither a regular file nor a folder. Of a folder only its regular files are read in any case.
pub(super) fn check_openable(path: &Path) -> Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    check_regular(path).with_context(|| unreadable(path))
}

fn unreadable(path: &Path) -> String {
    let shown = path.display();
    format!("cannot read the corpus {shown}; give `shakespeare`, a text file, a folder or a .json file")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joins_a_folder_in_order() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("b.txt"), "zwei\r\n").unwrap();
        fs::write(folder.path().join("a.txt"), "\u{feff}eins").unwrap();
        assert_eq!(load(folder.path()).unwrap().1, "eins\n\nzwei\n");
    }

    #[test]
    fn says_what_is_wrong() {
        let folder = tempfile::tempdir().unwrap();
        let check = |path: &Path, expected: &str| {
            let error = format!("{:#}", load(path).unwrap_err());
            assert!(error.contains(expected), "{error}");
        };
        check(folder.path(), "has no files");
        check(&folder.path().join("missing"), "cannot read the corpus");
        let latin = folder.path().join("latin.txt");
        fs::write(&latin, b"caf\xe9").unwrap();
        check(&latin, "is not UTF-8 (byte 3)");
    }
}
