//! `scriptorium corpus`: the figures of a text.

use std::io::{self, Write};

use anyhow::Result;
use clap::Args;

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
        if self.json {
            writeln!(io::stdout(), "{}", serde_json::to_string_pretty(&report)?)?;
        } else {
            write!(io::stdout(), "{report}")?;
        }
        Ok(())
    }
}
