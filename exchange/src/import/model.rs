//! A model that was read, before it is known what its characters are.

mod chosen;

use model::{Card, Dense, GateFunction, Layer, Vocab, Weights};

use self::chosen::chosen;
use super::{
    gates::{Gates, Unsaid, settle},
    tried::worse_than_guessing,
};
use crate::{Characters, ImportError, characters::Kept, format::Format};

/// Layers and output in our layout.
#[derive(Debug)]
pub(crate) struct Numbers {
    pub(crate) layers: Vec<Layer>,
    /// Each layer's.
    pub(crate) gates: Vec<Gates>,
    pub(crate) dense: Dense,
    /// How many ids there are: length of the one-hot input, and of the logits.
    pub(crate) vocab: usize,
    /// What is to be said of how these were made.
    pub(crate) notes: Vec<String>,
}

/// A model that was read from a file.
#[derive(Debug)]
pub struct Model {
    format: Format,
    content: Content,
    /// What ids were divided by, in a model that reads them as one number.
    divisor: Option<f32>,
    /// What the gates are if the file does not say.
    unsaid: Unsaid,
    /// What they are, as somebody says.
    answer: Option<GateFunction>,
}

#[derive(Debug)]
enum Content {
    Own(Box<Weights>),
    Foreign { numbers: Box<Numbers>, characters: Option<Box<Characters>> },
}

/// Weights, and what is to be said of how they came about.
#[derive(Debug)]
pub struct Imported {
    /// The model in our form.
    pub weights: Weights,
    /// Sentences for people, without a capital and a full stop.
    pub notes: Vec<String>,
}

impl Model {
    pub(crate) fn own(weights: Weights) -> Self {
        Self {
            format: Format::Scriptorium,
            content: Content::Own(Box::new(weights)),
            divisor: None,
            unsaid: Unsaid::Sigmoid,
            answer: None,
        }
    }

    /// A model of others, perhaps with the `characters` that its file has. If they are not as many as the model reads, the
    /// file counts as one without.
    pub(crate) fn foreign(format: Format, numbers: Numbers, characters: Option<Characters>) -> Self {
        let characters = characters.filter(|characters| characters.kept(numbers.vocab).is_ok()).map(Box::new);
        let numbers = Box::new(numbers);
        let content = Content::Foreign { numbers, characters };
        Self { format, content, divisor: None, unsaid: Unsaid::Sigmoid, answer: None }
    }

    /// The same, whose gates are this if its file leaves them open and nobody says what they are.
    pub(crate) fn unless_said(self, unsaid: Unsaid) -> Self {
        Self { unsaid, ..self }
    }

    /// The same with something to be said.
    pub(crate) fn with_note(mut self, note: String) -> Self {
        if let Content::Foreign { numbers, .. } = &mut self.content {
            numbers.notes.push(note);
        }
        self
    }

    /// Whose file it was.
    pub fn format(&self) -> Format {
        self.format
    }

    /// How many ids the model reads: as many characters the vocabulary must have, or fewer if some of them stand for none.
    pub fn characters(&self) -> usize {
        match &self.content {
            Content::Own(weights) => weights.vocab.len(),
            Content::Foreign { numbers, .. } => numbers.vocab,
        }
    }

    /// The vocabulary, if the file has one: ours do, those that [`export`](crate::export()) writes, and Keras's with a lookup
    /// inside.
    pub fn vocab(&self) -> Option<Vocab> {
        match &self.content {
            Content::Own(weights) => Some(weights.vocab.clone()),
            Content::Foreign { characters, .. } => characters.as_ref()?.vocab().ok(),
        }
    }

    /// Says what ids were divided by before they were given to a model that reads one number for a character: most often
    /// the number of characters. Of no meaning to other models.
    #[must_use]
    pub fn with_divisor(self, divisor: f32) -> Self {
        Self { divisor: Some(divisor), ..self }
    }

    /// Says what the gates are, where the file leaves it open.
    #[must_use]
    pub fn with_gates(self, gates: GateFunction) -> Self {
        Self { answer: Some(gates), ..self }
    }

    /// The model as weights, with the vocabulary given or, if none is given, the file's own. A file of our own
    /// keeps its card. Ids that stand for no character are left out. Where a text was given, the model is tried on it, and it
    /// is noted if it does worse than guessing.
    ///
    /// # Errors
    /// If there is no vocabulary, one of another length, or one that is not the file's own; if the model is larger than
    /// the format allows; if it reads ids as one number and nothing says what they were divided by; if nothing tells what
    /// its gates are, or if they are said to be something else than its file says.
    pub fn into_weights(self, given: Option<&Characters>, card: Card) -> Result<Imported, ImportError> {
        let model = self.characters();
        if let (Some(given), Some(own)) = (given.and_then(|given| given.vocab().ok()), self.vocab())
            && given.len() == own.len()
            && given != own
        {
            return Err(ImportError::OtherVocabulary);
        }
        let (mut numbers, own) = match self.content {
            Content::Own(weights) => {
                if self.answer.is_some_and(|answer| answer != weights.gates) {
                    return Err(ImportError::OtherGates);
                }
                given.map(|given| given.kept(model)).transpose()?;
                return Ok(Imported { weights: *weights, notes: Vec::new() });
            }
            Content::Foreign { numbers, characters } => (*numbers, characters),
        };
        let Kept { ids, vocab, notes } = match given.or(own.as_deref()) {
            Some(characters) => characters.kept(model)?,
            None => return Err(ImportError::NoVocabulary(model)),
        };
        let (gates, note) = settle(&mut numbers.layers, &numbers.gates, self.unsaid, self.answer)?;
        let mut all = numbers.notes.clone();
        all.extend(note);
        all.extend(notes);
        let Numbers { layers, dense, .. } = chosen(numbers, &ids, self.divisor)?;
        // Refuses what is too large for the format.
        let hidden = layers.iter().map(|layer| layer.hidden).max().unwrap_or(0);
        let mut weights = Weights::zeros(vocab, card, hidden, layers.len())?;
        weights.layers = layers;
        weights.dense = dense;
        weights.gates = gates;
        // Biases and embeddings are put together of numbers that are finite each.
        let tensors = weights.tensors();
        match tensors.iter().find(|tensor| tensor.values.iter().any(|value| !value.is_finite())) {
            Some(tensor) => Err(ImportError::tensor(
                &tensor.name,
                "comes to more than a 32-bit float can hold; the training has diverged: train the model again",
            )),
            None => {
                all.extend(given.and_then(|given| {
                    let (text, is_given) = given.sample()?;
                    worse_than_guessing(&weights, text, is_given)
                }));
                Ok(Imported { weights, notes: all })
            }
        }
    }
}
