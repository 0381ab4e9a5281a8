//! The variables of a SavedModel: the table says where each lies, the object graph what each is called.

use std::collections::BTreeMap;

use super::{
    proto::{self, Cut, Value, all, fields, last, take, varint},
    table,
};
use crate::{
    ImportError,
    format::Format,
    import::{
        folder::Folder,
        keras::named::{Values, Variable},
        numbers::Stored,
    },
};

const INDEX: &str = "variables/variables.index";
/// The key of the object graph.
const GRAPH: &[u8] = b"_CHECKPOINTABLE_OBJECT_GRAPH";
/// Types of numbers, `DataType` in TensorFlow.
const STRING: u64 = 7;
/// The most axes that are looked at.
const MAX_AXES: usize = 8;

/// The table and the files that it speaks of.
pub(super) struct Bundle<'a> {
    folder: &'a Folder,
    entries: BTreeMap<Vec<u8>, Entry>,
    shards: u64,
}

/// Where a variable lies.
struct Entry {
    kind: u64,
    shape: Vec<usize>,
    shard: u64,
    offset: u64,
    size: u64,
    /// Whether it is stored in pieces.
    in_pieces: bool,
}

impl<'a> Bundle<'a> {
    pub(super) fn open(folder: &'a Folder) -> Result<Self, ImportError> {
        let index = folder.get(INDEX).ok_or_else(|| missing(INDEX))?;
        let wrong = |problem: String| broken(format!("{INDEX} {problem}"));
        let mut entries = BTreeMap::new();
        let mut shards = 1;
        for (key, value) in table::entries(index).map_err(wrong)? {
            if key.is_empty() {
                shards = header(value).map_err(|Cut| wrong("has no header".to_owned()))?;
            } else {
                let entry = Entry::read(value).map_err(|Cut| wrong("has an entry that is cut".to_owned()))?;
                entries.insert(key, entry);
            }
        }
        Ok(Self { folder, entries, shards })
    }

    /// The model's variables, those of the optimiser and of metrics left out, in the order of their keys.
    pub(super) fn variables(&self) -> Result<Vec<Variable<'a>>, ImportError> {
        let wrong = |Cut| broken(format!("{INDEX}: the object graph is cut"));
        let graph = self.graph()?;
        let mut variables: Vec<Variable<'a>> = Vec::new();
        for node in all(graph, 1).map_err(wrong)? {
            for attribute in all(node, 2).map_err(wrong)? {
                let (name, key) = (last(attribute, 2).map_err(wrong)?, last(attribute, 3).map_err(wrong)?);
                let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
                let (name, shown) = (text(name), text(key));
                let is_other = ["optimizer", "keras_api", "_all_variables", "save_counter"]
                    .iter()
                    .any(|start| shown.starts_with(start));
                let entry = self.entries.get(key);
                let Some(entry) = entry.filter(|_| !is_other && !shown.contains(".OPTIMIZER_SLOT")) else {
                    continue;
                };
                let Some(stored) = stored(entry.kind) else { continue };
                let values = Values::Plain(stored);
                variables.push(Variable {
                    name,
                    key: shown,
                    shape: entry.shape.clone(),
                    bytes: self.bytes(entry)?,
                    values,
                });
            }
        }
        Ok(variables)
    }

    /// The bytes of an entry.
    fn bytes(&self, entry: &Entry) -> Result<&'a [u8], ImportError> {
        if entry.in_pieces {
            return Err(broken(
                "a variable is stored in pieces; save the model again on one machine".to_owned(),
            ));
        }
        let name = format!("variables/variables.data-{:05}-of-{:05}", entry.shard, self.shards);
        let mut rest = self.folder.get(&name).ok_or_else(|| missing(&name))?;
        take(&mut rest, entry.offset)
            .and_then(|_| take(&mut rest, entry.size))
            .ok_or_else(|| broken(format!("{name} is shorter than {INDEX} says")))
    }

    /// The object graph, which is stored as a text: its length, a checksum, its bytes.
    fn graph(&self) -> Result<&'a [u8], ImportError> {
        let entry = self.entries.get(GRAPH).filter(|entry| entry.kind == STRING);
        let entry = entry.ok_or_else(|| {
            broken(
                "its variables have no names; save the model again with Keras's model.save or model.export"
                    .to_owned(),
            )
        })?;
        let mut rest = self.bytes(entry)?;
        let graph = varint(&mut rest).and_then(|length| {
            take(&mut rest, 4)?;
            take(&mut rest, length)
        });
        graph.ok_or_else(|| broken("the object graph is cut".to_owned()))
    }
}

impl Entry {
    fn read(message: &[u8]) -> Result<Self, Cut> {
        let mut entry = Self { kind: 0, shape: Vec::new(), shard: 0, offset: 0, size: 0, in_pieces: false };
        for field in fields(message) {
            match field? {
                (1, Value::Number(kind)) => entry.kind = kind,
                (2, Value::Bytes(shape)) => {
                    for axis in all(shape, 2)? {
                        let mut length = 0;
                        for field in fields(axis) {
                            if let (1, Value::Number(number)) = field? {
                                length = usize::try_from(number).map_err(|_| Cut)?;
                            }
                        }
                        entry.shape.push(length);
                    }
                }
                (3, Value::Number(shard)) => entry.shard = shard,
                (4, Value::Number(offset)) => entry.offset = offset,
                (5, Value::Number(size)) => entry.size = size,
                (7, Value::Bytes(_)) => entry.in_pieces = true,
                _ => {}
            }
        }
        if entry.shape.len() > MAX_AXES { Err(Cut) } else { Ok(entry) }
    }
}

/// How many files there are, with the lowest byte of a number first.
fn header(message: &[u8]) -> Result<u64, Cut> {
    let mut shards = 1;
    for field in proto::fields(message) {
        match field? {
            (1, Value::Number(number)) => shards = number,
            // The other order, which no machine of today has.
            (2, Value::Number(1)) => return Err(Cut),
            _ => {}
        }
    }
    Ok(shards)
}

fn stored(kind: u64) -> Option<Stored> {
    match kind {
        1 => Some(Stored::F32),
        2 => Some(Stored::F64),
        14 => Some(Stored::Bf16),
        19 => Some(Stored::F16),
        _ => None,
    }
}

fn missing(name: &str) -> ImportError {
    broken(format!("the folder has no {name}; give the whole folder, or a zip archive of it"))
}

fn broken(problem: String) -> ImportError {
    ImportError::broken(Format::Keras, problem)
}
