//! Whatever bytes come in, a sentence or a model comes out: no panic, no endless loop, no memory that the file does not
//! account for.
//!
//! Real files are cut short and altered, whole and within their archive. `MUTATIONS=100000 cargo test -p exchange --test
//! hostile` tries more of them, for each file.

mod common;

use std::{
    env,
    io::{Cursor, Read, Write},
    panic::catch_unwind,
    time::{Duration, Instant},
};

use common::{MODELS, fixture, weights};
use exchange::{Kind, export};
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
        // Half of the time near the beginning, where headers are.
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
