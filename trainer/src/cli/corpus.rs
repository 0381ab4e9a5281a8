//! `scriptorium corpus`: the figures of a text.

use anyhow::Result;
use clap::Args;

use super::print::{print, print_json};
use crate::corpus::{self, CorpusArgs, Report};

#[derive(Debug, Args)]
pub(super) struct Corpus {
    #[command(flatten)]
    corpus: CorpusArgs,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Corpus {
    /// Reads the text, counts it and prints the figures.
    pub(super) fn run(&self) -> Result<()> {
        let report = Report::new(&corpus::Corpus::load(&self.corpus)?)?;
        match self.json {
            true => print_json(&serde_json::to_string_pretty(&report)?),
            false => print(report),
        }
    }
}
