//! `scriptorium eval`: how well a model predicts a text.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use super::print::{print, print_json};
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
            return print_json(&serde_json::to_string(&evaluation)?);
        }
        print(format!("nats per character  {:.4}", evaluation.nats_per_char))?;
        print(format!("bits per character  {:.4}", evaluation.bits_per_char))?;
        print(format!("perplexity          {:.3}", evaluation.perplexity))?;
        print(format!("characters          {}", evaluation.characters))?;
        print(format!("skipped             {}", evaluation.skipped))
    }
}
