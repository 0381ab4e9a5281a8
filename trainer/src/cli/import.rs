//! `scriptorium import`: a model of another framework.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use exchange::{Characters, Choice, Imported, Model, is_part, read, read_folder, read_vocab};
use model::{Card, GateFunction, Precision};

use super::print::print;
use crate::{
    corpus::{Corpus, CorpusArgs},
    files::{check_replacing, write_atomic},
};

/// How deep the files of a model lie in its folder.
const MAX_DEPTH: usize = 2;

#[derive(Debug, Args)]
pub(super) struct Import {
    /// Keras's .keras, .weights.h5 or .h5, or the folder of model.save('NAME'); a folder of TensorFlow.js; a PyTorch state dict as .safetensors; a record of burn's Lstm and Linear
    file: PathBuf,
    /// Its characters in the order of their ids, as text or JSON; a text in which one occurs twice is taken for a corpus. With --corpus beside it, the model is tried on that
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
    /// The gates' function, where weights alone of Keras do not say
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
    /// As they were before
    HardSigmoid,
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
        let mut model = self.read().with_context(|| format!("cannot import {shown}"))?;
        if let Some(divisor) = self.ids_divided_by {
            model = model.with_divisor(divisor);
        }
        if let Some(gates) = self.gates {
            model = model.with_gates(match gates {
                Gates::Sigmoid => GateFunction::Sigmoid,
                Gates::HardSigmoid => GateFunction::HardSigmoid,
            });
        }
        let format = model.format();
        let mut card = Card { recipe: format!("imported from {format}"), ..Card::default() };
        let corpus = self.load_corpus(&mut card)?;
        let characters = self.characters(corpus.as_ref())?;
        let Imported { weights, notes } = model
            .into_weights(characters.as_ref(), card)
            .with_context(|| format!("cannot import {shown}"))?;
        write_atomic(&self.out, &weights.to_bytes(Precision::F32)?)?;
        let (layers, hidden) = (weights.layers.len(), weights.hidden());
        print(format!(
            "{} has {shown}'s {layers} × {hidden} units for {} characters ({format})",
            self.out.display(),
            weights.vocab.len()
        ))?;
        notes.iter().try_for_each(|note| print(format!("note: {note}")))
    }

    /// Reads the model: a file, or a folder; of a folder also if one of its files is named.
    fn read(&self) -> Result<Model> {
        let is_of_folder = |name: &std::ffi::OsStr| name == "saved_model.pb" || name == "model.json";
        let folder = match self.file.file_name() {
            _ if self.file.is_dir() => Some(self.file.as_path()),
            Some(name) if is_of_folder(name) && self.file.is_file() => self.file.parent(),
            _ => None,
        };
        match folder {
            Some(folder) => Ok(read_folder(files_of(folder)?)?),
            None => {
                let bytes = fs::read(&self.file).with_context(|| {
                    let shown = self.file.display();
                    format!("cannot read the model {shown}; give a file that Keras, PyTorch or burn wrote")
                })?;
                Ok(read(bytes)?)
            }
        }
    }

    /// The text that the flags name, if they do; it goes into the card. Without `--corpus`, a series and episodes are
    /// those of `--vocab`.
    fn load_corpus(&self, card: &mut Card) -> Result<Option<Corpus>> {
        let is_of_vocabulary = self.vocab.is_some() && self.corpus.corpus.is_none();
        if self.corpus == CorpusArgs::default() || is_of_vocabulary {
            return Ok(None);
        }
        let mut corpus = Corpus::load(&self.corpus)?;
        if self.lowercase {
            corpus.text = corpus.text.to_lowercase();
        }
        card.corpus_sha256 = corpus.sha256();
        card.corpus.clone_from(&corpus.name);
        Ok(Some(corpus))
    }

    /// What the ids stand for, if a flag says so: the vocabulary or, if none is given, the corpus.
    fn characters(&self, corpus: Option<&Corpus>) -> Result<Option<Characters>> {
        match (&self.vocab, corpus) {
            (Some(file), None) => self.read_vocabulary(file, false).map(Some),
            (Some(file), Some(corpus)) => Ok(Some(self.read_vocabulary(file, true)?.with_text(&corpus.text))),
            (None, Some(corpus)) => Characters::from_text(&corpus.text)
                .with_context(|| format!("the corpus {} cannot be used", corpus.name))
                .map(Some),
            (None, None) if self.lowercase => {
                bail!("--lowercase is said of a text; give it with --corpus or --vocab")
            }
            (None, None) => Ok(None),
        }
    }

    /// The file that `--vocab` names, beside a corpus or not.
    fn read_vocabulary(&self, file: &Path, beside: bool) -> Result<Characters> {
        let shown = file.display();
        let bytes = fs::read(file).with_context(|| {
            format!(
                "cannot read the vocabulary {shown}; give a text or JSON file of characters, or the corpus"
            )
        })?;
        let choice = match beside {
            true => Choice::default(),
            false => {
                Choice { series: self.corpus.series.as_deref(), episodes: self.corpus.episodes.as_deref() }
            }
        };
        let characters = read_vocab(&file.to_string_lossy(), bytes, &choice)
            .with_context(|| format!("cannot use the vocabulary {shown}"))?;
        match (self.lowercase && !beside, characters.lowered()) {
            (false, _) => Ok(characters),
            (true, Some(lowered)) => Ok(lowered),
            (true, None) => bail!(
                "--lowercase is said of a text, but {shown} is a vocabulary; leave it out, or give the corpus"
            ),
        }
    }
}

/// The files of a folder, and of those in it, that have parts of a model.
fn files_of(folder: &Path) -> Result<Vec<(String, Vec<u8>)>> {
    let mut files = Vec::new();
    let mut open = vec![(PathBuf::new(), 0)];
    while let Some((inside, depth)) = open.pop() {
        // An empty path is that of the working folder.
        let place = Path::new(".").join(folder).join(&inside);
        let listed =
            fs::read_dir(&place).with_context(|| format!("cannot read the folder {}", place.display()))?;
        for entry in listed {
            let entry = entry.with_context(|| format!("cannot read the folder {}", place.display()))?;
            let path = inside.join(entry.file_name());
            let kind =
                entry.file_type().with_context(|| format!("cannot read {}", entry.path().display()))?;
            let name = path.to_string_lossy().into_owned();
            if kind.is_dir() && depth < MAX_DEPTH {
                open.push((path, depth + 1));
            } else if kind.is_file() && is_part(&name) {
                let bytes = fs::read(entry.path())
                    .with_context(|| format!("cannot read {}", entry.path().display()))?;
                files.push((name, bytes));
            }
        }
    }
    Ok(files)
}
