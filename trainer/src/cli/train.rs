//! `scriptorium train`: a training, new or resumed.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use anyhow::{Context, Result};
use clap::Args;

use crate::{
    run::{Run, RunOptions},
    settings::Settings,
    show::Show,
};

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
    /// Go on with the training in a folder (or from a checkpoint), with its settings
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["config", "out"])]
    resume: Option<PathBuf>,
    /// Print nothing but errors
    #[arg(long)]
    quiet: bool,
    /// Print one JSON object a line for every event
    #[arg(long, conflicts_with = "quiet")]
    json: bool,
}

impl Train {
    /// Trains until the end, or until Ctrl-C, and then saves a checkpoint.
    pub(super) fn run(self) -> Result<()> {
        let Self { settings, config, out, resume, quiet, json } = self;
        let stop = Arc::new(AtomicBool::new(false));
        let on_signal = stop.clone();
        ctrlc::set_handler(move || on_signal.store(true, Ordering::Relaxed))
            .context("cannot listen for Ctrl-C")?;
        let mut run = Run::new(&RunOptions { settings, config, out, resume })?;
        run.go(&mut Show::new(quiet, json), &stop)?;
        Ok(())
    }
}
