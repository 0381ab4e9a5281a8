//! `kill -9` at random instants of everything that writes files: trainings that begin and go on, imports, exports, conversions,
//! publications. Half of the kills wait for a file in the making, so that they fall into its writing, just behind it, or between
//! two files of an epoch; the others fall anywhere.
//!
//! After each kill every file must be as it was or as it was to become, and no training may be further back than it was. The same
//! command once more, or `train --resume`, must then come to what nobody disturbed.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use model::{Weights, uniform};
use tests::{root, scriptorium};
use training::Checkpoint;

use crate::{program::small_corpus, state::State};

/// Epochs of a training: some seconds with a checkpoint after every step.
const EPOCHS: &str = "60";
/// A file in the making is waited for so long at most.
const MAX_WAIT: Duration = Duration::from_millis(1500);
/// The two models that the commands take in turns, so that what is replaced is another.
const MODELS: [&str; 2] = ["shakespeare", "notebook"];
/// Commands that write what can be compared byte for byte.
const WRITERS: [&str; 4] = ["import", "export", "convert", "publish"];

/// Kills so often; `seed` says when.
pub(crate) fn run(count: u32, seed: u32) -> Result<()> {
    let mut folder = tempfile::tempdir()?;
    // What a find left behind is looked at.
    folder.disable_cleanup(true);
    let mut kills = Kills::prepare(folder.path(), seed)?;
    println!("{count} kills from seed {seed} in {}", folder.path().display());
    for number in 0..count {
        kills.once(number).with_context(|| format!("kill {number} from seed {seed}"))?;
        if number % 100 == 99 {
            println!("{}", kills.told());
        }
    }
    if kills.training.has_begun() {
        kills.training.end()?;
    }
    println!("{}\nall of it survived, {} trainings to their end", kills.told(), kills.training.done);
    folder.disable_cleanup(false);
    Ok(())
}

struct Kills {
    folder: PathBuf,
    seed: u32,
    /// What each command makes of each model, and how long it takes.
    expected: BTreeMap<(&'static str, &'static str), (Files, Duration)>,
    training: Training,
    counts: BTreeMap<&'static str, Count>,
}

/// What came of a command's kills.
#[derive(Default)]
struct Count {
    tried: u32,
    /// The others had ended before.
    killed: u32,
    /// Those that left a file in the making.
    torn: u32,
}

/// What a kill came to.
struct Killed {
    is_killed: bool,
    is_torn: bool,
}

/// Files by their names.
type Files = BTreeMap<String, Vec<u8>>;

impl Kills {
    fn prepare(folder: &Path, seed: u32) -> Result<Self> {
        for model in MODELS {
            let file = format!("{model}.safetensors");
            let bytes = fs::read(root().join("weights").join(&file))?;
            let vocab = Weights::from_bytes(&bytes)?.vocab;
            let ids: Vec<u32> = (0..vocab.len() as u32).collect();
            fs::write(folder.join(format!("{model}.txt")), vocab.decode(&ids))?;
            fs::write(folder.join(&file), bytes)?;
            let export = format!("export --weights {file} --to keras --out {model}.keras");
            succeed(folder, &export.split(' ').map(str::to_owned).collect::<Vec<_>>())?;
        }
        let mut expected = BTreeMap::new();
        for (command, model) in WRITERS.iter().flat_map(|command| MODELS.map(|model| (*command, model))) {
            let place = folder.join("expected").join(command);
            make_place(&place)?;
            let begun = Instant::now();
            succeed(folder, &arguments(command, model, "expected"))?;
            expected.insert((command, model), (files(&place)?, begun.elapsed()));
        }
        let training = Training::prepare(folder)?;
        Ok(Self { folder: folder.to_owned(), seed, expected, training, counts: BTreeMap::new() })
    }

    /// One kill.
    fn once(&mut self, number: u32) -> Result<()> {
        let random = |step| uniform(self.seed, number, step);
        let moment = Moment { is_aimed: random(0) < 0.5, part: random(1), after: random(2) };
        // Half of them are trainings.
        let command = WRITERS.get((random(3) * 8.0) as usize).copied();
        let model = MODELS[usize::from(random(4) < 0.5)];
        let (name, place) = match command {
            Some(command) => (command, self.folder.join("killed").join(command)),
            None if self.training.has_begun() => ("train --resume", self.training.folder.join("run")),
            None => ("train", self.training.folder.join("run")),
        };
        let was_killed = match command {
            // Onto nothing, or onto another's file.
            Some(command) => self.kill_writer(command, model, &place, moment, random(5) < 0.3)?,
            None => self.training.killed(moment)?,
        };
        let count = self.counts.entry(name).or_default();
        count.tried += 1;
        count.killed += u32::from(was_killed.is_killed);
        count.torn += u32::from(was_killed.is_torn);
        Ok(())
    }

    /// Kills a command that writes; whether it was at work still.
    fn kill_writer(
        &self,
        command: &'static str,
        model: &'static str,
        place: &Path,
        moment: Moment,
        anew: bool,
    ) -> Result<Killed> {
        let (wanted, took) = self.expected.get(&(command, model)).context("nothing is expected")?;
        if anew || !place.exists() {
            make_place(place)?;
        }
        let before = files(place)?;
        let arguments = arguments(command, model, "killed");
        let mut child = begin(&self.folder, &arguments)?;
        let status = moment.kill(&mut child, place, *took)?;
        let shown = format!("{} ({status})", arguments.join(" "));
        ensure!(status.code().is_none_or(|code| code == 0), "{shown}: {}", said(&mut child));
        let after = files(place)?;
        let is_torn = has_partial(place);
        for (name, content) in after.iter().filter(|(name, _)| !name.ends_with(".partial")) {
            let is_right = wanted.get(name) == Some(content) || before.get(name) == Some(content);
            ensure!(is_right, "{shown}: {name} is neither as it was nor as it was to become");
        }
        let is_lost = |name: &&String| !name.ends_with(".partial") && !after.contains_key(*name);
        ensure!(!before.keys().any(|name| is_lost(&name)), "{shown}: a file is gone");
        // The list names no file that is not there.
        let names = |list: &Vec<u8>| String::from_utf8_lossy(list).contains("plays.safetensors");
        if after.get("models.json").is_some_and(names) {
            ensure!(after.contains_key("plays.safetensors"), "{shown}: the list came before its file");
        }
        succeed(&self.folder, &arguments).with_context(|| format!("{shown}, then once more"))?;
        ensure!(files(place)? == *wanted, "{shown}, then once more: not what it would have been");
        Ok(Killed { is_killed: status.code().is_none(), is_torn })
    }

    fn told(&self) -> String {
        let lines = self.counts.iter().map(|(name, Count { tried, killed, torn })| {
            format!(
                "{name}: {tried} tried, {killed} killed before their end, {torn} with a file in the making"
            )
        });
        lines.collect::<Vec<_>>().join("\n")
    }
}

/// An empty folder for what a command writes, with the page's list of models in it.
fn make_place(place: &Path) -> Result<()> {
    if place.exists() {
        fs::remove_dir_all(place)?;
    }
    fs::create_dir_all(place)?;
    if place.ends_with("publish") {
        fs::write(place.join("models.json"), r#"{"models": [{"id": "a", "file": "a.safetensors"}]}"#)?;
    }
    Ok(())
}

/// A command that writes into a folder of its own below `base`.
fn arguments(command: &str, model: &str, base: &str) -> Vec<String> {
    let weights = format!("--weights {model}.safetensors");
    let line = match command {
        "import" => format!("{model}.keras --vocab {model}.txt --out {base}/import/in.safetensors"),
        "export" => format!("{weights} --to keras --out {base}/export/out.keras"),
        "convert" => format!("{weights} --precision f16 --out {base}/convert/out.safetensors"),
        _ => format!("{weights} --title Plays --into {base}/publish"),
    };
    format!("{command} {line} --force").split(' ').map(str::to_owned).collect()
}

/// An instant at which a program is killed.
#[derive(Clone, Copy)]
struct Moment {
    /// It waits for a file in the making, or just behind it.
    is_aimed: bool,
    /// From 0 to 1: which file is waited for, or how much of the program's time is over.
    part: f32,
    /// From 0 to 1: how long after the file.
    after: f32,
}

impl Moment {
    /// Kills a program that writes into a folder, and takes so long if it is let alone; how it ended.
    fn kill(self, child: &mut Child, folder: &Path, took: Duration) -> Result<ExitStatus> {
        match self.is_aimed {
            true => self.wait_for_file(child, folder)?,
            false => sleep(took.mul_f32(1.1 * self.part)),
        }
        child.kill()?;
        Ok(child.wait()?)
    }

    fn wait_for_file(self, child: &mut Child, folder: &Path) -> Result<()> {
        let begun = Instant::now();
        let mut left = (self.part * 12.0) as u32;
        let mut was_there = false;
        while begun.elapsed() < MAX_WAIT && child.try_wait()?.is_none() {
            let is_there = has_partial(folder);
            // Each file counts twice: when it is begun, and when it is in its place.
            if is_there != was_there {
                was_there = is_there;
                if left == 0 {
                    break;
                }
                left -= 1;
            }
        }
        // Some of them at once.
        sleep(Duration::from_micros((1500.0 * (self.after - 0.3).max(0.0)) as u64));
        Ok(())
    }
}

/// A training that is killed again and again, and then another one.
struct Training {
    folder: PathBuf,
    corpus: String,
    /// What it comes to.
    whole: State,
    /// How long that takes.
    took: Duration,
    /// The epoch and the step that were saved last.
    position: (usize, usize),
    /// Trainings that came to their end.
    done: u32,
}

impl Training {
    fn prepare(folder: &Path) -> Result<Self> {
        let corpus = small_corpus(folder).to_string_lossy().into_owned();
        let [whole, killed] = ["whole", "trained"].map(|name| folder.join(name));
        fs::create_dir_all(&whole)?;
        fs::create_dir_all(&killed)?;
        let mut this = Self {
            folder: whole,
            corpus,
            whole: State::of(&killed),
            took: Duration::ZERO,
            position: (0, 0),
            done: 0,
        };
        let begun = Instant::now();
        succeed(&this.folder, &this.arguments())?;
        this.took = begun.elapsed();
        this.whole = State::of(&this.folder);
        this.folder = killed;
        Ok(this)
    }

    fn has_begun(&self) -> bool {
        self.folder.join("run/last.checkpoint").exists()
    }

    /// To begin or to go on.
    fn arguments(&self) -> Vec<String> {
        let line = match self.has_begun() {
            true => "--resume run --save-secs 0".to_owned(),
            false => {
                let corpus = &self.corpus;
                format!(
                    "--corpus {corpus} --hidden 12 --batch 8 --time 64 --epochs {EPOCHS} --save-secs 0 --out run"
                )
            }
        };
        format!("train --device cpu {line}").split(' ').map(str::to_owned).collect()
    }

    /// Begins or goes on, and is killed, unless it has come to its end before.
    fn killed(&mut self, moment: Moment) -> Result<Killed> {
        let before = State::of(&self.folder);
        let arguments = self.arguments().join(" ");
        let mut child = begin(&self.folder, &self.arguments())?;
        // Not longer than a part of it, so that there are many kills to a training.
        let status = moment.kill(&mut child, &self.folder.join("run"), self.took / 8)?;
        if status.code().is_some() {
            ensure!(status.success(), "{arguments}: {status}: {}", said(&mut child));
            self.finish(&arguments)?;
            return Ok(Killed { is_killed: false, is_torn: false });
        }
        State::of(&self.folder).assert_between(&before, &self.whole, &arguments);
        self.look_at_position().with_context(|| arguments)?;
        Ok(Killed { is_killed: true, is_torn: has_partial(&self.folder.join("run")) })
    }

    /// What was saved is never further back than it was.
    fn look_at_position(&mut self) -> Result<()> {
        if self.has_begun() {
            let checkpoint = Checkpoint::from_bytes(&fs::read(self.folder.join("run/last.checkpoint"))?)?;
            let position = (checkpoint.position.epoch, checkpoint.position.step);
            ensure!(position >= self.position, "it is back at {position:?}, from {:?}", self.position);
            self.position = position;
        }
        Ok(())
    }

    /// It came to its end: to that of the one that nobody disturbed.
    fn finish(&mut self, shown: &str) -> Result<()> {
        State::of(&self.folder).assert_is(&self.whole, shown);
        fs::remove_dir_all(self.folder.join("run"))?;
        self.position = (0, 0);
        self.done += 1;
        Ok(())
    }

    /// Lets the last one go on to its end.
    fn end(&mut self) -> Result<()> {
        let arguments = self.arguments();
        succeed(&self.folder, &arguments)?;
        self.finish(&arguments.join(" "))
    }
}

/// Begins to run the program in a folder.
fn begin(folder: &Path, arguments: &[String]) -> Result<Child> {
    let mut program = Command::new(scriptorium()?);
    program.args(arguments).current_dir(folder).stdout(Stdio::null()).stderr(Stdio::piped());
    Ok(program.spawn()?)
}

/// Runs it to its end, which must be a good one.
fn succeed(folder: &Path, arguments: &[String]) -> Result<()> {
    let mut child = begin(folder, arguments)?;
    let status = child.wait()?;
    ensure!(status.success(), "{}: {status}: {}", arguments.join(" "), said(&mut child));
    Ok(())
}

/// What a program that has ended said of its errors.
fn said(child: &mut Child) -> String {
    child.stderr.take().and_then(|errors| io::read_to_string(errors).ok()).unwrap_or_default()
}

/// The files of a folder, if there is one.
fn files(folder: &Path) -> Result<Files> {
    let mut files = Files::new();
    if folder.exists() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            files.insert(name, fs::read(&path)?);
        }
    }
    Ok(files)
}

/// Whether a file is in the making there.
fn has_partial(folder: &Path) -> bool {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.into_iter().any(|entry| entry.file_name().to_string_lossy().ends_with(".partial"))
}
