//! `scriptorium import`: a model of another framework.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use clap::Args;
use exchange::{Choice, read, read_vocab};
use model::{Card, Precision, Vocab};

use super::print::print;
use crate::{
    corpus::{Corpus, CorpusArgs},
    files::{check_replacing, write_atomic},
};

#[derive(Debug, Args)]
pub(super) struct Import {
    /// Keras's .keras, .weights.h5 or .h5; a PyTorch state dict as .safetensors; a record of burn's Lstm and Linear
    file: PathBuf,
    /// Its characters in the order of their ids, as text or JSON; a text in which one occurs twice is taken for a corpus
    #[arg(long, value_name = "FILE")]
    vocab: Option<PathBuf>,
    #[command(flatten)]
    corpus: CorpusArgs,
    /// The weights file to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Replace the file if it exists
    #[arg(long)]
    force: bool,
}

impl Import {
    /// Reads, converts and writes.
    pub(super) fn run(&self) -> Result<()> {
        let corpus = self.corpus.corpus.as_deref().map(Path::new);
        let sources = [Some(self.file.as_path()), self.vocab.as_deref(), corpus];
        check_replacing(&self.out, &sources.into_iter().flatten().collect::<Vec<&Path>>(), self.force)?;
        let shown = self.file.display();
        let bytes = fs::read(&self.file).with_context(|| {
            format!("cannot read the model {shown}; give a file that Keras, PyTorch or burn wrote")
        })?;
        let model = read(bytes).with_context(|| format!("cannot import {shown}"))?;
        let format = model.format();
        let mut card = Card { recipe: format!("imported from {format}"), ..Card::default() };
        let vocab = self.vocabulary(&mut card)?;
        let weights =
            model.into_weights(vocab.as_ref(), card).with_context(|| format!("cannot import {shown}"))?;
        write_atomic(&self.out, &weights.to_bytes(Precision::F32)?)?;
        let (layers, hidden) = (weights.layers.len(), weights.hidden());
        print(format!(
            "{} has {shown}'s {layers} × {hidden} units for {} characters ({format})",
            self.out.display(),
            weights.vocab.len()
        ))
    }

    /// What the ids stand for, if a flag says so; a corpus also goes into the card.
    fn vocabulary(&self, card: &mut Card) -> Result<Option<Vocab>> {
        match &self.vocab {
            Some(_) if self.corpus.corpus.is_some() => {
                bail!("--vocab and --corpus both say what the characters are; leave one out")
            }
            Some(file) => self.read_vocabulary(file).map(Some),
            None if self.corpus == CorpusArgs::default() => Ok(None),
            None => {
                let corpus = Corpus::load(&self.corpus)?;
                let vocab = Vocab::from_text(&corpus.text)
                    .with_context(|| format!("the corpus {} cannot be used", corpus.name))?;
                card.corpus_sha256 = corpus.sha256();
                card.corpus = corpus.name;
                Ok(Some(vocab))
            }
        }
    }

    /// The file that `--vocab` names.
    fn read_vocabulary(&self, file: &Path) -> Result<Vocab> {
        let shown = file.display();
        let bytes = fs::read(file).with_context(|| {
            format!(
                "cannot read the vocabulary {shown}; give a text or JSON file of characters, or the corpus"
            )
        })?;
        let choice =
            Choice { series: self.corpus.series.as_deref(), episodes: self.corpus.episodes.as_deref() };
        read_vocab(&file.to_string_lossy(), bytes, &choice)
            .with_context(|| format!("cannot use the vocabulary {shown}"))
    }
}
