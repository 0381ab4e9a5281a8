//! `scriptorium import`: a model of another framework.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use exchange::{Characters, Choice, Imported, read, read_vocab};
use model::{Card, Precision, Weights};

use super::print::print;
use crate::{
    corpus::{Corpus, CorpusArgs},
    eval::evaluate,
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
    /// Take the characters of the corpus in lower case, as the model was trained on it
    #[arg(long)]
    lowercase: bool,
    /// What ids were divided by before a model that reads each as one number: most often the number of characters
    #[arg(long, value_name = "N", value_parser = divisor)]
    ids_divided_by: Option<f32>,
    /// The gates' function, where old weights of Keras do not say
    #[arg(long)]
    gates: Option<Gates>,
    /// The weights file to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Replace the file if it exists
    #[arg(long)]
    force: bool,
}

/// What the gates of an LSTM are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Gates {
    /// As Keras has had them since 2.3
    Sigmoid,
}

/// A number that ids can be divided by.
fn divisor(text: &str) -> Result<f32, String> {
    let number = text.parse::<f32>().ok().filter(|number| number.is_finite() && *number > 0.0);
    number.ok_or_else(|| "is no number above 0".to_owned())
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
        let mut model = read(bytes).with_context(|| format!("cannot import {shown}"))?;
        if let Some(divisor) = self.ids_divided_by {
            model = model.with_divisor(divisor);
        }
        if self.gates == Some(Gates::Sigmoid) {
            model = model.with_sigmoid();
        }
        let format = model.format();
        let mut card = Card { recipe: format!("imported from {format}"), ..Card::default() };
        let characters = self.characters(&mut card)?;
        let Imported { weights, mut notes } = model
            .into_weights(characters.as_ref(), card)
            .with_context(|| format!("cannot import {shown}"))?;
        notes.extend(characters.as_ref().and_then(|characters| worse_than_guessing(&weights, characters)));
        write_atomic(&self.out, &weights.to_bytes(Precision::F32)?)?;
        let (layers, hidden) = (weights.layers.len(), weights.hidden());
        print(format!(
            "{} has {shown}'s {layers} × {hidden} units for {} characters ({format})",
            self.out.display(),
            weights.vocab.len()
        ))?;
        notes.iter().try_for_each(|note| print(format!("note: {note}")))
    }

    /// What the ids stand for, if a flag says so; a corpus also goes into the card.
    fn characters(&self, card: &mut Card) -> Result<Option<Characters>> {
        match &self.vocab {
            Some(_) if self.corpus.corpus.is_some() => {
                bail!("--vocab and --corpus both say what the characters are; leave one out")
            }
            Some(file) => self.read_vocabulary(file).map(Some),
            None if self.corpus == CorpusArgs::default() && self.lowercase => {
                bail!("--lowercase is said of a text; give it with --corpus or --vocab")
            }
            None if self.corpus == CorpusArgs::default() => Ok(None),
            None => {
                let mut corpus = Corpus::load(&self.corpus)?;
                if self.lowercase {
                    corpus.text = corpus.text.to_lowercase();
                }
                let characters = Characters::from_text(&corpus.text)
                    .with_context(|| format!("the corpus {} cannot be used", corpus.name))?;
                card.corpus_sha256 = corpus.sha256();
                card.corpus = corpus.name;
                Ok(Some(characters))
            }
        }
    }

    /// The file that `--vocab` names.
    fn read_vocabulary(&self, file: &Path) -> Result<Characters> {
        let shown = file.display();
        let bytes = fs::read(file).with_context(|| {
            format!(
                "cannot read the vocabulary {shown}; give a text or JSON file of characters, or the corpus"
            )
        })?;
        let choice =
            Choice { series: self.corpus.series.as_deref(), episodes: self.corpus.episodes.as_deref() };
        let characters = read_vocab(&file.to_string_lossy(), bytes, &choice)
            .with_context(|| format!("cannot use the vocabulary {shown}"))?;
        match (self.lowercase, characters.lowered()) {
            (false, _) => Ok(characters),
            (true, Some(lowered)) => Ok(lowered),
            (true, None) => bail!(
                "--lowercase is said of a text, but {shown} is a vocabulary; leave it out, or give the corpus"
            ),
        }
    }
}

/// What is to be said of a model that predicts the text its characters were taken from worse than one that knows nothing.
fn worse_than_guessing(weights: &Weights, characters: &Characters) -> Option<String> {
    let loss = evaluate(weights, characters.sample()?, 0.0).ok()?.nats_per_char;
    let guessing = (weights.vocab.len() as f64).ln();
    (loss > guessing).then(|| {
        format!(
            "on the text given, the model's loss is {loss:.2} nats per character, where guessing has {guessing:.2}: its ids probably stand for other characters than the sorted ones of this text. Look at how the training made its vocabulary: list(set(text)) has another order each time Python runs, so that only a saved char_indices can tell; or the text is another, or the model was hardly trained"
        )
    })
}
