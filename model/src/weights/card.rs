//! The file's metadata: what a model is and where it comes from.

use std::collections::HashMap;

use super::{
    error::WeightsError,
    format::{FORMAT, HARD_LSTM, LSTM, VERSION},
    header::Pairs,
};
use crate::{
    decimal,
    gates::GateFunction,
    vocab::{Vocab, quoted},
};

/// Where a model comes from and how well it did.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Card {
    /// Name of the corpus.
    pub corpus: String,
    /// sha256 of the cleaned corpus in UTF-8, in hexadecimal.
    pub corpus_sha256: String,
    /// The recipe and its settings, for people.
    pub recipe: String,
    /// Last training loss in nats per character, if known.
    pub loss: Option<f32>,
    /// Last validation loss in nats per character, if known.
    pub val_loss: Option<f32>,
}

/// What the metadata says of the tensors to come.
pub(super) struct Declared {
    pub(super) vocab: Vocab,
    pub(super) card: Card,
    pub(super) hidden: usize,
    pub(super) layers: usize,
    pub(super) gates: GateFunction,
}

impl Card {
    pub(super) fn to_metadata(
        &self,
        vocab: &Vocab,
        hidden: usize,
        layers: usize,
        gates: GateFunction,
    ) -> HashMap<String, String> {
        let architecture = match gates {
            GateFunction::Sigmoid => LSTM,
            GateFunction::HardSigmoid => HARD_LSTM,
        };
        let mut fields = vec![
            ("format", FORMAT.to_owned()),
            ("version", VERSION.to_owned()),
            ("architecture", architecture.to_owned()),
            ("hidden", hidden.to_string()),
            ("layers", layers.to_string()),
            ("vocabulary", vocab.characters().iter().collect()),
            ("corpus", self.corpus.clone()),
            ("corpus_sha256", self.corpus_sha256.clone()),
            ("recipe", self.recipe.clone()),
        ];
        for (name, loss) in [("loss", self.loss), ("val_loss", self.val_loss)] {
            if let Some(loss) = loss {
                fields.push((name, loss.to_string()));
            }
        }
        fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

impl Declared {
    pub(super) fn from_metadata(fields: &Pairs<'_>) -> Result<Self, WeightsError> {
        let field = |name: &str| fields.iter().find(|(field, _)| field == name).map(|(_, value)| &**value);
        let required = |name: &str| field(name).ok_or_else(|| WeightsError::field(name, "is missing"));
        if field("format") != Some(FORMAT) {
            return Err(WeightsError::Foreign);
        }
        let version = required("version")?;
        if version != VERSION {
            let found = version.chars().take(40).collect();
            return Err(WeightsError::Version { found });
        }
        let architecture = required("architecture")?;
        let gates = match architecture {
            LSTM => GateFunction::Sigmoid,
            HARD_LSTM => GateFunction::HardSigmoid,
            _ => {
                let problem =
                    ["is ", &quoted(architecture, '"'), ", but this build knows only \"lstm\""].concat();
                return Err(WeightsError::field("architecture", problem));
            }
        };
        let no_number = |name: &str, text: &str| {
            WeightsError::field(name, ["is ", &quoted(text, '"'), ", not a number"].concat())
        };
        let number = |name: &str| {
            let text = required(name)?;
            text.parse::<usize>().map_err(|_| no_number(name, text))
        };
        let loss = |name: &str| match field(name) {
            None => Ok(None),
            Some(text) => decimal::parse(text).map(Some).ok_or_else(|| no_number(name, text)),
        };
        let text = |name: &str| field(name).unwrap_or_default().to_owned();
        Ok(Self {
            vocab: Vocab::from_characters(required("vocabulary")?.chars())?,
            hidden: number("hidden")?,
            layers: number("layers")?,
            gates,
            card: Card {
                corpus: text("corpus"),
                corpus_sha256: text("corpus_sha256"),
                recipe: text("recipe"),
                loss: loss("loss")?,
                val_loss: loss("val_loss")?,
            },
        })
    }
}
