//! What the HDF5 library may read of a file.
//!
//! The library checks every length against the file's, but not how often a piece is used: a file of 60 KB whose group
//! lists the same long names again and again takes gigabytes. All that it reads goes through here, so that what it
//! makes of the pieces is bounded. Keras's files are far below these bounds.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
};

use hdf5_reader::{
    Storage, StorageBuffer,
    error::{Error, Result},
};

/// The longest piece of structure: an attribute with a model's description is the longest that there is.
const MAX_PIECE: u64 = 1 << 20;
/// How much structure is read in all.
const MAX_STRUCTURE: u64 = 16 << 20;
/// How long the names may be in all; each entry's is taken to be as long as all of its group's.
const MAX_NAMES: u64 = 64 << 20;
/// How many messages the headers of objects may announce in all: the library makes room for them first.
const MAX_MESSAGES: u64 = 100_000;

/// Forms of groups, attributes and datasets that Keras's files do not have.
const UNSUPPORTED: [&[u8]; 6] = [b"FRHP", b"BTHD", b"SMTB", b"SMLI", b"EAHD", b"FAHD"];

/// A file in memory, and what was read of it.
pub(super) struct Guard {
    bytes: Arc<Vec<u8>>,
    /// Whether a dataset's numbers are read, whose length was checked.
    pub(super) numbers: AtomicBool,
    structure: AtomicU64,
    names: AtomicU64,
    messages: AtomicU64,
    /// How long the names of the group are that is being read.
    heap: AtomicU64,
}

impl Guard {
    pub(super) fn new(bytes: Vec<u8>) -> Self {
        let zero = || AtomicU64::new(0);
        let (structure, names, messages, heap) = (zero(), zero(), zero(), zero());
        Self { bytes: Arc::new(bytes), numbers: AtomicBool::new(false), structure, names, messages, heap }
    }

    /// Looks at a piece of structure before the library does.
    fn inspect(&self, piece: &[u8]) -> Result<()> {
        if piece.len() as u64 > MAX_PIECE {
            return Err(refused("has too long a piece of structure"));
        }
        // Each piece costs some more than its length.
        spend(&self.structure, piece.len() as u64 + 64, MAX_STRUCTURE, "has too much structure")?;
        let number = |at: usize, size: usize| {
            let bytes = piece.get(at..at + size).unwrap_or_default();
            bytes.iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte))
        };
        match piece {
            _ if UNSUPPORTED.iter().any(|form| piece.starts_with(form)) => {
                Err(refused("uses a form of HDF5 that Keras does not write; save the model again with Keras"))
            }
            // The names of a group: how long they are in all.
            [b'H', b'E', b'A', b'P', ..] => {
                self.heap.store(number(8, 8).min(self.bytes.len() as u64), Relaxed);
                Ok(())
            }
            // Some of its entries: how many.
            [b'S', b'N', b'O', b'D', ..] => {
                let names = number(6, 2).saturating_mul(self.heap.load(Relaxed));
                spend(&self.names, names, MAX_NAMES, "has too many or too long names")
            }
            // The beginning of an object's header: how many messages.
            [1, _, _, _, ..] if piece.len() == 16 => {
                spend(&self.messages, number(2, 2), MAX_MESSAGES, "announces too many messages")
            }
            _ => Ok(()),
        }
    }
}

impl Storage for Guard {
    fn len(&self) -> u64 {
        self.bytes.len() as u64
    }

    fn read_range(&self, offset: u64, len: usize) -> Result<StorageBuffer> {
        let start = usize::try_from(offset).map_err(|_| Error::OffsetOutOfBounds(offset))?;
        let piece = start.checked_add(len).and_then(|end| self.bytes.get(start..end));
        let piece = piece.ok_or(Error::OffsetOutOfBounds(offset))?;
        if !self.numbers.load(Relaxed) {
            self.inspect(piece)?;
        }
        StorageBuffer::from_shared_owner(self.bytes.clone(), start, len)
    }
}

fn spend(spent: &AtomicU64, amount: u64, limit: u64, problem: &str) -> Result<()> {
    let before = spent.fetch_add(amount.min(limit), Relaxed);
    if before.saturating_add(amount) > limit { Err(refused(problem)) } else { Ok(()) }
}

fn refused(problem: &str) -> Error {
    Error::ResourceLimit(problem.to_owned())
}
