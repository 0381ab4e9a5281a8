//! Numbers, names and attributes out of an HDF5 file.

mod guard;
mod texts;

use std::{
    borrow::Cow,
    cell::Cell,
    collections::BTreeSet,
    sync::{Arc, atomic::Ordering::Relaxed},
};

use guard::Guard;
use hdf5_reader::{ByteOrder, Dataset, Datatype, Hdf5File, OpenOptions, group::Group};

use super::{
    numbers::{Stored, lengths},
    parts::Matrix,
};
use crate::{ImportError, error::shown, format::Format};

/// The longest header of a group or a dataset. What it points to counts elsewhere.
const MAX_HEADER: usize = 256 << 10;
/// The most groups and datasets of a group: an optimiser has some for each number of the model's.
const MAX_MEMBERS: usize = 2000;

/// An opened file.
pub(crate) struct Hdf5 {
    file: Hdf5File,
    guard: Arc<Guard>,
    /// How many bytes of numbers may still be read. All datasets together are no longer than the file, so that one
    /// that is listed often, or declares what it does not hold, takes no more memory than the file itself.
    left: Cell<u64>,
    /// Groups of the root with the backslashes of Windows in their names: as a path, and as they are called.
    backslashed: Vec<(String, String)>,
}

/// What begins an HDF5 file.
pub(crate) const SIGNATURE: &[u8] = b"\x89HDF\r\n\x1a\n";

impl Hdf5 {
    pub(crate) fn open(bytes: Vec<u8>) -> Result<Self, ImportError> {
        let left = Cell::new(bytes.len() as u64);
        let options = OpenOptions::default()
            .with_chunk_cache_bytes(0)
            .with_max_read_bytes(bytes.len())
            .with_max_chunk_bytes(0)
            .with_max_object_header_bytes(MAX_HEADER);
        let guard = Arc::new(Guard::new(bytes));
        let file = Hdf5File::from_storage_with_options(guard.clone(), options).map_err(broken)?;
        let mut opened = Self { file, guard, left, backslashed: Vec::new() };
        let (groups, _) = opened.members("")?;
        let named = |name: String| name.contains('\\').then(|| (name.replace('\\', "/"), name));
        opened.backslashed = groups.into_iter().filter_map(named).collect();
        Ok(opened)
    }

    /// What a path is called in the file.
    fn actual<'a>(&self, path: &'a str) -> Cow<'a, str> {
        let below = |(group, name): &(String, String)| {
            let rest = path.strip_prefix(group.as_str())?;
            (rest.is_empty() || rest.starts_with('/')).then(|| format!("{name}{rest}"))
        };
        self.backslashed.iter().find_map(below).map_or(Cow::Borrowed(path), Cow::Owned)
    }

    fn group(&self, path: &str) -> Result<Group, ImportError> {
        self.file.group(&self.actual(path)).map_err(|error| broken(format!("`/{path}`: {error}")))
    }

    pub(crate) fn has_group(&self, path: &str) -> bool {
        self.file.group(&self.actual(path)).is_ok() || !self.steps(path).is_empty()
    }

    /// The groups below a path that only their backslashed names tell of.
    fn steps(&self, path: &str) -> BTreeSet<String> {
        let step = |(group, _): &(String, String)| {
            let rest = if path.is_empty() { group } else { group.strip_prefix(path)?.strip_prefix('/')? };
            rest.split('/').next().map(str::to_owned)
        };
        self.backslashed.iter().filter_map(step).collect()
    }

    /// Names of the groups and of the datasets in a group; the root has an empty path.
    pub(crate) fn members(&self, path: &str) -> Result<(Vec<String>, Vec<String>), ImportError> {
        let steps = self.steps(path);
        let (mut groups, datasets) = match self.group(path) {
            Err(_) if !steps.is_empty() => (Vec::new(), Vec::new()),
            group => {
                let members = group?.member_names();
                members.map_err(|error| broken(format!("`/{path}`: {error}")))?
            }
        };
        groups.retain(|group| self.backslashed.is_empty() || !group.contains('\\'));
        groups.extend(steps);
        if groups.len() + datasets.len() > MAX_MEMBERS {
            return Err(broken(format!("`/{path}` has more than {MAX_MEMBERS} members")));
        }
        Ok((groups, datasets))
    }

    /// An attribute that is a text.
    pub(crate) fn text(&self, path: &str, name: &str) -> Result<Option<String>, ImportError> {
        Ok(self.texts(path, name)?.and_then(|texts| texts.into_iter().next()))
    }

    /// An attribute that is a list of texts.
    pub(crate) fn texts(&self, path: &str, name: &str) -> Result<Option<Vec<String>>, ImportError> {
        texts::texts(&self.group(path)?, name)
            .map_err(|problem| broken(format!("`{name}` of `/{path}`: {problem}")))
    }

    /// The shape of a dataset, if it is there and of two axes at most.
    pub(crate) fn shape(&self, path: &str) -> Result<Vec<usize>, ImportError> {
        shape_of(path, &self.dataset(path)?)
    }

    /// A matrix of numbers.
    pub(crate) fn matrix(&self, path: &str) -> Result<Matrix, ImportError> {
        let dataset = self.dataset(path)?;
        let [rows, columns] = lengths(path, &shape_of(path, &dataset)?)?;
        Ok(Matrix { rows, columns, values: self.numbers(path, &dataset)? })
    }

    /// A vector of numbers.
    pub(crate) fn vector(&self, path: &str) -> Result<Vec<f32>, ImportError> {
        let dataset = self.dataset(path)?;
        let [_] = lengths(path, &shape_of(path, &dataset)?)?;
        self.numbers(path, &dataset)
    }

    fn dataset(&self, path: &str) -> Result<Dataset, ImportError> {
        self.file
            .dataset(&self.actual(path))
            .map_err(|error| ImportError::tensor(path, format!("cannot be read: {error}")))
    }

    fn numbers(&self, path: &str, dataset: &Dataset) -> Result<Vec<f32>, ImportError> {
        let wrong = |problem: String| ImportError::tensor(path, problem);
        let (stored, order) = match dataset.dtype() {
            Datatype::FloatingPoint { size: 2, byte_order } => (Stored::F16, *byte_order),
            Datatype::FloatingPoint { size: 4, byte_order } => (Stored::F32, *byte_order),
            Datatype::FloatingPoint { size: 8, byte_order } => (Stored::F64, *byte_order),
            _ => {
                return Err(wrong(
                    "does not hold numbers of 16, 32 or 64 bits with a point; save the model in float32"
                        .to_owned(),
                ));
            }
        };
        // Keras writes none, and a file without them has no tables and no packed numbers to be led astray by.
        if dataset.chunks().is_some() {
            return Err(wrong(
                "is stored in chunks, which Keras does not do; save the model again with Keras".to_owned(),
            ));
        }
        let bytes =
            dataset.shape().iter().try_fold(stored.size() as u64, |bytes, length| bytes.checked_mul(*length));
        let left = bytes.and_then(|bytes| self.left.get().checked_sub(bytes));
        let left = left.ok_or_else(|| {
            wrong("declares more numbers than the file holds; save the model again".to_owned())
        })?;
        self.left.set(left);
        self.guard.numbers.store(true, Relaxed);
        let bytes = dataset.read_raw_bytes();
        self.guard.numbers.store(false, Relaxed);
        let mut bytes = bytes.map_err(|error| wrong(shown(format!("cannot be read: {error}"))))?;
        if order == ByteOrder::BigEndian {
            bytes.chunks_exact_mut(stored.size()).for_each(<[u8]>::reverse);
        }
        stored.read(path, &bytes)
    }
}

fn shape_of(path: &str, dataset: &Dataset) -> Result<Vec<usize>, ImportError> {
    if dataset.shape().len() > 2 {
        return Err(ImportError::tensor(path, "has more than two axes, which no layer of an LSTM model has"));
    }
    let length =
        |&length: &u64| usize::try_from(length).map_err(|_| ImportError::tensor(path, "is too large"));
    dataset.shape().iter().map(length).collect()
}

fn broken(problem: impl ToString) -> ImportError {
    ImportError::broken(Format::Keras, problem)
}
