//! A model that was read, before it is known what its characters are.

use model::{Card, Dense, Layer, Vocab, Weights};

use crate::{ImportError, format::Format};

/// Layers and output in our layout.
#[derive(Debug)]
pub(crate) struct Numbers {
    pub(crate) layers: Vec<Layer>,
    pub(crate) dense: Dense,
    /// Length of the one-hot input.
    pub(crate) vocab: usize,
}

/// A model that was read from a file.
#[derive(Debug)]
pub struct Model {
    format: Format,
    content: Content,
}

#[derive(Debug)]
enum Content {
    Own(Box<Weights>),
    Foreign { numbers: Numbers, vocab: Option<Vocab> },
}

impl Model {
    pub(crate) fn own(weights: Weights) -> Self {
        Self { format: Format::Scriptorium, content: Content::Own(Box::new(weights)) }
    }

    /// A model of others, perhaps with the `characters` that [`export`](crate::export()) writes into such files. If they
    /// are no vocabulary, or not as many as the model reads, the file counts as one without.
    pub(crate) fn foreign(format: Format, numbers: Numbers, characters: Option<&str>) -> Self {
        let vocab = characters.and_then(|characters| Vocab::from_characters(characters.chars()).ok());
        let vocab = vocab.filter(|vocab| vocab.len() == numbers.vocab);
        Self { format, content: Content::Foreign { numbers, vocab } }
    }

    /// Whose file it was.
    pub fn format(&self) -> Format {
        self.format
    }

    /// How many characters the model reads: what the vocabulary's length must be.
    pub fn characters(&self) -> usize {
        match &self.content {
            Content::Own(weights) => weights.vocab.len(),
            Content::Foreign { numbers, .. } => numbers.vocab,
        }
    }

    /// The vocabulary, if the file has one: ours do, and those that [`export`](crate::export()) writes.
    pub fn vocab(&self) -> Option<&Vocab> {
        match &self.content {
            Content::Own(weights) => Some(&weights.vocab),
            Content::Foreign { vocab, .. } => vocab.as_ref(),
        }
    }

    /// The model as weights, with the vocabulary given or, if none is given, the file's own. A file of our own
    /// keeps its card.
    ///
    /// # Errors
    /// If there is no vocabulary, one of another length, or one that is not the file's own; if the model is larger than
    /// the format allows.
    pub fn into_weights(self, vocab: Option<&Vocab>, card: Card) -> Result<Weights, ImportError> {
        if let (Some(given), Some(own)) = (vocab, self.vocab())
            && given.len() == own.len()
            && given != own
        {
            return Err(ImportError::OtherVocabulary);
        }
        let Some(vocab) = vocab.or(self.vocab()).cloned() else {
            return Err(ImportError::NoVocabulary(self.characters()));
        };
        if vocab.len() != self.characters() {
            return Err(ImportError::Characters { model: self.characters(), given: vocab.len() });
        }
        let Numbers { layers, dense, .. } = match self.content {
            Content::Own(weights) => return Ok(*weights),
            Content::Foreign { numbers, .. } => numbers,
        };
        // Refuses what is too large for the format.
        let hidden = layers.first().map_or(0, |layer| layer.hidden);
        let mut weights = Weights::zeros(vocab, card, hidden, layers.len())?;
        weights.layers = layers;
        weights.dense = dense;
        // Biases and embeddings are put together of numbers that are finite each.
        let tensors = weights.tensors();
        match tensors.iter().find(|tensor| tensor.values.iter().any(|value| !value.is_finite())) {
            Some(tensor) => Err(ImportError::tensor(
                &tensor.name,
                "comes to more than a 32-bit float can hold; the training has diverged: train the model again",
            )),
            None => Ok(weights),
        }
    }
}
