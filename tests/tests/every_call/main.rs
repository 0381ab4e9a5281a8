//! The real program when a call to the system fails (a disk that is full, that does not answer), and when it is killed at one: at every call for
//! a file of ours, one after another. What was there before is as it was or as it should become, a failure is a sentence, and who goes on comes to
//! what nobody disturbed. docs/faults.md has the figures.
//!
//! `strace` makes the calls fail; where there is none, nothing is tried. In every test run a few calls of each command are taken;
//! `SCRIPTORIUM_CALLS=all` takes all of them.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod calls;
#[path = "../program/mod.rs"]
mod program;
mod scenario;
mod state;

use std::fs;

use calls::{Call, Fault, is_possible};
use scenario::Scenario;
use tests::root;

/// Calls that are taken of each command, in either way, unless all are.
const FEW: usize = 5;

/// Tries a command at its calls, as often as the environment says.
fn try_all(scenario: &Scenario) {
    if !is_possible() {
        println!("skipped: there is no strace that may watch a program");
        return;
    }
    let prepared = scenario.prepared();
    let whole = scenario.whole(prepared.path());
    let calls = scenario.calls(prepared.path());
    assert!(calls.len() > 2, "{}: only {} calls: {calls:?}", scenario.name, calls.len());
    let taken: Vec<&Call> = match std::env::var("SCRIPTORIUM_CALLS").is_ok_and(|calls| calls == "all") {
        true => calls.iter().collect(),
        false => (0..FEW).map(|n| &calls[(2 * n + 1) * calls.len() / (2 * FEW)]).collect(),
    };
    let (mut refused, mut killed) = (0, 0);
    for call in &taken {
        for fault in [Fault::Fails, Fault::Kills] {
            let ended = scenario.disturbed(prepared.path(), call, fault, &whole);
            refused += usize::from(ended == scenario::Ended::Refused);
            killed += usize::from(ended == scenario::Ended::Killed);
        }
    }
    println!(
        "{}: {} of {} calls failed, of which {refused} ended it with a sentence; {killed} kills",
        scenario.name,
        taken.len(),
        calls.len()
    );
    assert!(killed * 2 > taken.len(), "{}: only {killed} kills", scenario.name);
}

/// A checkpoint after every step, of which there are few.
#[rustfmt::skip]
const TRAIN: &[&str] = &[
    "train", "--corpus", "small.txt", "--hidden", "6", "--batch", "8", "--time", "200", "--epochs", "2", "--device", "cpu",
    "--save-secs", "0", "--out", "run",
];
const KERAS: &[&str] = &["import", "model.keras", "--vocab", "vocabulary.json", "--out", "out.safetensors"];

#[test]
fn a_training_begins() {
    try_all(&Scenario::training("train", TRAIN, |_| {}));
}

#[test]
fn a_training_goes_on() {
    try_all(&Scenario::training("train --resume", scenario::RESUME, |folder| {
        // Killed in its second epoch.
        let call = Call { name: "rename".to_owned(), number: 16, line: String::new() };
        calls::run(folder, TRAIN, Some((&call, Fault::Kills)), None);
        assert!(folder.join("run/last.checkpoint").exists());
    }));
}

#[test]
fn a_training_refuses_a_folder_that_has_one() {
    try_all(&Scenario::refused("train, into another's folder", TRAIN, |folder| {
        program::printed(folder, TRAIN);
    }));
}

#[test]
fn an_import() {
    try_all(&Scenario::of("import", KERAS, |_| {}));
    try_all(&Scenario::refused("import, onto another file", KERAS, |folder| {
        fs::write(folder.join("out.safetensors"), "of somebody").unwrap();
    }));
    try_all(&Scenario::of("import --force", &[KERAS, &["--force"]].concat(), |folder| {
        fs::write(folder.join("out.safetensors"), "of somebody").unwrap();
    }));
}

#[test]
fn an_export() {
    let export = ["export", "--weights", "model.safetensors", "--to", "keras", "--out", "new/out.keras"];
    try_all(&Scenario::of("export", &export, |_| {}));
    try_all(&Scenario::of("export --force", &[&export[..], &["--force"]].concat(), |folder| {
        fs::create_dir(folder.join("new")).unwrap();
        fs::write(folder.join("new/out.keras"), "of somebody").unwrap();
    }));
}

#[test]
fn a_conversion() {
    let convert = ["convert", "--weights", "model.safetensors", "--out", "out", "--precision", "f16"];
    try_all(&Scenario::of("convert", &convert, |_| {}));
    try_all(&Scenario::refused("convert, onto another file", &convert, |folder| {
        fs::write(folder.join("out"), "of somebody").unwrap();
    }));
}

#[test]
fn a_publication() {
    let publish = ["publish", "--weights", "model.safetensors", "--title", "My plays", "--into", "page"];
    let page = |folder: &std::path::Path| {
        fs::create_dir(folder.join("page")).unwrap();
        fs::write(folder.join("page/models.json"), r#"{"models": [{"id": "a", "file": "a.safetensors"}]}"#)
            .unwrap();
    };
    try_all(&Scenario::of("publish", &publish, page));
    try_all(&Scenario::refused("publish, onto another model", &publish, |folder| {
        fs::create_dir(folder.join("page")).unwrap();
        fs::copy(root().join("weights/models.json"), folder.join("page/models.json")).unwrap();
        fs::write(folder.join("page/my-plays.safetensors"), "another model").unwrap();
    }));
}

#[test]
fn what_only_reads() {
    let sample = ["sample", "--weights", "model.safetensors", "--prompt", "h", "--length", "50"];
    try_all(&Scenario::of("sample", &sample, |_| {}));
    let eval = ["eval", "--weights", "model.safetensors", "--corpus", "hello.txt", "--json"];
    try_all(&Scenario::of("eval", &eval, |_| {}));
    try_all(&Scenario::of("corpus", &["corpus", "--corpus", "hello.txt"], |_| {}));
}
