//! `scriptorium eval`: how well a model predicts a text.

use std::{
    io::{self, Write},
    path::PathBuf,
};

use anyhow::Result;
use clap::Args;

use crate::{
    corpus::{Corpus, CorpusArgs},
    eval::evaluate,
    weights::load_weights,
};

#[derive(Debug, Args)]
pub(super) struct Eval {
    /// The weights file
    #[arg(long, value_name = "FILE")]
    weights: PathBuf,
    #[command(flatten)]
    corpus: CorpusArgs,
    /// Share of the text to pass over
    #[arg(long, default_value_t = 0.7)]
    from: f64,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Eval {
    /// Reads model and text, evaluates and prints.
    pub(super) fn run(&self) -> Result<()> {
        let weights = load_weights(&self.weights)?;
        let corpus = Corpus::load(&self.corpus)?;
        let evaluation = evaluate(&weights, &corpus.text, self.from)?;
        if self.json {
            writeln!(io::stdout(), "{}", serde_json::to_string(&evaluation)?)?;
            return Ok(());
        }
        writeln!(io::stdout(), "nats per character  {:.4}", evaluation.nats_per_char)?;
        writeln!(io::stdout(), "bits per character  {:.4}", evaluation.bits_per_char)?;
        writeln!(io::stdout(), "perplexity          {:.3}", evaluation.perplexity)?;
        writeln!(io::stdout(), "characters          {}", evaluation.characters)?;
        writeln!(io::stdout(), "skipped             {}", evaluation.skipped)?;
        Ok(())
    }
}
