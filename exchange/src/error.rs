//! What can be wrong, as sentences for people.

use model::WeightsError;
use thiserror::Error;

use crate::format::Format;

/// Why a file is not imported.
#[derive(Debug, Error)]
pub enum ImportError {
    /// None of the kinds of file that are read here.
    #[error(
        "this is no model file that can be imported; it can be Keras's .keras, .weights.h5 or .h5, a folder of model.save or of TensorFlow.js or a zip archive of one, a PyTorch state dict as safetensors, burn's .bpk, or Scriptorium's own weights"
    )]
    Unknown,
    /// PyTorch's own files.
    #[error(
        "this is a pickle, as torch.save and pickle.dump write them: a program to be run rather than numbers; save the model with safetensors.torch.save_file(model.state_dict(), \"model.safetensors\") and import that"
    )]
    Pickle,
    /// burn's records, in a build without them.
    #[error(
        "this is a record of burn, which only the command line can import: scriptorium import FILE --vocab FILE"
    )]
    CommandLine,
    /// The container is cut short or no such container.
    #[error("this {format} file cannot be read ({problem}); save the model again, or download it again")]
    Broken {
        /// Whose file it is.
        format: Format,
        /// What is wrong with it.
        problem: String,
    },
    /// A layer that our models do not have, or one that is used in another way.
    #[error("the layer `{layer}` {problem}")]
    Layer {
        /// Name of the layer in the file.
        layer: String,
        /// What is wrong with it, and what to do.
        problem: String,
    },
    /// A tensor of another type or shape.
    #[error("the tensor `{tensor}` {problem}")]
    Tensor {
        /// Name of the tensor in the file.
        tensor: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The layers are no chain of LSTM layers with a dense layer on top.
    #[error("the model {0}")]
    Structure(String),
    /// The vocabulary has another size.
    #[error(
        "the model reads {model} different characters, but the vocabulary has {given}; give the vocabulary, or the very text, that it was trained with"
    )]
    Characters {
        /// Length of the model's input.
        model: usize,
        /// Length of the vocabulary.
        given: usize,
    },
    /// The text has too many characters, but not in lower case.
    #[error(
        "the model reads {model} different characters and the text has {given}, but in lower case it has {model}: the model was trained on the text in lower case, so give the text in lower case, or import the model with --lowercase"
    )]
    LowerCase {
        /// Length of the model's input.
        model: usize,
        /// How many characters the text has.
        given: usize,
    },
    /// The vocabulary counts from 1 and the model from 0.
    #[error(
        "the model reads {model} different characters, whose ids are 0 to {}, but the vocabulary counts them from 1 to {model}; if the training subtracted 1 from every id, give a vocabulary that does so too", model - 1
    )]
    FromOne {
        /// Length of the model's input.
        model: usize,
    },
    /// The model has an id more than the vocabulary, which does not say where.
    #[error(
        "the model reads {model} ids, but the vocabulary has {given} characters: one id stands for nothing, as the 0 of Keras's Tokenizer; give the vocabulary as JSON from characters to ids, such as tokenizer.word_index, that it is known which"
    )]
    OneMore {
        /// Length of the model's input.
        model: usize,
        /// Length of the vocabulary.
        given: usize,
    },
    /// One file of several.
    #[error(
        "{first} is one of several files of a model, and {missing} is not there; give the folder with all of them, or a zip archive of it"
    )]
    Beside {
        /// The file that is there.
        first: &'static str,
        /// One that is not.
        missing: String,
    },
    /// Weights alone of a Keras whose gates are one function or another by default.
    #[error(
        "the weights were written by a Keras that calls itself {version}: in TensorFlow 1.14 and 1.15 its LSTM layers have hard_sigmoid gates unless they are told otherwise, in TensorFlow 2.0 and 2.1 sigmoid ones, and a file of weights alone does not say; import it with --gates hard-sigmoid or --gates sigmoid, as the program that trained it has it (recurrent_activation)"
    )]
    Gates {
        /// What the file says of its Keras.
        version: String,
    },
    /// Somebody says something else of the gates than the file.
    #[error("the file says itself what its gates are, and it is not what --gates says; leave that out")]
    OtherGates,
    /// Ids that are read as one number.
    #[error(
        "the model reads a single number for each of its {characters} characters: the id divided by something, as in X / n_vocab, which its file does not say; import it with --ids-divided-by {characters} if that was the number of characters, or train a model with one-hot input or an Embedding"
    )]
    Scaled {
        /// How many characters it tells apart.
        characters: usize,
    },
    /// The file has no vocabulary, and none was given.
    #[error(
        "the model reads {0} different characters, but its file does not say which; give the vocabulary, or the text that it was trained with"
    )]
    NoVocabulary(usize),
    /// The file's vocabulary is another than the one that was given.
    #[error(
        "the file has a vocabulary of its own, and it differs from the one that was given; leave that out"
    )]
    OtherVocabulary,
    /// The shape is beyond what our format has, or the file is one of ours and wrong.
    #[error(transparent)]
    Weights(#[from] WeightsError),
}

impl ImportError {
    pub(crate) fn layer(layer: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Layer { layer: shown(layer), problem: problem.into() }
    }

    pub(crate) fn tensor(tensor: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Tensor { tensor: shown(tensor), problem: problem.into() }
    }

    pub(crate) fn broken(format: Format, problem: impl ToString) -> Self {
        // What a library says may quote the file.
        let problem = shown(problem.to_string());
        Self::Broken { format, problem }
    }
}

/// A text of the file in a sentence: not too much of it, and nothing that cannot be seen.
pub(crate) fn shown(text: impl Into<String>) -> String {
    let text = text.into();
    let visible = |c: char| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c };
    let mut shown: String = text.chars().take(160).map(visible).collect();
    if text.chars().nth(160).is_some() {
        shown.push('…');
    }
    shown
}

/// Why a model is not exported.
#[derive(Debug, Error)]
pub enum ExportError {
    /// A softmax where none is written.
    #[error(
        "a model for {kind} gives logits; only one for keras or h5 can end in a softmax, so leave that out"
    )]
    Softmax {
        /// What was to be written.
        kind: &'static str,
    },
    /// The framework's LSTM has no such gates.
    #[error(
        "the model's gates are hard_sigmoid, which a plain LSTM of {format} does not have; export it to keras, h5 or onnx, or train a model with sigmoid gates"
    )]
    Gates {
        /// What was to be written.
        format: &'static str,
    },
    /// The weights cannot be written as they are.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// A library refuses the content.
    #[error("the {format} file cannot be written: {problem}")]
    Write {
        /// What was to be written.
        format: &'static str,
        /// What the library says.
        problem: String,
    },
}

impl ExportError {
    pub(crate) fn write(format: &'static str, problem: impl ToString) -> Self {
        Self::Write { format, problem: problem.to_string() }
    }
}
