//! Corpora: where the text comes from.

mod files;
mod report;

use std::path::Path;

use ::corpus::{Choice, Rare, RareCharacter, rare_characters};
use anyhow::{Result, anyhow, bail};
use clap::{
    Args,
    builder::{PossibleValue, PossibleValuesParser, TypedValueParser},
};
pub use report::{Replaced, Report};
use serde::{Deserialize, Serialize};

/// Name of the built-in text, and the default.
const BUILT_IN: &str = "shakespeare";
/// tiny-shakespeare, put into the program at build time.
const SHAKESPEARE: &str = include_str!(env!("SHAKESPEARE"));

/// Which text to use: the same flags for every command.
#[derive(Debug, Clone, PartialEq, Eq, Args, Default, Serialize, Deserialize)]
pub struct CorpusArgs {
    /// `shakespeare` (built in, the default), a text file, a folder of text files, or a JSON of series and episodes
    #[arg(long, value_name = "NAME|PATH")]
    pub corpus: Option<String>,
    /// Series in a JSON corpus
    #[arg(long)]
    pub series: Option<String>,
    /// Episodes in a JSON corpus, first..end without the end, as in Python's range
    #[arg(long, value_name = "A..B")]
    pub episodes: Option<String>,
    /// What becomes of characters that stand in the text but a few times [default: keep]
    #[arg(long, value_parser = rare())]
    pub rare: Option<Rare>,
}

/// Reads `--rare`.
fn rare() -> impl TypedValueParser<Value = Rare> {
    let values = Rare::ALL.map(|rare| PossibleValue::new(rare.as_str()).help(rare.about()));
    PossibleValuesParser::new(values).try_map(|text| {
        let mut all = Rare::ALL.into_iter();
        all.find(|rare| rare.as_str() == text).ok_or("there is no such way")
    })
}

/// A text with its name.
#[derive(Debug, Clone)]
pub struct Corpus {
    /// Name for people and for the weights' card.
    pub name: String,
    /// The cleaned text, with what `treatment` has made of it.
    pub text: String,
    /// What has become of rare characters.
    pub treatment: Rare,
    /// The rare characters as the text was read.
    pub rare: Vec<RareCharacter>,
}

impl CorpusArgs {
    /// What `--corpus` says.
    pub fn name(&self) -> &str {
        self.corpus.as_deref().unwrap_or(BUILT_IN)
    }

    /// These flags, and those of `below` that are not given here. Of a JSON corpus only another JSON has the same series.
    pub(crate) fn over(self, below: Self) -> Self {
        let is_same = self.corpus.as_deref().is_none_or(::corpus::is_json);
        let (series, episodes) = if is_same { (below.series, below.episodes) } else { (None, None) };
        Self {
            corpus: self.corpus.or(below.corpus),
            series: self.series.or(series),
            episodes: self.episodes.or(episodes),
            rare: self.rare.or(below.rare),
        }
    }

    /// The same text, named so that it is found from every folder.
    pub fn anywhere(mut self) -> Self {
        if self.name() != BUILT_IN
            && let Ok(path) = std::path::absolute(self.name())
        {
            self.corpus = Some(path.to_string_lossy().into_owned());
        }
        self
    }
}

impl Corpus {
    /// Loads the text that the flags name.
    ///
    /// # Errors
    /// Says what is wrong with the file or flag, and what to give instead.
    pub fn load(args: &CorpusArgs) -> Result<Self> {
        let given = args.name();
        let only_json = [("--series", &args.series), ("--episodes", &args.episodes)];
        let is_json = ::corpus::is_json(given);
        for (flag, value) in only_json {
            if value.is_some() && !is_json {
                bail!("{flag} belongs to a JSON corpus, but --corpus is {given}; leave it out");
            }
        }
        let (name, text) = if given == BUILT_IN {
            (BUILT_IN.to_owned(), SHAKESPEARE.to_owned())
        } else if is_json {
            let choice = Choice { series: args.series.as_deref(), episodes: args.episodes.as_deref() };
            ::corpus::notebook(&files::read(Path::new(given))?, &choice)
                .map_err(|error| anyhow!("{given} {error}"))?
        } else {
            files::load(Path::new(given))?
        };
        if text.is_empty() {
            bail!("the corpus {given} is empty; give a text of at least a few thousand characters");
        }
        let (treatment, rare) = (args.rare.unwrap_or_default(), rare_characters(&text));
        Ok(Self { name, text: treatment.apply(text, &rare), treatment, rare })
    }

    /// Loads the text that a checkpoint names, which strangers may have written: only regular files are opened, and
    /// folders with such files.
    ///
    /// # Errors
    /// As [`load`](Self::load), and if the flags name a pipe, a device or the like.
    pub(crate) fn load_regular(args: &CorpusArgs) -> Result<Self> {
        if args.name() != BUILT_IN {
            files::check_openable(Path::new(args.name()))?;
        }
        Self::load(args)
    }

    /// sha256 of the text in hexadecimal.
    pub fn sha256(&self) -> String {
        ::corpus::sha256(&self.text)
    }
}
