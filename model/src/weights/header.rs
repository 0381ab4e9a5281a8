//! The header of a [safetensors](https://github.com/huggingface/safetensors) file: its length in eight bytes, then
//! JSON with the metadata and, of every tensor, the type, the shape and where in the rest of the file its numbers are.
//!
//! Read by ourselves, as strictly as the safetensors library does and, if that shuts an eye, more strictly: the library
//! and its JSON would be 17 KB of the page's program in brotli (47 KB as it is). Files are written by the library.

use std::borrow::Cow;

use super::{error::WeightsError, json::Json};
use crate::vocab::quoted;

/// The longest header, as in the library.
const MAX_LENGTH: usize = 100_000_000;
/// The most tensors, and fields of metadata: a model of ours has 43 at most, and a search looks at all.
const MAX_ENTRIES: usize = 1000;

/// What a header says, found to be in order.
pub(super) struct Header<'a> {
    /// Names and values, if there are any.
    pub(super) metadata: Option<Pairs<'a>>,
    tensors: Vec<Entry<'a>>,
    data: &'a [u8],
}

/// Fields of the metadata.
pub(super) type Pairs<'a> = Vec<(Cow<'a, str>, Cow<'a, str>)>;

/// A tensor as the file has it.
#[derive(Clone, Copy)]
pub(super) struct Tensor<'a> {
    pub(super) kind: &'a Kind<'a>,
    pub(super) shape: &'a [usize],
    pub(super) data: &'a [u8],
}

/// How a tensor's numbers are stored.
#[derive(Debug, PartialEq)]
pub(super) enum Kind<'a> {
    I8,
    F16,
    F32,
    /// One that models of ours do not have; its size is not known here.
    Other(Cow<'a, str>),
}

struct Entry<'a> {
    name: Cow<'a, str>,
    kind: Kind<'a>,
    shape: Vec<usize>,
    /// Where the numbers begin in the data, and where they end.
    place: (usize, usize),
}

impl<'a> Header<'a> {
    /// Reads the header of a complete file.
    pub(super) fn read(file: &'a [u8]) -> Result<Self, WeightsError> {
        let (length, rest) = file.split_first_chunk::<8>().ok_or_else(ends_early)?;
        let length = usize::try_from(u64::from_le_bytes(*length)).ok().filter(|length| *length <= MAX_LENGTH);
        let (text, data) = rest.split_at_checked(length.ok_or_else(no_header)?).ok_or_else(ends_early)?;
        let text = std::str::from_utf8(text).map_err(|_| no_header())?;
        let mut header = parse(text, data).ok_or_else(no_header)?;
        if header.tensors.len() > MAX_ENTRIES || header.metadata.as_ref().map_or(0, Vec::len) > MAX_ENTRIES {
            return Err(WeightsError::Foreign);
        }
        // Of two of a name, which would be meant?
        let fields = header.metadata.iter().flatten().map(|(name, _)| &**name).collect();
        let tensors = header.tensors.iter().map(|tensor| &*tensor.name).collect();
        if !(all_differ(fields) && all_differ(tensors)) {
            return Err(no_header());
        }
        header.check_places()?;
        Ok(header)
    }

    /// The tensor of a name.
    pub(super) fn tensor(&'a self, name: &str) -> Option<Tensor<'a>> {
        let Entry { kind, shape, place, .. } = self.tensors.iter().find(|tensor| tensor.name == name)?;
        Some(Tensor { kind, shape, data: self.data.get(place.0..place.1)? })
    }

    /// The tensors lie one behind the other from the data's beginning to its end, each as long as its shape says.
    fn check_places(&mut self) -> Result<(), WeightsError> {
        // They are few, so they are put in order simply: the standard library's sort is several KB.
        for at in 1..self.tensors.len() {
            let mut at = at;
            while at > 0 && self.tensors[at - 1].place > self.tensors[at].place {
                self.tensors.swap(at - 1, at);
                at -= 1;
            }
        }
        let mut end = 0;
        for tensor in &self.tensors {
            if tensor.place.0 != end || tensor.place.1 < end {
                return Err(broken(["its header misplaces ", &quoted(&tensor.name, '"')].concat()));
            }
            let length = tensor.place.1 - end;
            end = tensor.place.1;
            if !tensor.has_length(length) {
                return Err(broken("a tensor's shape and length disagree"));
            }
        }
        if end != self.data.len() {
            return Err(broken("its length is not what its header says"));
        }
        Ok(())
    }
}

impl Entry<'_> {
    fn has_length(&self, length: usize) -> bool {
        let numbers = self.shape.iter().try_fold(1usize, |numbers, side| numbers.checked_mul(*side));
        let bytes = match self.kind {
            Kind::I8 => numbers,
            Kind::F16 => numbers.and_then(|numbers| numbers.checked_mul(2)),
            Kind::F32 => numbers.and_then(|numbers| numbers.checked_mul(4)),
            Kind::Other(_) => return numbers.is_some(),
        };
        bytes == Some(length)
    }
}

impl Kind<'_> {
    /// As the file calls it.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::I8 => "I8",
            Self::F16 => "F16",
            Self::F32 => "F32",
            Self::Other(name) => name,
        }
    }
}

/// The header's text. `None` if anything in it is not as the format wants it.
fn parse<'a>(text: &'a str, data: &'a [u8]) -> Option<Header<'a>> {
    let mut header = Header { metadata: None, tensors: Vec::new(), data };
    let mut json = Json::new(text);
    json.object(&mut |json, name| {
        if name == "__metadata__" {
            let mut pairs = Vec::new();
            json.object(&mut |json, name| {
                pairs.push((name, json.string()?));
                Some(())
            })?;
            header.metadata.replace(pairs).is_none().then_some(())
        } else {
            header.tensors.push(parse_tensor(json, name)?);
            Some(())
        }
    })?;
    json.end()?;
    Some(header)
}

fn parse_tensor<'a>(json: &mut Json<'a>, name: Cow<'a, str>) -> Option<Entry<'a>> {
    let (mut kind, mut shape, mut place) = (None, None, None);
    json.object(&mut |json, field| {
        let fresh = match &*field {
            "dtype" => kind.replace(json.string()?).is_none(),
            "shape" => shape.replace(json.numbers()?).is_none(),
            "data_offsets" => place.replace(json.numbers()?).is_none(),
            _ => false,
        };
        fresh.then_some(())
    })?;
    let kind = kind?;
    let kind = match &*kind {
        "I8" => Kind::I8,
        "F16" => Kind::F16,
        "F32" => Kind::F32,
        _ => Kind::Other(kind),
    };
    let &[begin, end] = place?.as_slice() else { return None };
    Some(Entry { name, kind, shape: shape?, place: (begin, end) })
}

fn all_differ(names: Vec<&str>) -> bool {
    names.iter().enumerate().all(|(at, name)| !names.iter().take(at).any(|other| other == name))
}

fn ends_early() -> WeightsError {
    broken("it ends within its header")
}

fn no_header() -> WeightsError {
    broken("its header is none")
}

fn broken(problem: impl Into<String>) -> WeightsError {
    WeightsError::Broken(problem.into())
}

#[cfg(test)]
mod tests {
    use safetensors::{Dtype, SafeTensors};

    use super::*;
    use crate::{draw::uniform, test_prelude::test};

    const FILES: [&[u8]; 3] = [
        include_bytes!("../../../weights/notebook.safetensors"),
        include_bytes!("../../../weights/deep-space-nine.safetensors"),
        include_bytes!("../../../weights/shakespeare.safetensors"),
    ];

    /// A file with a header and as many bytes of data.
    fn file(header: &str, data: usize) -> Vec<u8> {
        let length = (header.len() as u64).to_le_bytes();
        let data = (0..data).map(|at| at as u8);
        length.into_iter().chain(header.bytes()).chain(data).collect()
    }

    fn small() -> Vec<u8> {
        file(
            r#"{"b":{"dtype":"F32","shape":[2,1],"data_offsets":[6,14]},"__metadata__":{"format":"s\u00e9\ud83d\ude00","x":"\"y"},
"a":{"dtype":"F16","shape":[3],"data_offsets":[0,6]},"a.scale": {"shape": [] ,"data_offsets":[14,15],"dtype":"I8"}}  "#,
            15,
        )
    }

    /// Whether the file is accepted; if it is, the library must accept it and say the same of it.
    fn accepted(file: &[u8]) -> bool {
        let Ok(header) = Header::read(file) else { return false };
        if header.tensors.iter().any(|tensor| matches!(tensor.kind, Kind::Other(_))) {
            // The library knows some of these, and refuses the rest at once.
            return false;
        }
        let (_, metadata) = SafeTensors::read_metadata(file).unwrap();
        let theirs = metadata.metadata().as_ref();
        assert_eq!(header.metadata.as_ref().map(Vec::len), theirs.map(|theirs| theirs.len()));
        for (name, value) in header.metadata.iter().flatten() {
            assert_eq!(theirs.unwrap().get(&**name).map(String::as_str), Some(&**value));
        }
        let theirs = SafeTensors::deserialize(file).unwrap();
        assert_eq!(header.tensors.len(), theirs.len());
        for (name, theirs) in theirs.tensors() {
            let ours = header.tensor(&name).unwrap();
            let kind = match theirs.dtype() {
                Dtype::I8 => Kind::I8,
                Dtype::F16 => Kind::F16,
                Dtype::F32 => Kind::F32,
                other => Kind::Other(format!("{other:?}").into()),
            };
            assert_eq!((ours.kind, ours.shape, ours.data), (&kind, theirs.shape(), theirs.data()));
        }
        true
    }

    #[test]
    fn says_of_a_file_what_the_library_says() {
        assert!(accepted(&small()));
        assert!(FILES.into_iter().all(accepted));
        assert!(accepted(&file("{}", 0)));
        assert!(accepted(&file(r#" { "__metadata__" : { } } "#, 0)));
    }

    #[test]
    fn refuses_every_truncation_and_more() {
        let mut bytes = small();
        assert!((0..bytes.len()).all(|length| Header::read(&bytes[..length]).is_err()));
        for bytes in FILES {
            let length = bytes.len();
            assert!((0..length).step_by(997).all(|length| Header::read(&bytes[..length]).is_err()));
        }
        bytes.push(0);
        assert!(Header::read(&bytes).is_err());
    }

    #[test]
    fn accepts_no_alteration_that_the_library_refuses() {
        const SPEAKING: &[u8] = br#"{}[]":,\ 0123456789-.euFI"#;
        let mut harmless = 0;
        for original in [small(), FILES[0].to_vec()] {
            let header = original.iter().take(8).rfold(0, |length, &byte| length << 8 | usize::from(byte));
            let mut bytes = original.clone();
            for step in 0..5000 {
                let pick = |row, of: usize| (uniform(9, row, step) * of as f32) as usize;
                let at = pick(0, 8 + header);
                bytes[at] = match pick(1, 2) {
                    0 => pick(2, 256) as u8,
                    _ => SPEAKING[pick(2, SPEAKING.len())],
                };
                harmless += u32::from(accepted(&bytes));
                bytes[at] = original[at];
            }
        }
        // Within names and texts, mostly: otherwise this test would show nothing.
        assert!((1000..9000).contains(&harmless), "{harmless}");
    }

    #[test]
    fn is_strict() {
        let tensor = r#"{"dtype":"F16","shape":[2],"data_offsets":[0,4]}"#;
        let ours = |text: &str, data| Header::read(&file(text, data)).err().map(|error| error.to_string());
        assert_eq!(ours(&format!(r#"{{"a":{tensor}}}"#), 4), None);
        let none = "its header is none";
        for (text, expected) in [
            (format!(r#"{{"a":{tensor},"a":{tensor}}}"#), none),
            (format!(r#"{{"a":{tensor}}} x"#), none),
            (format!(r#"{{"a":{tensor},}}"#), none),
            (format!(r#"{{"__metadata__":{{"a":"b","a":"c"}},"a":{tensor}}}"#), none),
            (format!(r#"{{"__metadata__":{{}},"__metadata__":{{}},"a":{tensor}}}"#), none),
            (format!(r#"{{"__metadata__":{{"a":1}},"a":{tensor}}}"#), none),
            (r#"{"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4],"more":[]}}"#.to_owned(), none),
            (r#"{"a":{"dtype":"F16","shape":[2],"shape":[2],"data_offsets":[0,4]}}"#.to_owned(), none),
            (r#"{"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4,5]}}"#.to_owned(), none),
            (r#"{"a":{"dtype":"F16","shape":[2]}}"#.to_owned(), none),
            ("[".repeat(100_000), none),
            (r#"{"a":"#.repeat(100_000), none),
            (
                tensor.replace("F16", "F32").replace(r#"{"d"#, r#"{"a":{"d"#) + "}",
                "shape and length disagree",
            ),
            (
                r#"{"a":{"dtype":"I8","shape":[4294967296,4294967296,4294967296],"data_offsets":[0,0]}}"#
                    .to_owned(),
                // If a length has 32 bits, the first of these is none.
                if usize::BITS == 64 { "shape and length disagree" } else { none },
            ),
            (
                r#"{"a\u0007":{"dtype":"F16","shape":[1],"data_offsets":[2,4]}}"#.to_owned(),
                r#"misplaces "a\u{7}""#,
            ),
            (format!(r#"{{"a":{tensor},"b":{tensor}}}"#), r#"misplaces "b""#),
            (r#"{"a":{"dtype":"F16","shape":[1],"data_offsets":[0,2]}}"#.to_owned(), "its length is not"),
        ] {
            let error = ours(&text, 4).unwrap();
            assert!(error.contains(expected), "{error}: {text:.100}");
        }
        let many: Vec<String> = (0..1001).map(|at| format!(r#""{at}":"""#)).collect();
        let error = ours(&format!(r#"{{"__metadata__":{{{}}}}}"#, many.join(",")), 0).unwrap();
        assert!(error.contains("not written by Scriptorium"), "{error}");
    }

    #[test]
    fn keeps_the_name_of_another_type() {
        let bytes = file(r#"{"a":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}"#, 8);
        let header = Header::read(&bytes).unwrap();
        assert_eq!(header.tensor("a").unwrap().kind.name(), "I64");
        assert!(header.tensor("b").is_none());
    }
}
