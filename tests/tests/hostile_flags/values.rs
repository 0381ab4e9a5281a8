//! Values that nobody expects.

use std::{ffi::OsString, os::unix::ffi::OsStringExt};

use rand::{Rng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;

/// As long as one argument may be on Linux.
const LONG: usize = 131_000;

/// Where a file may be read or written by the tests. `null`, `full` and `zero` are links to devices: were one replaced, only the link would be.
const PATHS: &[&str] = &[
    "",
    ".",
    "..",
    "/",
    "folder",
    "folder/",
    "./text.txt",
    "text.txt/x",
    "text.txt",
    "model.safetensors",
    "model.keras",
    "vocabulary.json",
    "page",
    "page/models.json",
    "trained",
    "trained/last.checkpoint",
    "trained/config.toml",
    "null",
    "full",
    "zero",
    "pipe",
    "nowhere",
    "loop",
    "missing",
    "missing/missing",
    "/proc/self/mem",
    "/proc/nothing/x",
    "secret",
];

const NUMBERS: &[&str] = &[
    "0",
    "-0",
    "1",
    "-1",
    "2",
    "0.5",
    "1.0000001",
    "-0.1",
    "1e-320",
    "1e308",
    "1e400",
    "-1e400",
    "NaN",
    "nan",
    "-NaN",
    "inf",
    "-inf",
    "infinity",
    "255",
    "256",
    "65536",
    "4294967295",
    "4294967296",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "99999999999999999999999999999999999999",
    "0x10",
    "1_000",
    " 1",
    "1 ",
    "+1",
    "1,2",
    "1,,2",
    "1;2",
    "1..2",
    "2..1",
    "..",
    "0..0",
    "-1..5",
    "0..99999999999999999999",
    "½",
    "١٢",
    "1e",
    "e",
    ".",
];

const TEXTS: &[&str] = &[
    "",
    " ",
    "\n",
    "\r\n",
    "\t",
    "-",
    "--",
    "---",
    "--force",
    "-h",
    "@text.txt",
    "%s%n",
    "$(id)",
    "`id`",
    "{}",
    "{0}",
    "\u{1b}[2J",
    "\u{1b}]0;title\u{7}",
    "\u{9b}2J",
    "a\u{0301}\u{202e}b",
    "пьесы",
    "🎭🎭",
    "\u{feff}x",
    "\u{fffd}",
    "../../x",
    "<b>&amp;",
    "a/b",
    "CON",
    "shakespeare",
    "notebook",
    "sequence",
    "cpu",
    "gpu",
    "keras",
    "burn",
    "int8",
    "DS9",
];

/// One of them: more often of the sort that the flag takes.
pub(crate) fn hostile(id: &str, random: &mut ChaCha8Rng) -> OsString {
    // A folder outside that of the test would be written to.
    let is_written = matches!(id, "out" | "into");
    let kind = random.random_range(0..10);
    let takes_path =
        matches!(id, "out" | "into" | "weights" | "corpus" | "config" | "resume" | "vocab" | "file");
    match kind {
        0 => return long(random),
        1 => return noise(random, is_written),
        2..7 if takes_path => return pick(PATHS, random, is_written),
        2..7 => return pick(NUMBERS, random, is_written),
        _ => {}
    }
    pick([PATHS, NUMBERS, TEXTS].choose(random).unwrap(), random, is_written)
}

fn pick(values: &[&str], random: &mut ChaCha8Rng, is_written: bool) -> OsString {
    let value = values.choose(random).unwrap();
    // A training may be begun in any folder; this one is not of the test.
    OsString::from(if is_written && *value == "/" { "folder" } else { value })
}

/// One character, or two, again and again.
fn long(random: &mut ChaCha8Rng) -> OsString {
    let unit = ["9", "a", "../", "/", "é", "-", "1,", "\u{1b}"].choose(random).unwrap();
    OsString::from(unit.repeat(LONG / unit.len()))
}

/// Bytes of any kind, for the most part no UTF-8; only the one that ends an argument is not among them.
fn noise(random: &mut ChaCha8Rng, is_written: bool) -> OsString {
    let length = random.random_range(1..40);
    let mut bytes: Vec<u8> = (0..length).map(|_| random.random_range(1..=255)).collect();
    if is_written {
        bytes.retain(|&byte| byte != b'/');
    }
    OsString::from_vec(bytes)
}
