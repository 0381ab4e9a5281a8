//! A command in a folder, undisturbed and disturbed.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Output,
};

use model::{Card, Precision, Vocab, Weights};
use tempfile::TempDir;
use tests::root;

use super::{
    calls::{self, Call, Fault},
    program::{run, small_corpus},
    state::State,
};

const PREPARED: &str = "prepared";
/// Going on with the training in `run`.
pub(crate) const RESUME: &[&str] = &["train", "--device", "cpu", "--resume", "run", "--save-secs", "0"];

/// A command that is tried.
pub(crate) struct Scenario<'a> {
    pub(crate) name: &'static str,
    arguments: Vec<&'a str>,
    prepare: fn(&Path),
    kind: Kinds,
}

/// What is expected of it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kinds {
    /// It does its work.
    Works,
    /// It trains, in `run`.
    Trains,
    /// It refuses its work, disturbed or not.
    Refuses,
}

/// How a disturbed command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// As if nothing had been.
    Well,
    /// With a sentence.
    Refused,
    /// By a signal.
    Killed,
}

impl<'a> Scenario<'a> {
    /// A command that writes a file or prints something.
    pub(crate) fn of(name: &'static str, arguments: &[&'a str], prepare: fn(&Path)) -> Self {
        Self { name, arguments: arguments.to_vec(), prepare, kind: Kinds::Works }
    }

    /// A training in `run`.
    pub(crate) fn training(name: &'static str, arguments: &[&'a str], prepare: fn(&Path)) -> Self {
        Self { kind: Kinds::Trains, ..Self::of(name, arguments, prepare) }
    }

    /// A command that refuses, and must refuse or fail whatever happens.
    pub(crate) fn refused(name: &'static str, arguments: &[&'a str], prepare: fn(&Path)) -> Self {
        Self { kind: Kinds::Refuses, ..Self::of(name, arguments, prepare) }
    }

    /// A folder with two in it: one as it is before the command, and one to work in, which is always at the same place, for
    /// trainings keep the complete path of their text.
    pub(crate) fn prepared(&self) -> TempDir {
        let base = tempfile::tempdir().unwrap();
        let folder = base.path().join(PREPARED);
        fs::create_dir(&folder).unwrap();
        let at = |name: &str| folder.join(name);
        small_corpus(&folder);
        fs::write(at("hello.txt"), "hello world\n".repeat(40)).unwrap();
        fs::copy(root().join("exchange/fixtures/notebook.keras"), at("model.keras")).unwrap();
        fs::copy(root().join("exchange/fixtures/vocabulary.json"), at("vocabulary.json")).unwrap();
        let vocab = Vocab::from_text("hello world\n").unwrap();
        let weights = Weights::zeros(vocab, Card::default(), 5, 2).unwrap();
        fs::write(at("model.safetensors"), weights.to_bytes(Precision::F32).unwrap()).unwrap();
        (self.prepare)(&folder);
        base
    }

    /// The folder as the command leaves it if nothing befalls it.
    pub(crate) fn whole(&self, base: &Path) -> State {
        let folder = copy_of(base);
        let output = run(&folder, &self.arguments);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.success(), self.kind != Kinds::Refuses, "{}: {errors}", self.name);
        State::of(&folder)
    }

    /// The calls it makes.
    pub(crate) fn calls(&self, base: &Path) -> Vec<Call> {
        let folder = copy_of(base);
        let log = tempfile::NamedTempFile::new().unwrap();
        calls::run(&folder, &self.arguments, None, Some(log.path()));
        calls::in_log(log.path(), &folder)
    }

    /// Runs it with a fault, looks at what is left, goes on, and compares with `whole`.
    #[track_caller]
    pub(crate) fn disturbed(&self, base: &Path, call: &Call, fault: Fault, whole: &State) -> Ended {
        let folder = &copy_of(base);
        let before = State::of(folder);
        let output = calls::run(folder, &self.arguments, Some((call, fault)), None);
        let shown = format!("{}: {fault:?} at {}", self.name, call.line);
        let ended = how_it_ended(&output, &shown);
        let after = State::of(folder);
        if self.kind == Kinds::Refuses {
            assert!(ended != Ended::Well, "{shown}: it did not refuse");
            after.assert_only_new_partials_beside(&before, &shown);
            return ended;
        }
        after.assert_between(&before, whole, &shown);
        if ended == Ended::Well {
            after.assert_is(whole, &shown);
        } else {
            self.go_on(folder, &shown);
            State::of(folder).assert_is(whole, &format!("{shown}, then gone on"));
        }
        ended
    }

    /// The same command once more, or what a training says to go on.
    #[track_caller]
    fn go_on(&self, folder: &Path, shown: &str) {
        let has_begun = folder.join("run/last.checkpoint").exists();
        let mut arguments = self.arguments.clone();
        match self.kind {
            Kinds::Trains if has_begun => arguments = RESUME.to_vec(),
            // What it wrote before it was killed, it may replace; it is another's if it is not complete.
            Kinds::Works if matches!(arguments[0], "import" | "export" | "convert") => {
                arguments.push("--force")
            }
            _ => {}
        }
        arguments.dedup();
        let output = run(folder, &arguments);
        assert!(output.status.success(), "{shown}: then {}", String::from_utf8_lossy(&output.stderr));
    }
}

/// It ended well, by our signal, or with one sentence that names a file and what to do.
#[track_caller]
fn how_it_ended(output: &Output, shown: &str) -> Ended {
    if calls::is_killed(output) {
        return Ended::Killed;
    }
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(!errors.contains("panicked"), "{shown}: {errors}");
    if output.status.success() {
        return Ended::Well;
    }
    assert_eq!(output.status.code(), Some(1), "{shown}: {errors}");
    let is_sentence =
        errors.starts_with("scriptorium: ") && errors.lines().count() == 1 && errors.contains(';');
    let files = ["run", "out", "model", "vocab", "hello.txt", "small.txt", "page", "the standard output"];
    assert!(is_sentence && files.iter().any(|file| errors.contains(file)), "{shown}: {errors}");
    Ended::Refused
}

/// A copy of what was prepared, in the place of the last one.
fn copy_of(base: &Path) -> PathBuf {
    let work = base.join("work");
    if work.exists() {
        fs::remove_dir_all(&work).unwrap();
    }
    fs::create_dir(&work).unwrap();
    copy(&base.join(PREPARED), &work);
    work
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let (from, to) = (entry.as_ref().unwrap().path(), to.join(entry.unwrap().file_name()));
        if from.is_dir() {
            fs::create_dir(&to).unwrap();
            copy(&from, &to);
        } else {
            fs::copy(&from, &to).unwrap();
        }
    }
}
