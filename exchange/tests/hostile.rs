//! Whatever bytes come in, a sentence or a model comes out: no panic, no endless loop, no memory that the file does not
//! account for.
//!
//! Real files are cut short and altered, as they are and within their archive. `MUTATIONS=100000 cargo test -p exchange --test
//! hostile` tries more of them, for each file.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::{
    env,
    io::{Cursor, Read, Write},
    panic::catch_unwind,
    time::{Duration, Instant},
};

use common::{MODELS, fixture, weights};
use exchange::{Kind, export};
use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use zip::{ZipArchive, ZipWriter, write::SimpleFileOptions};

/// A generator of numbers that is the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }
}

/// Alters bytes: single ones, fields of several, runs copied elsewhere, the end cut off.
fn mutate(bytes: &mut Vec<u8>, random: &mut Random) {
    for _ in 0..=random.below(4) {
        // Half of the time near the beginning, the place of headers.
        let end = if random.below(2) == 0 { bytes.len() } else { bytes.len().min(2048) };
        let at = random.below(end);
        let field = 1 << random.below(4);
        let value = match random.below(6) {
            0 => 0,
            1 => u64::MAX,
            2 => 1 << random.below(64),
            3 => bytes.len() as u64,
            4 => random.below(bytes.len()) as u64,
            _ => random.next(),
        };
        match random.below(12) {
            0 => bytes.truncate(at),
            1 => {
                let from = random.below(bytes.len());
                let run = bytes[from..].iter().copied().take(random.below(64)).collect::<Vec<u8>>();
                bytes.iter_mut().skip(at).zip(run).for_each(|(byte, new)| *byte = new);
            }
            2 | 3 => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1 << (value % 8)),
            _ => bytes
                .iter_mut()
                .skip(at)
                .zip(value.to_le_bytes())
                .take(field)
                .for_each(|(byte, new)| *byte = new),
        }
    }
}

fn mutations() -> usize {
    env::var("MUTATIONS").ok().and_then(|count| count.parse().ok()).unwrap_or(300)
}

/// Imports bytes: it must not panic, and not take long.
fn survive(name: &str, bytes: &[u8]) {
    let start = Instant::now();
    let outcome = catch_unwind(|| common::import(bytes.to_vec()));
    let Ok(outcome) = outcome else {
        let path = env::temp_dir().join(format!("hostile-{name}"));
        std::fs::write(&path, bytes).unwrap();
        panic!("{name} panics: {}", path.display());
    };
    if let Err(sentence) = outcome {
        assert!(sentence.len() < 1000 && !sentence.contains('\n'), "{sentence}");
    }
    assert!(start.elapsed() < Duration::from_secs(5), "{name} takes {:?}", start.elapsed());
}

/// The files of an archive.
fn unpack(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).unwrap();
    let file = |index| {
        let mut file = archive.by_index(index).unwrap();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        (file.name().unwrap().into_owned(), bytes)
    };
    (0..3).map(file).collect()
}

fn pack(files: &[(String, Vec<u8>)], options: SimpleFileOptions) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        archive.start_file(name.as_str(), options).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

fn files() -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = MODELS.iter().map(|&name| (name.to_owned(), fixture(name))).collect();
    for &kind in Kind::ALL {
        files.push((format!("exported.{kind}"), export(&weights(4, 2), kind).unwrap()));
    }
    files
}

#[test]
fn altered_files() {
    for (name, bytes) in files() {
        let mut random = Random(0x5eed);
        for _ in 0..mutations() {
            let mut bytes = bytes.clone();
            mutate(&mut bytes, &mut random);
            survive(&name, &bytes);
        }
    }
}

#[test]
fn files_cut_short() {
    for (name, bytes) in files() {
        for cut in 0..200 {
            let short = &bytes[..bytes.len() * cut / 200];
            survive(&name, short);
            if !name.ends_with("h5") {
                let error = common::import(short.to_vec()).unwrap_err();
                assert!(
                    error.contains("cannot be read") || error.contains("no model file"),
                    "{name}: {error}"
                );
            }
        }
    }
}

#[test]
fn altered_files_within_an_archive() {
    for name in ["notebook.keras", "embedding.keras", "functional.keras"] {
        let files = unpack(&fixture(name));
        let mut random = Random(0xa11ce);
        for _ in 0..mutations() {
            let mut files = files.clone();
            let at = random.below(files.len());
            mutate(&mut files[at].1, &mut random);
            survive(name, &pack(&files, SimpleFileOptions::default()));
        }
    }
}

#[test]
fn a_file_that_unpacks_to_too_much() {
    let mut files = unpack(&fixture("notebook.keras"));
    files[2].1 = vec![0; 40 << 20];
    let error = common::import(pack(&files, SimpleFileOptions::default())).unwrap_err();
    assert!(error.contains("of 40") && error.contains("packed ones, which no model is"), "{error}");
}

/// Numbers of 8 bytes.
fn words(words: &[u64]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// 60 KB, of which a reader that believes them makes gigabytes: the root's tree lists the same 100 entries a thousand
/// times, and each has the same name of 20 KB.
#[test]
fn a_group_of_the_same_names_again_and_again() {
    let mut bytes = fixture("stacked.weights.h5");
    let find =
        |bytes: &[u8], what: &[u8]| bytes.windows(what.len()).position(|window| window == what).unwrap();
    let at_root = words(&[find(&bytes, b"TREE") as u64, find(&bytes, b"HEAP") as u64]);
    let root = bytes[64..72].to_vec();

    let entries = bytes.len() as u64;
    bytes.extend(b"SNOD\x01\0\x64\0");
    for _ in 0..100 {
        bytes.extend([words(&[8]), root.clone(), words(&[0, 0, 0])].concat());
    }
    let tree = bytes.len() as u64;
    bytes.extend(b"TREE\0\0\xe8\x03");
    bytes.extend(words(&[u64::MAX, u64::MAX]));
    bytes.extend(words(&[0, entries]).repeat(1000));
    bytes.extend(words(&[8]));
    let heap = bytes.len() as u64;
    bytes.extend(b"HEAP\0\0\0\0");
    bytes.extend(words(&[20_000, u64::MAX, heap + 32]));
    bytes.extend([vec![0; 8], vec![b'a'; 19_991], vec![0]].concat());
    // In the superblock, and in the root's header.
    for _ in 0..2 {
        let at = find(&bytes, &at_root);
        bytes[at..at + 16].copy_from_slice(&words(&[tree, heap]));
    }
    let length = words(&[bytes.len() as u64]);
    bytes[40..48].copy_from_slice(&length);

    let error = common::import(bytes).unwrap_err();
    assert!(error.contains("has too many or too long names"), "{error}");
}

/// Each of them makes room for 65535 messages.
#[test]
fn headers_that_announce_too_much() {
    let mut bytes = fixture("stacked.weights.h5");
    for at in 0..bytes.len() - 16 {
        // Version 1, and one that refers to it.
        if let [1, 0, _, 0, 1, 0, 0, 0, _, _, 0, 0, 0, 0, 0, 0] = bytes[at..at + 16] {
            bytes[at + 2..at + 4].fill(0xff);
        }
    }
    let error = common::import(bytes).unwrap_err();
    assert!(error.contains("announces too many messages"), "{error}");
}

#[test]
fn more_numbers_than_the_file_holds() {
    let mut bytes = fixture("stacked.weights.h5");
    // The shape of the first kernel, and how large it may become.
    let shape = words(&[11, 16]);
    let at = bytes.windows(16).position(|window| window == shape).unwrap();
    bytes[at..at + 16].copy_from_slice(&words(&[1 << 20, 1 << 20]));
    let error = common::import(bytes).unwrap_err();
    assert!(error.contains("`layers/lstm/cell/vars/0` declares more numbers than the file holds"), "{error}");
}

/// Lengths of two axes that together hold no numbers, however long the other one is, or more than there are.
const EMPTY: [[u64; 2]; 5] = [[0, 16], [11, 0], [0, 1 << 62], [1 << 62, 0], [0, 0]];

/// A state dict in which every tensor has this shape and no numbers.
fn empty_state_dict(shape: [u64; 2]) -> Vec<u8> {
    let [rows, columns] = shape;
    let tensor = format!(r#"{{"dtype":"F32","shape":[{rows},{columns}],"data_offsets":[0,0]}}"#);
    let header = format!(r#"{{"weight_ih":{tensor},"weight_hh":{tensor},"linear.weight":{tensor}}}"#);
    [words(&[header.len() as u64]), header.into_bytes()].concat()
}

#[test]
fn axes_of_length_zero() {
    for shape in EMPTY {
        let start = Instant::now();
        let error = common::import(empty_state_dict(shape)).unwrap_err();
        assert!(error.contains("`weight_ih` has shape") && error.contains("and so no numbers"), "{error}");

        let mut bytes = fixture("stacked.weights.h5");
        let at = bytes.windows(16).position(|window| window == words(&[11, 16])).unwrap();
        bytes[at..at + 16].copy_from_slice(&words(&shape));
        let error = common::import(bytes).unwrap_err();
        assert!(error.contains("`layers/lstm/cell/vars/0` has shape"), "{error}");
        assert!(start.elapsed() < Duration::from_secs(5), "{shape:?}");
    }
}

/// Each of the tensors, one after the other, and each of its axes.
#[test]
fn any_axis_of_length_zero() {
    let bytes = export(&weights(4, 2), Kind::PyTorch).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    for emptied in file.names() {
        for axis in 0..file.tensor(emptied).unwrap().shape().len() {
            let tensors = file.iter().map(|(name, tensor)| {
                let (mut shape, mut data) = (tensor.shape().to_vec(), tensor.data());
                if name == emptied {
                    shape[axis] = 0;
                    data = &[];
                }
                (name, TensorView::new(Dtype::F32, shape, data).unwrap())
            });
            let error = common::import(safetensors::serialize(tensors, None).unwrap()).unwrap_err();
            assert!(error.contains(&format!("`{emptied}` has shape")), "{error}");
        }
    }
}

#[test]
fn products_that_overflow() {
    for shape in [[1 << 62, 4], [1 << 32, 1 << 32], [u64::MAX, u64::MAX], [1 << 61, 2]] {
        let error = common::import(empty_state_dict(shape)).unwrap_err();
        assert!(error.contains("cannot be read"), "{error}");
        let mut bytes = fixture("stacked.weights.h5");
        let at = bytes.windows(16).position(|window| window == words(&[11, 16])).unwrap();
        bytes[at..at + 16].copy_from_slice(&words(&shape));
        let error = common::import(bytes).unwrap_err();
        assert!(error.contains("declares more numbers than the file holds"), "{error}");
    }
}

#[test]
fn texts_of_length_zero() {
    let mut bytes = fixture("whole.h5");
    let at = bytes.windows(12).position(|window| window == b"model_config").unwrap();
    // Behind the name, which takes 16 bytes, its type: a text of a fixed length (class 3 in version 1), and that length.
    bytes[at + 16..at + 24].copy_from_slice(&words(&[0x13]));
    assert!(common::import(bytes.clone()).is_err());
    survive("texts.h5", &bytes);
}
