//! What is in a folder, and whether that is what it may be.

#![allow(dead_code, reason = "each program that includes this uses a part of it")]

use std::{collections::BTreeMap, fs, path::Path};

use model::Weights;
use serde_json::Value;
use training::Checkpoint;

/// All files of a folder by their names.
pub(crate) struct State(BTreeMap<String, Vec<u8>>);

impl State {
    /// Reads a folder and those in it.
    pub(crate) fn of(folder: &Path) -> Self {
        let mut files = BTreeMap::new();
        read(folder, "", &mut files);
        Self(files)
    }

    /// The files that are not beside their place.
    fn visible(&self) -> impl Iterator<Item = (&String, &Vec<u8>)> {
        self.0.iter().filter(|(name, _)| !name.ends_with(".partial") && !name.ends_with(".lock"))
    }

    /// What was there is there as it was, and nothing else is but files in the making.
    #[track_caller]
    pub(crate) fn assert_only_new_partials_beside(&self, before: &Self, shown: &str) {
        let (found, expected): (Vec<_>, Vec<_>) = (self.visible().collect(), before.visible().collect());
        assert!(found == expected, "{shown}: changed what was there");
    }

    /// Every file is as it was or as it is to become; one of a training may also be complete and of some time between.
    #[track_caller]
    pub(crate) fn assert_between(&self, before: &Self, whole: &Self, shown: &str) {
        for name in before.visible().map(|(name, _)| name) {
            assert!(self.0.contains_key(name), "{shown}: {name} is gone");
        }
        for (name, content) in self.visible() {
            if before.0.get(name).is_some_and(|before| before == content) {
                continue;
            }
            assert!(whole.0.contains_key(name), "{shown}: {name} is new");
            let is_complete = match ending(name) {
                "jsonl" => content.split(|&byte| byte == b'\n').all(|line| line.is_empty() || is_json(line)),
                "checkpoint" => Checkpoint::from_bytes(content).is_ok(),
                "safetensors" if name.starts_with("run/") => Weights::from_bytes(content).is_ok(),
                "html" => content.ends_with(b"</html>\n"),
                "svg" => content.ends_with(b"</svg>\n"),
                _ => whole.0.get(name) == Some(content),
            };
            assert!(is_complete, "{shown}: {name} is not complete");
        }
    }

    /// The files that nobody disturbed would be: the same names and, but for times, the same contents.
    #[track_caller]
    pub(crate) fn assert_is(&self, whole: &Self, shown: &str) {
        // Lines that were torn by force are kept aside there.
        let names = |state: &Self| -> Vec<String> {
            state.0.keys().filter(|name| !name.ends_with("metrics.unreadable")).cloned().collect()
        };
        assert_eq!(names(self), names(whole), "{shown}");
        for (name, content) in whole.visible() {
            let found = &self.0[name];
            let is_same = match ending(name) {
                "jsonl" => epochs(found) == epochs(content),
                "checkpoint" => timeless(found) == timeless(content),
                "html" | "svg" => !found.is_empty(),
                _ => found == content,
            };
            assert!(is_same, "{shown}: {name} is not what it would have been");
        }
    }
}

fn read(folder: &Path, prefix: &str, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("{prefix}{}", path.file_name().unwrap().to_string_lossy());
        match path.is_dir() {
            true => read(&path, &format!("{name}/"), files),
            false => drop(files.insert(name, fs::read(&path).unwrap())),
        }
    }
}

fn ending(name: &str) -> &str {
    name.rsplit('.').next().unwrap()
}

fn is_json(line: &[u8]) -> bool {
    serde_json::from_slice::<Value>(line).is_ok()
}

/// The epochs that metrics tell of, with their losses.
fn epochs(metrics: &[u8]) -> Vec<(Value, Value)> {
    let lines = metrics.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
    let events = lines.map(|line| serde_json::from_slice::<Value>(line).unwrap());
    let epochs = events.filter(|event| event["event"] == "epoch");
    epochs.map(|event| (event["epoch"].clone(), event["val_loss"].clone())).collect()
}

/// A checkpoint without the time that it took.
fn timeless(bytes: &[u8]) -> Checkpoint {
    let mut checkpoint = Checkpoint::from_bytes(bytes).unwrap();
    checkpoint.position.secs = 0.0;
    checkpoint
}
