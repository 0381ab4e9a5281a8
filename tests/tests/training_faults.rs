//! The real program, training, and what may happen to it: killed, no space, no permission to write, twice in one folder,
//! with another text. docs/faults.md has the table.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod program;

use std::{
    fs,
    io::Write,
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use program::{assert_same_weights, begin, printed, refused, run, small_corpus, train};
use serde_json::Value;
use tests::scriptorium;
use trainer::checkpoint;

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
    // It refuses before it reads anything: what it read, the first one might write anew.
    fs::write(folder.join("run/noise.checkpoint"), "noise").unwrap();
    refused(folder, &["train", "--device", "cpu", "--resume", "run/noise.checkpoint"], &sentence);
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

/// How a program ends that must end soon.
#[cfg(unix)]
fn ended(child: &mut Child) -> ExitStatus {
    let begun = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        if begun.elapsed() > Duration::from_secs(60) {
            child.kill().unwrap();
            panic!("the program did not end");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[cfg(unix)]
fn signal(child: &Child, name: &str) {
    assert!(Command::new("kill").args([name, &child.id().to_string()]).status().unwrap().success());
}

#[cfg(unix)]
fn make_pipe(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

/// Going on at once after Ctrl-C: refused as long as the first is at work, and then from where that one came to.
#[cfg(unix)]
#[test]
fn a_start_just_after_ctrl_c_goes_on_from_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    small_corpus(folder);
    let flags = ["--epochs", "40", "--save-secs", "0", "--out"];
    printed(folder, &train(&[&flags[..], &["whole"]].concat()));
    let mut first = begin(folder, &train(&[&flags[..], &["run"]].concat()), Stdio::null());
    while !folder.join("run/weights.safetensors").exists() {
        std::thread::yield_now();
    }
    signal(&first, "-INT");
    let resumed = ["train", "--device", "cpu", "--resume", "run"];
    loop {
        let output = run(folder, &resumed);
        if output.status.success() {
            break;
        }
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(errors.contains("another training is at work in run"), "{errors}");
    }
    assert!(ended(&mut first).success());
    assert_same_weights(folder, "run");
}

/// While a corpus is read, the first signal is looked at afterwards and nothing is begun; the second ends the program.
#[cfg(unix)]
#[test]
fn a_signal_while_the_corpus_is_read_is_heard() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let text = fs::read(small_corpus(folder)).unwrap();
    let slow = folder.join("slow.txt");
    make_pipe(&slow);
    // Opening a pipe returns once the program opens it too: then it listens for signals.
    let start = || {
        let arguments = ["train", "--corpus", "slow.txt", "--device", "cpu", "--out", "run"];
        let mut program = Command::new(scriptorium().unwrap());
        program.args(arguments).current_dir(folder).stdout(Stdio::null()).stderr(Stdio::piped());
        let child = program.spawn().unwrap();
        (child, fs::File::options().write(true).open(&slow).unwrap())
    };
    let heard = || std::thread::sleep(Duration::from_millis(500));

    let (mut child, mut writer) = start();
    signal(&child, "-TERM");
    heard();
    assert!(child.try_wait().unwrap().is_none(), "the first signal ended the program");
    writer.write_all(&text).unwrap();
    drop(writer);
    assert_eq!(ended(&mut child).code(), Some(1));
    let errors = std::io::read_to_string(child.stderr.take().unwrap()).unwrap();
    assert!(errors.contains("stopped before the first step") && errors.lines().count() == 1, "{errors}");
    assert!(!folder.join("run").exists());

    let (mut child, _writer) = start();
    signal(&child, "-INT");
    heard();
    assert!(child.try_wait().unwrap().is_none(), "the first signal ended the program");
    signal(&child, "-INT");
    assert_eq!(ended(&mut child).code(), Some(130));
    assert!(!folder.join("run").exists());
}

/// A validation is given up for Ctrl-C, with all of the epoch's steps saved, and done again by who goes on.
#[cfg(unix)]
#[test]
fn a_validation_is_given_up_and_done_again() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let text = fs::read_to_string(small_corpus(folder)).unwrap();
    // A training of an instant, a validation of seconds.
    fs::write(folder.join("small.txt"), text.repeat(200)).unwrap();
    let training = ["train", "--corpus", "small.txt", "--hidden", "96", "--batch", "8", "--time", "16"];
    let flags = ["--split", "0.002", "--epochs", "2", "--device", "cpu", "--json", "--out"];
    let to = |name| [&training[..], &flags, &[name]].concat();
    let events = |text: &str| -> Vec<Value> {
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    };
    printed(folder, &to("whole"));
    let child = begin(folder, &to("run"), Stdio::piped());
    let steps = loop {
        let metrics = fs::read_to_string(folder.join("run/metrics.jsonl")).unwrap_or_default();
        let last = events(&metrics).pop().unwrap_or_default();
        if last["event"] == "progress" && last["step"] == last["steps"] {
            break last["steps"].as_u64().unwrap() as usize;
        }
        std::thread::sleep(Duration::from_millis(1));
    };
    // The checkpoint before the validation takes an instant.
    std::thread::sleep(Duration::from_millis(200));
    signal(&child, "-INT");
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    let said = events(&String::from_utf8(output.stdout).unwrap());
    assert!(!said.iter().any(|event| event["event"] == "epoch"), "the validation went on to its end");
    assert_eq!(said[said.len() - 1]["outcome"], "stopped");
    let position = checkpoint::load(&folder.join("run/last.checkpoint")).unwrap().position;
    assert_eq!((position.epoch, position.step), (0, steps));
    printed(folder, &["train", "--device", "cpu", "--resume", "run"]);
    assert_same_weights(folder, "run");
}

/// A checkpoint may be of a stranger: its weights must be of its recipe, and no pipe or device is opened for its text.
#[cfg(unix)]
#[test]
fn a_strangers_checkpoint_is_checked_before_anything_runs() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    small_corpus(folder);
    printed(folder, &train(&["--epochs", "1", "--out", "run"]));
    let path = folder.join("run/last.checkpoint");
    let good = checkpoint::load(&path).unwrap();
    let refused_soon = |part: &str| {
        let mut program = Command::new(scriptorium().unwrap());
        program.args(["train", "--device", "cpu", "--resume", "run"]).current_dir(folder);
        let mut child = program.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        assert_eq!(ended(&mut child).code(), Some(1), "{part}");
        let errors = std::io::read_to_string(child.stderr.take().unwrap()).unwrap();
        assert!(errors.contains(part), "no {part:?} in: {errors}");
    };
    let mut other = good.clone();
    other.recipe.hidden += 1;
    checkpoint::save(&other, &path).unwrap();
    refused_soon("its weights are not of the size that its settings say");
    for name in ["pipe.txt", "pipe.json"] {
        make_pipe(&folder.join(name));
    }
    let pipe = |name: &str| folder.join(name).to_string_lossy().into_owned();
    for corpus in [pipe("pipe.txt"), pipe("pipe.json"), "/dev/zero".to_owned()] {
        let mut other = good.clone();
        other.source.args["corpus"] = corpus.into();
        checkpoint::save(&other, &path).unwrap();
        refused_soon("it is not a regular file");
    }
    // A folder with a pipe in it: the pipe is passed over, and the text is another.
    let mut other = good.clone();
    other.source.args["corpus"] = folder.to_string_lossy().into_owned().into();
    checkpoint::save(&other, &path).unwrap();
    fs::remove_file(folder.join("small.txt")).unwrap();
    fs::write(folder.join("other.txt"), "another text").unwrap();
    refused_soon("has changed since");
}

/// A line of the metrics that was torn within a character costs no other line, and is kept aside.
#[test]
fn a_torn_line_of_the_metrics_costs_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    small_corpus(folder);
    printed(folder, &train(&["--epochs", "2", "--patience", "1", "--out", "run"]));
    let metrics = folder.join("run/metrics.jsonl");
    let before = fs::read(&metrics).unwrap();
    // The first byte of two of an ä.
    let torn = b"{\"event\":\"sample\",\"epoch\":2,\"text\":\"\xc3";
    fs::write(&metrics, [&before[..], torn].concat()).unwrap();
    printed(folder, &["train", "--device", "cpu", "--resume", "run"]);
    let lines = |bytes: &[u8], kind: &str| {
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let lines = text.lines().filter(|line| line.starts_with(&format!("{{\"event\":\"{kind}\"")));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    let after = fs::read(&metrics).unwrap();
    for kind in ["progress", "epoch", "sample"] {
        let kept = lines(&before, kind);
        assert!(!kept.is_empty() && kept == lines(&after, kind), "{kind}");
    }
    assert!(fs::read(folder.join("run/metrics.unreadable")).unwrap() == [&torn[..], b"\n"].concat());
    // Metrics that cannot be read are no metrics that say nothing.
    fs::remove_file(&metrics).unwrap();
    fs::create_dir(&metrics).unwrap();
    refused(folder, &["train", "--device", "cpu", "--resume", "run"], &["cannot read run/metrics.jsonl"]);
}
