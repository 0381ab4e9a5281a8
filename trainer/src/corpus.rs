//! Corpora: where the text comes from.

mod notebook;
mod report;
mod text;

use std::path::Path;

use anyhow::{Result, bail};
use clap::Args;
pub use report::Report;
pub(crate) use report::windows;
use sha2::{Digest, Sha256};

/// tiny-shakespeare, put into the program at build time.
const SHAKESPEARE: &str = include_str!(env!("SHAKESPEARE"));

/// Which text to use: the same flags for every command.
#[derive(Debug, Clone, Args, Default)]
pub struct CorpusArgs {
    /// `shakespeare` (built in), a text file, a folder of text files, or a JSON of series and episodes
    #[arg(long, default_value = "shakespeare", value_name = "NAME|PATH")]
    pub corpus: String,
    /// Series in a JSON corpus
    #[arg(long)]
    pub series: Option<String>,
    /// Episodes in a JSON corpus, first..end without the end, as in Python's range
    #[arg(long, value_name = "A..B")]
    pub episodes: Option<String>,
}

/// A text with its name.
#[derive(Debug, Clone)]
pub struct Corpus {
    /// Name for people and for the weights' card.
    pub name: String,
    /// The cleaned text.
    pub text: String,
}

impl Corpus {
    /// Loads the text that the flags name.
    ///
    /// # Errors
    /// Says what is wrong with the file or flag, and what to give instead.
    pub fn load(args: &CorpusArgs) -> Result<Self> {
        let only_json = [("--series", &args.series), ("--episodes", &args.episodes)];
        let is_json = args.corpus.to_ascii_lowercase().ends_with(".json");
        for (flag, value) in only_json {
            if value.is_some() && !is_json {
                bail!("{flag} belongs to a JSON corpus, but --corpus is {}; leave it out", args.corpus);
            }
        }
        let corpus = if args.corpus == "shakespeare" {
            Self { name: "shakespeare".to_owned(), text: SHAKESPEARE.to_owned() }
        } else if is_json {
            notebook::load(Path::new(&args.corpus), args.series.as_deref(), args.episodes.as_deref())?
        } else {
            text::load(Path::new(&args.corpus))?
        };
        if corpus.text.is_empty() {
            bail!("the corpus {} is empty; give a text of at least a few thousand characters", args.corpus);
        }
        Ok(corpus)
    }

    /// sha256 of the text in hexadecimal.
    pub fn sha256(&self) -> String {
        Sha256::digest(&self.text).iter().map(|b| format!("{b:02x}")).collect()
    }
}
