//! Running the real program, as a user runs it.

#![allow(dead_code, reason = "each test that includes this uses a part of it")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

use serde_json::Value;
use tests::scriptorium;

/// Runs the program in a folder.
pub(crate) fn run(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(scriptorium().unwrap()).args(arguments).current_dir(folder).output().unwrap()
}

/// Begins to run it in a folder.
pub(crate) fn begin(folder: &Path, arguments: &[&str], output: Stdio) -> Child {
    let mut program = Command::new(scriptorium().unwrap());
    program.args(arguments).current_dir(folder).stdout(output).spawn().unwrap()
}

/// What it prints when it succeeds.
#[track_caller]
pub(crate) fn printed(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

/// It must fail, with one sentence that holds all of `parts`.
#[track_caller]
pub(crate) fn refused(folder: &Path, arguments: &[&str], parts: &[&str]) {
    let output = run(folder, arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "{arguments:?} was accepted");
    assert!(!errors.contains("panicked"), "{errors}");
    for part in parts {
        assert!(errors.contains(part), "{arguments:?}: no {part:?} in: {errors}");
    }
}

/// A small corpus of a few speakers.
pub(crate) fn small_corpus(folder: &Path) -> PathBuf {
    let lines = ["ODO: Who is there?", "QUARK: Nobody, Constable.", "O'BRIEN: The relay is down again."];
    let text: String = (0..400).map(|n| format!("{}\n", lines[n * n % 3])).collect();
    let file = folder.join("small.txt");
    fs::write(&file, text).unwrap();
    file
}

/// A training of seconds on the small corpus; a device is missing at its end.
pub(crate) const TINY: [&str; 10] =
    ["train", "--corpus", "small.txt", "--hidden", "12", "--batch", "8", "--time", "16", "--device"];

/// The same on the CPU.
pub(crate) fn train<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&TINY[..], &["cpu"], more].concat()
}

/// The training in `run` must have come to the weights and the losses of the one in `whole`.
#[track_caller]
pub(crate) fn assert_same_weights(folder: &Path, run: &str) {
    let read = |run: &str, name: &str| fs::read(folder.join(run).join(name)).unwrap();
    let same = read("whole", "weights.safetensors") == read(run, "weights.safetensors");
    assert!(same, "other weights");
    let losses = |run: &str| -> Vec<(Value, Value)> {
        let metrics = String::from_utf8(read(run, "metrics.jsonl")).unwrap();
        let events = metrics.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let epochs = events.filter(|event| event["event"] == "epoch");
        epochs.map(|event| (event["epoch"].clone(), event["val_loss"].clone())).collect()
    };
    assert_eq!(losses("whole"), losses(run));
}
