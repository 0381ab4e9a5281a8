//! `scriptorium train`: a training, new or resumed.

use std::{
    io::{self, IsTerminal, Write},
    path::PathBuf,
    process,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use clap::Args;

use crate::{
    run::{Run, RunOptions},
    settings::Settings,
    show::Show,
};

/// The exit code of a program that Ctrl-C ended, as shells know it.
const INTERRUPTED: i32 = 130;
/// Signals so soon after the first are one with it: a terminal that closes sends SIGHUP, and its shell sends it once more.
const SAME_SIGNAL: Duration = Duration::from_millis(300);

#[derive(Debug, Args)]
pub(super) struct Train {
    #[command(flatten)]
    settings: Settings,
    /// Settings from a TOML file, such as a run's config.toml; flags stand over it
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The run's folder [default: the next free one in runs/]
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// Go on with the training in a folder, or from a checkpoint (of the page too), with its settings; of them --epochs can
    /// be raised, and --corpus says where its text is now
    #[arg(long, value_name = "FOLDER", conflicts_with = "config")]
    resume: Option<PathBuf>,
    /// Print nothing but errors
    #[arg(long)]
    quiet: bool,
    /// Print one JSON object a line for every event
    #[arg(long, conflicts_with = "quiet")]
    json: bool,
}

impl Train {
    /// Trains until the end, or until Ctrl-C (or SIGTERM or SIGHUP), and then saves a checkpoint. A later one ends the
    /// program at once.
    pub(super) fn run(self) -> Result<()> {
        let Self { settings, config, out, resume, quiet, json } = self;
        let stop = Arc::new(AtomicBool::new(false));
        let on_signal = stop.clone();
        let mut first = None;
        ctrlc::set_handler(move || {
            on_signal.store(true, Ordering::Relaxed);
            if first.get_or_insert_with(Instant::now).elapsed() > SAME_SIGNAL {
                end_at_once();
            }
        })
        .context("cannot listen for Ctrl-C")?;
        let mut run = Run::new(&RunOptions { settings, config, out, resume }, &stop)?;
        run.go(&mut Show::new(quiet, json), &stop)?;
        Ok(())
    }
}

/// Ends the program whatever it does. What is saved is complete, for files are written atomically.
fn end_at_once() {
    // The dashboard hides the cursor. Not to the output: a terminal that is held would hold this too.
    if io::stderr().is_terminal() {
        let _ = writeln!(io::stderr(), "\u{1b}[?25h");
    }
    process::exit(INTERRUPTED);
}
