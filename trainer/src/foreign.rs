//! Models of other frameworks in and out.

use std::{fs, path::PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use exchange::{Choice, Kind, export, read, read_vocab};
use model::{Card, Precision, Vocab};

use crate::{
    corpus::{Corpus, CorpusArgs},
    files::write_whole,
    sample::load_weights,
};

/// Make a weights file of a model that Keras, PyTorch or burn trained.
#[derive(Debug, Args)]
pub struct ImportCommand {
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
}

/// Write a model for another framework.
#[derive(Debug, Args)]
pub struct ExportCommand {
    /// The weights file to read
    #[arg(long, value_name = "FILE")]
    weights: PathBuf,
    /// For whom: keras, pytorch, onnx, safetensors (ours, in f32) or burn
    #[arg(long)]
    to: Kind,
    /// The file to write [default: the weights' name with another ending]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl ImportCommand {
    /// Reads, converts and writes.
    ///
    /// # Errors
    /// Where a file cannot be read or written, or its model is none of ours; the message names file and layer.
    pub fn run(&self) -> Result<()> {
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
        write_whole(&self.out, &weights.to_bytes(Precision::F32)?)?;
        let (layers, hidden) = (weights.layers.len(), weights.hidden());
        println!(
            "{} has {shown}'s {layers} × {hidden} units for {} characters ({format})",
            self.out.display(),
            weights.vocab.len()
        );
        Ok(())
    }

    /// What the ids stand for, where a flag says so; a corpus also goes into the card.
    fn vocabulary(&self, card: &mut Card) -> Result<Option<Vocab>> {
        let Some(file) = &self.vocab else {
            if self.corpus == CorpusArgs::default() {
                return Ok(None);
            }
            let corpus = Corpus::load(&self.corpus)?;
            let vocab = Vocab::from_text(&corpus.text)
                .with_context(|| format!("the corpus {} cannot be used", corpus.name))?;
            card.corpus_sha256 = corpus.sha256();
            card.corpus = corpus.name;
            return Ok(Some(vocab));
        };
        if self.corpus.corpus.is_some() {
            bail!("--vocab and --corpus both say what the characters are; leave one out");
        }
        let shown = file.display();
        let bytes = fs::read(file).with_context(|| {
            format!(
                "cannot read the vocabulary {shown}; give a text or JSON file of characters, or the corpus"
            )
        })?;
        let choice =
            Choice { series: self.corpus.series.as_deref(), episodes: self.corpus.episodes.as_deref() };
        let name = file.to_string_lossy();
        read_vocab(&name, bytes, &choice)
            .map(Some)
            .with_context(|| format!("cannot use the vocabulary {shown}"))
    }
}

impl ExportCommand {
    /// Reads, converts and writes.
    ///
    /// # Errors
    /// Where a file cannot be read or written, or is no weights file; the message names it.
    pub fn run(&self) -> Result<()> {
        let weights = load_weights(&self.weights)?;
        let out = match &self.out {
            Some(out) => out.clone(),
            None => self.weights.with_extension(self.to.extension()),
        };
        if out == self.weights {
            bail!("{} would be written over itself; give another file with --out", out.display());
        }
        write_whole(&out, &export(&weights, self.to)?)?;
        println!("{} is written for {}", out.display(), self.to);
        Ok(())
    }
}
