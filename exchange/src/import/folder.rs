//! Files that belong together: a folder's, a zip archive's, or several that were chosen.

use std::collections::BTreeMap;

use super::archive::{Archive, MAX_NUMBERS};
use crate::ImportError;

/// Names by which the first file of a folder is known that are no folder's alone.
pub(crate) const SAVED_MODEL: &str = "saved_model.pb";
pub(crate) const TFJS: &str = "model.json";

/// The files of a folder by their paths in it, with slashes.
#[derive(Debug)]
pub(crate) struct Folder {
    files: BTreeMap<String, Vec<u8>>,
}

/// Whether a file of a folder has a part of a model, by its path: others need not be read for
/// [`read_folder`](crate::read_folder).
pub fn is_part(path: &str) -> bool {
    let path = path.replace('\\', "/");
    let name = path.rsplit('/').next().unwrap_or_default();
    matches!(name, SAVED_MODEL | "keras_metadata.pb" | "variables.index" | "model.weights.h5")
        || name.starts_with("variables.data-")
        || name.ends_with(".json")
        || name.ends_with(".bin")
}

impl Folder {
    /// The folder around the first file of this name that is nearest to the root, if there is one.
    pub(crate) fn around(files: Vec<(String, Vec<u8>)>, name: &str) -> Option<Self> {
        let files: Vec<(String, Vec<u8>)> =
            files.into_iter().map(|(path, bytes)| (path.replace('\\', "/"), bytes)).collect();
        let is_it =
            |path: &str| path == name || path.strip_suffix(name).is_some_and(|rest| rest.ends_with('/'));
        let paths = files.iter().map(|(path, _)| path).filter(|path| is_it(path));
        let nearest = paths.min_by_key(|path| (path.matches('/').count(), path.len()))?;
        let root = nearest.strip_suffix(name).unwrap_or_default().to_owned();
        let inside =
            files.into_iter().filter_map(|(path, bytes)| Some((path.strip_prefix(&root)?.to_owned(), bytes)));
        Some(Self { files: inside.collect() })
    }

    /// A folder of one file.
    pub(crate) fn alone(name: &str, bytes: Vec<u8>) -> Self {
        Self { files: BTreeMap::from([(name.to_owned(), bytes)]) }
    }

    /// A file by its path, or by its name alone where the files were chosen one by one.
    pub(crate) fn get(&self, path: &str) -> Option<&[u8]> {
        let name = path.rsplit('/').next().unwrap_or_default();
        self.files.get(path).or_else(|| self.files.get(name)).map(Vec::as_slice)
    }

    /// How long all files are together.
    pub(crate) fn length(&self) -> usize {
        self.files.values().fold(0, |sum, bytes| sum.saturating_add(bytes.len()))
    }
}

/// The parts of a model in an archive. The lengths that it declares are bounded together as those of one file are.
pub(crate) fn unpacked(archive: &mut Archive<'_>) -> Result<Vec<(String, Vec<u8>)>, ImportError> {
    let mut files = Vec::new();
    let mut left = MAX_NUMBERS;
    for name in archive.names() {
        if is_part(&name) {
            let bytes = archive.read(&name, left)?;
            left = left.saturating_sub(bytes.len() as u64);
            files.push((name, bytes));
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_folder_by_its_first_file() {
        let file = |path: &str| (path.to_owned(), path.as_bytes().to_vec());
        let files = vec![
            file("all\\DS9_model\\variables\\variables.index"),
            file("all\\DS9_model\\saved_model.pb"),
            file("old/all/x/saved_model.pb"),
            file("not_saved_model.pb"),
        ];
        let folder = Folder::around(files, SAVED_MODEL).unwrap();
        assert_eq!(folder.get(SAVED_MODEL).unwrap(), b"all\\DS9_model\\saved_model.pb");
        assert!(folder.get("variables/variables.index").is_some());
        assert_eq!(folder.files.len(), 2);
        assert!(Folder::around(vec![file("not_saved_model.pb")], SAVED_MODEL).is_none());
    }
}
