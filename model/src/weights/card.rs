//! The file's metadata: what a model is and where it comes from.

use std::collections::HashMap;

use super::WeightsError;
use crate::vocab::Vocab;

/// Value of the metadata field `format`.
pub(super) const FORMAT: &str = "scriptorium";
/// Value of the metadata field `version`: raised when a reader of the old files would be misled.
pub(super) const VERSION: &str = "1";

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
}

impl Card {
    pub(super) fn to_metadata(&self, vocab: &Vocab, hidden: usize, layers: usize) -> HashMap<String, String> {
        let mut fields = vec![
            ("format", FORMAT.to_owned()),
            ("version", VERSION.to_owned()),
            ("architecture", "lstm".to_owned()),
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
    pub(super) fn from_metadata(fields: &HashMap<String, String>) -> Result<Self, WeightsError> {
        let required = |name: &str| {
            fields.get(name).map(String::as_str).ok_or_else(|| WeightsError::field(name, "is missing"))
        };
        if fields.get("format").map(String::as_str) != Some(FORMAT) {
            return Err(WeightsError::Foreign);
        }
        let version = required("version")?;
        if version != VERSION {
            let found = version.chars().take(40).collect();
            return Err(WeightsError::Version { found });
        }
        let architecture = required("architecture")?;
        if architecture != "lstm" {
            let problem = format!("is {architecture:.40?}, but this build knows only \"lstm\"");
            return Err(WeightsError::field("architecture", problem));
        }
        let number = |name: &str| {
            let text = required(name)?;
            text.parse::<usize>()
                .map_err(|_| WeightsError::field(name, format!("is {text:.40?}, not a number")))
        };
        let loss = |name: &str| match fields.get(name) {
            None => Ok(None),
            // By the parser that has read the file: another would add a tenth to the page.
            Some(text) => match serde_json::from_str::<f32>(text) {
                Ok(loss) => Ok(Some(loss)),
                Err(_) => {
                    let problem = format!("is {text:.40?}, not a number");
                    Err(WeightsError::field(name, problem))
                }
            },
        };
        let text = |name: &str| fields.get(name).cloned().unwrap_or_default();
        Ok(Self {
            vocab: Vocab::from_characters(required("vocabulary")?.chars())?,
            hidden: number("hidden")?,
            layers: number("layers")?,
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
