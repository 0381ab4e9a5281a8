//! Files in a zip archive.

use std::io::{Cursor, Read};

use zip::{ZipArchive, read::ZipFile};

use crate::{ImportError, format::Format};

/// The longest file of numbers: the largest model that our format has, in f32, with twice as much for an optimiser.
pub(crate) const MAX_NUMBERS: u64 = 3 << 30;
/// The longest description, with a thousand layers.
pub(crate) const MAX_TEXT: u64 = 4 << 20;
/// How many times longer than its compressed form a file may be. Weights hardly get shorter.
const MAX_RATIO: u64 = 100;
/// Short files may be compressed better than that.
const SHORT: u64 = 1 << 20;
/// The most files in an archive: Keras writes three, and some more for layers with tables.
const MAX_FILES: usize = 1000;

/// An opened archive.
pub(crate) struct Archive<'a> {
    archive: ZipArchive<Cursor<&'a [u8]>>,
    length: u64,
}

impl<'a> Archive<'a> {
    pub(crate) fn open(bytes: &'a [u8]) -> Result<Self, ImportError> {
        let archive = ZipArchive::new(Cursor::new(bytes)).map_err(broken)?;
        if archive.len() > MAX_FILES {
            let problem = format!("its archive has {} files", archive.len());
            return Err(ImportError::broken(Format::Keras, problem));
        }
        Ok(Self { archive, length: bytes.len() as u64 })
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.archive.index_for_name(name).is_some()
    }

    /// All names that can be text.
    pub(crate) fn names(&self) -> Vec<String> {
        let names = self.archive.file_names_raw();
        names.filter_map(|name| std::str::from_utf8(name).ok()).map(str::to_owned).collect()
    }

    /// Whether a file has a name that ends so.
    pub(crate) fn has_ending(&self, end: &str) -> bool {
        self.archive.file_names_raw().any(|name| name.ends_with(end.as_bytes()))
    }

    /// A file of at most `limit` bytes. What it declares is checked before anything is unpacked.
    pub(crate) fn read(&mut self, name: &str, limit: u64) -> Result<Vec<u8>, ImportError> {
        let packed = self.length;
        let mut file = self.archive.by_name(name).map_err(|error| broken(format!("{name}: {error}")))?;
        let declared =
            declared(&file, limit, packed).map_err(|problem| broken(format!("{name} {problem}")))?;
        let mut bytes = Vec::new();
        // One byte more than declared would be a lie.
        let read = (&mut file).take(declared + 1).read_to_end(&mut bytes);
        match read.map_err(|error| broken(format!("{name}: {error}")))? as u64 {
            length if length == declared => Ok(bytes),
            length => Err(broken(format!("{name} has {length} bytes rather than {declared}"))),
        }
    }
}

/// The length that a file declares, if it is one to unpack.
fn declared<R: Read>(file: &ZipFile<'_, R>, limit: u64, archive: u64) -> Result<u64, String> {
    // No file is longer packed than the archive, whatever it declares.
    let (length, packed) = (file.size(), file.compressed_size().min(archive));
    let limit = packed.saturating_mul(MAX_RATIO).max(SHORT).min(limit);
    match length <= limit {
        true => Ok(length),
        false => Err(format!("would be {length} bytes of {packed} packed ones, which no model is")),
    }
}

fn broken(problem: impl ToString) -> ImportError {
    ImportError::broken(Format::Keras, problem)
}
