//! One command line after another in a folder with files that must stay as they are.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs::{self, File},
    io::Read,
    os::unix::{fs::symlink, process::ExitStatusExt},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use model::{Card, Precision, Vocab, Weights};
use tempfile::TempDir;
use tests::{root, scriptorium};

use super::program::{printed, small_corpus};

/// Within this a program has refused, or it is at work.
const SECONDS: Duration = Duration::from_secs(10);
/// Bytes of memory that it may have: what a file or a number makes it take beyond that is an error.
const MEMORY_KIB: u64 = 12 << 20;

/// A folder with everything that the values name, and what came of the command lines so far.
pub(crate) struct Trial {
    base: TempDir,
    before: BTreeMap<PathBuf, Vec<u8>>,
    pub(crate) refused: u32,
    done: u32,
    ended_on_request: u32,
}

impl Trial {
    pub(crate) fn new() -> Self {
        let base = tempfile::tempdir().unwrap();
        // Deep enough that `..` and `../../x` are in the test's own folder.
        let folder = base.path().join("a/b/c");
        fs::create_dir_all(&folder).unwrap();
        let at = |name: &str| folder.join(name);
        fs::rename(small_corpus(&folder), at("text.txt")).unwrap();
        fs::copy(root().join("exchange/fixtures/notebook.keras"), at("model.keras")).unwrap();
        fs::copy(root().join("exchange/fixtures/vocabulary.json"), at("vocabulary.json")).unwrap();
        let text = fs::read_to_string(at("text.txt")).unwrap();
        let weights = Weights::zeros(Vocab::from_text(&text).unwrap(), Card::default(), 4, 1).unwrap();
        fs::write(at("model.safetensors"), weights.to_bytes(Precision::F32).unwrap()).unwrap();
        fs::create_dir(at("folder")).unwrap();
        fs::create_dir(at("page")).unwrap();
        fs::write(at("page/models.json"), r#"{"models": []}"#).unwrap();
        for device in ["null", "full", "zero"] {
            symlink(Path::new("/dev").join(device), at(device)).unwrap();
        }
        symlink("missing/missing", at("nowhere")).unwrap();
        symlink("loop", at("loop")).unwrap();
        assert!(Command::new("mkfifo").arg(at("pipe")).status().unwrap().success());
        fs::write(at("secret"), "\u{1b}[2J of somebody").unwrap();
        let train = ["train", "--corpus", "text.txt", "--hidden", "4", "--batch", "8", "--time", "16"];
        printed(&folder, &[&train[..], &["--epochs", "1", "--device", "cpu", "--out", "trained"]].concat());
        let before = files(&folder);
        Self { base, before, refused: 0, done: 0, ended_on_request: 0 }
    }

    fn folder(&self) -> PathBuf {
        self.base.path().join("a/b/c")
    }

    /// What came of all of them.
    pub(crate) fn counts(&self) -> String {
        let Self { refused, done, ended_on_request, .. } = self;
        format!("{refused} refused, {done} done, {ended_on_request} at work until they were asked to end")
    }

    /// Runs one, and looks at how it ended and at the files.
    #[track_caller]
    pub(crate) fn run(&mut self, arguments: &[OsString]) {
        let shown = format!("{:.1500}", format!("{arguments:?}"));
        let folder = self.folder();
        let [out, errors] = ["stdout", "stderr"].map(|name| self.base.path().join(name));
        let mut child = Command::new("sh")
            .args(["-c", &format!("ulimit -v {MEMORY_KIB}; exec \"$0\" \"$@\"")])
            .arg(scriptorium().unwrap())
            .args(arguments)
            .current_dir(&folder)
            .stdin(Stdio::null())
            .stdout(File::create(&out).unwrap())
            .stderr(File::create(&errors).unwrap())
            .spawn()
            .unwrap();
        let (status, was_asked) = ended(&mut child, &shown);
        let [printed, said] = [out, errors].map(|path| text(&path));
        assert!(!said.contains("panicked") && !said.contains("overflow"), "{shown}: {said:.2000}");
        match (was_asked, status.code()) {
            (true, _) => self.ended_on_request += 1,
            (false, Some(0)) => self.done += 1,
            (false, Some(1 | 2)) => {
                assert!(
                    said.starts_with("scriptorium: ") || said.starts_with("error: "),
                    "{shown}: {said:.2000}"
                );
                self.refused += 1;
            }
            _ => panic!("{shown}: {status}, signal {:?}: {said:.2000}", status.signal()),
        }
        for text in [&printed, &said] {
            let raw = text.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\t'));
            assert!(raw.is_none(), "{shown}: printed {raw:?} in {text:.2000}");
        }
        self.compare(&shown);
    }

    /// Nothing is replaced but what the command line itself says to go on with; what is new is taken away.
    #[track_caller]
    fn compare(&self, shown: &str) {
        let folder = self.folder();
        let after = files(&folder);
        let is_forced = shown.contains("\"--force\"") || shown.contains("publish");
        for (path, content) in &self.before {
            let is_of_training = path.starts_with(folder.join("trained"));
            let is_same = after.get(path) == Some(content);
            assert!(is_same || is_forced || is_of_training, "{shown}: {} is another", path.display());
            if !is_same {
                assert!(after.contains_key(path), "{shown}: {} is gone", path.display());
                fs::write(path, content).unwrap();
            }
        }
        for path in after.keys().filter(|path| !self.before.contains_key(*path)) {
            let _ = fs::remove_file(path);
        }
        for device in ["null", "full", "zero", "nowhere", "loop"] {
            assert!(folder.join(device).is_symlink(), "{shown}: the link {device} was replaced");
        }
    }
}

/// All regular files at and above the folder, in the test's own.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.join("../..")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder.canonicalize().unwrap()).unwrap() {
            let path = entry.unwrap().path();
            let kind = path.symlink_metadata().unwrap().file_type();
            if kind.is_dir() {
                folders.push(path);
            } else if kind.is_file() {
                found.insert(path.clone(), fs::read(&path).unwrap());
            }
        }
    }
    found
}

/// How it ended: by itself, or because it was asked to, as whoever waits too long does.
#[track_caller]
fn ended(child: &mut Child, shown: &str) -> (ExitStatus, bool) {
    let begun = Instant::now();
    let mut asked = 0;
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return (status, asked > 0);
        }
        let waited = begun.elapsed();
        if waited > SECONDS * (asked + 1) {
            asked += 1;
            if asked > 4 {
                child.kill().unwrap();
                child.wait().unwrap();
                panic!("{shown}: it did not end");
            }
            Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
        }
        std::thread::sleep(Duration::from_millis(if waited.as_millis() < 200 { 2 } else { 20 }));
    }
}

fn text(path: &Path) -> String {
    let mut bytes = Vec::new();
    File::open(path).unwrap().take(1 << 20).read_to_end(&mut bytes).unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}
