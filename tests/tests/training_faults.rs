//! The real program, training, and what may happen to it: killed, no space, no permission to write, twice in one folder,
//! with another text. docs/faults.md has the table.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod program;

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use program::{assert_same_weights, begin, printed, refused, small_corpus, train};
use tests::scriptorium;

/// Kills a training again and again, at instants that differ, and lets it go on each time; it must come to the very same weights
/// as one that was never killed. `SCRIPTORIUM_KILLS` says how often, in place of 10.
#[test]
fn a_training_killed_at_any_instant_loses_nothing() {
    let wanted = std::env::var("SCRIPTORIUM_KILLS").ok().and_then(|kills| kills.parse().ok());
    let wanted: u64 = wanted.unwrap_or(10);
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    small_corpus(folder);
    // Some 60 ms of training for each kill.
    let epochs = (3 * wanted).to_string();
    printed(folder, &train(&["--epochs", &epochs, "--out", "whole"]));
    // A checkpoint after every step: most kills fall into the writing of a file.
    let flags = ["--epochs", &epochs, "--save-secs", "0", "--out", "killed"];
    let resumed = ["train", "--device", "cpu", "--resume", "killed"];
    let (mut kills, mut before_the_first_checkpoint) = (0, 0);
    for round in 0u64.. {
        let begun = folder.join("killed/last.checkpoint").exists();
        let arguments = if begun { resumed.to_vec() } else { train(&flags) };
        let mut child = begin(folder, &arguments, Stdio::null());
        if kills < wanted {
            // From before it has read anything to well within its steps; the odd factor spreads the instants.
            std::thread::sleep(Duration::from_millis(5 + round * 7919 % 97));
        }
        match child.try_wait().unwrap() {
            None if kills < wanted => {
                child.kill().unwrap();
                child.wait().unwrap();
                kills += 1;
                before_the_first_checkpoint += u64::from(!begun);
            }
            _ => {
                assert!(child.wait().unwrap().success(), "a resumed training failed");
                break;
            }
        }
    }
    println!("{kills} kills, {before_the_first_checkpoint} of them before the first checkpoint");
    assert!(kills > wanted / 2, "only {kills} kills");
    assert_same_weights(folder, "killed");
}

/// Runs the program in a shell in which a file system of `size` is mounted at `disk`, for it alone. `None` if
/// this user may not do that.
#[cfg(target_os = "linux")]
fn on_a_small_disk(folder: &Path, size: &str, script: &str) -> Option<std::process::Output> {
    let mount = format!("mount -t tmpfs -o size={size} none disk");
    fs::create_dir_all(folder.join("disk")).unwrap();
    let shell = |script: &str| {
        let mut shell = Command::new("unshare");
        shell.args(["--map-root-user", "--mount", "sh", "-c", script]).current_dir(folder);
        shell.env("SCRIPTORIUM", scriptorium().unwrap()).output()
    };
    shell(&mount).is_ok_and(|output| output.status.success()).then_some(())?;
    Some(shell(&format!("{mount} && {script}")).unwrap())
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_costs_nothing_that_is_saved() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    small_corpus(folder);
    let flags = "--epochs 20 --save-secs 0";
    printed(folder, &train(&["--epochs", "20", "--out", "whole"]));
    // The disk fills in the middle of the training; what it holds then is carried out and gone on with.
    let script = format!(
        "head -c 80000 /dev/zero > disk/filler && \"$SCRIPTORIUM\" {} {flags} --out disk/run; \
         status=$?; cp -r disk/run filled; exit $status",
        train(&[]).join(" ")
    );
    let Some(output) = on_a_small_disk(folder, "192k", &script) else {
        println!("skipped: this user may not mount a small disk");
        return;
    };
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "the disk was large enough");
    assert!(errors.contains("cannot write disk/run/") && !errors.contains("panicked"), "{errors}");
    printed(folder, &["train", "--device", "cpu", "--resume", "filled"]);
    assert_same_weights(folder, "filled");
}

/// A folder that may not be written, whatever the user's rights: what is there stays, and a sentence says what to do.
#[cfg(target_os = "linux")]
#[test]
fn a_read_only_folder_is_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    small_corpus(folder);
    printed(folder, &train(&["--epochs", "2", "--out", "whole"]));
    let files = |run: &str| {
        let mut files: Vec<_> =
            fs::read_dir(folder.join(run)).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files
            .into_iter()
            .filter(|file| file.is_file())
            .map(|file| fs::read(file).unwrap())
            .collect::<Vec<_>>()
    };
    let before = files("whole");
    let script = |command: &str| {
        format!(
            "cp -r whole disk/ && mount -o remount,ro disk && \"$SCRIPTORIUM\" {command}; status=$?; cp -r disk/whole after; exit $status"
        )
    };
    for command in [
        format!("{} --out disk/new", train(&[]).join(" ")),
        "train --device cpu --resume disk/whole".to_owned(),
    ] {
        let _ = fs::remove_dir_all(folder.join("after"));
        let Some(output) = on_a_small_disk(folder, "4m", &script(&command)) else {
            println!("skipped: this user may not mount a disk");
            return;
        };
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{command}");
        assert!(errors.contains("disk/") && errors.contains("a writable place"), "{command}: {errors}");
        assert!(!errors.contains("panicked"), "{errors}");
        assert!(before == files("after"), "{command} changed what was there");
    }
}

/// Two trainings in one folder: the second refuses, whether it would begin or go on, and the first never knows.
#[test]
fn the_second_training_in_a_folder_refuses() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    small_corpus(folder);
    let mut first =
        begin(folder, &train(&["--epochs", "100000", "--save-secs", "0", "--out", "run"]), Stdio::null());
    while !folder.join("run/last.checkpoint").exists() {
        assert!(first.try_wait().unwrap().is_none(), "the first training ended");
        std::thread::yield_now();
    }
    let sentence = ["another training is at work in run", "choose another folder with --out"];
    refused(folder, &["train", "--device", "cpu", "--resume", "run"], &sentence);
    refused(folder, &train(&["--out", "run"]), &sentence);
    assert!(first.try_wait().unwrap().is_none(), "the first training ended");
    first.kill().unwrap();
    first.wait().unwrap();
    // The lock went with the process.
    let config = fs::read_to_string(folder.join("run/config.toml")).unwrap();
    assert!(config.contains("epochs = 100000"), "{config}");
    fs::write(folder.join("small.txt"), "another text altogether ".repeat(400)).unwrap();
    refused(
        folder,
        &["train", "--device", "cpu", "--resume", "run"],
        &["small.txt has changed", "train anew"],
    );
}
