//! The function of a model's gates: what its file says, what is taken where that says nothing, and what becomes of it.

use model::{GateFunction, Layer};

use crate::{ImportError, layout::steepen};

/// The gates of a layer, as its file has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gates {
    Sigmoid,
    /// `hard_sigmoid`.
    Hard(Slope),
    /// The file has numbers alone; if it is `hard_sigmoid`, then of this slope.
    Open(Slope),
}

/// How steep a `hard_sigmoid` is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Slope {
    /// `0.2·x + 0.5`, as in Keras before 3, in TensorFlow.js and in our models.
    Fifth,
    /// `x/6 + 0.5`, as in Keras 3.
    Sixth,
}

/// What gates are that are left open, unless somebody says what they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unsaid {
    Sigmoid,
    /// Sigmoid too, but nothing says which Keras it was.
    Unknown,
    /// `hard_sigmoid`, the default of this version.
    Hard(String),
    /// Some releases that call themselves so have the one, some the other.
    Asked(String),
}

/// Tells the function of a model's gates, and gives the layers of another slope the weights with which ours is the same.
/// What was taken for granted is said in the note.
///
/// # Errors
/// If nothing tells it, if the layers differ, or if the `answer` is another than what the file says.
pub(super) fn settle(
    layers: &mut [Layer],
    gates: &[Gates],
    unsaid: Unsaid,
    answer: Option<GateFunction>,
) -> Result<(GateFunction, Option<String>), ImportError> {
    let mut note = None;
    let is_open = gates.iter().any(|gates| matches!(gates, Gates::Open(_)));
    let open = match (answer, unsaid) {
        (Some(answer), _) => answer,
        (None, Unsaid::Asked(version)) if is_open => return Err(ImportError::Gates { version }),
        (None, Unsaid::Hard(version)) if is_open => {
            note = Some(format!(
                "Keras {version} wrote the weights, whose LSTM layers have hard_sigmoid gates unless they are told otherwise; they are taken to have them. If the model has recurrent_activation=\"sigmoid\", import it with --gates sigmoid"
            ));
            GateFunction::HardSigmoid
        }
        (None, Unsaid::Unknown) if is_open => {
            note = Some(
                "the file does not say which Keras wrote it; the gates of its LSTM are taken to be sigmoid, but before Keras 2.3 they were hard_sigmoid: if they are, import it with --gates hard-sigmoid".to_owned(),
            );
            GateFunction::Sigmoid
        }
        _ => GateFunction::Sigmoid,
    };
    let mut function = None;
    for (layer, gates) in layers.iter_mut().zip(gates) {
        let own = match (*gates, open) {
            (Gates::Sigmoid, _) | (Gates::Open(_), GateFunction::Sigmoid) => GateFunction::Sigmoid,
            (Gates::Hard(slope) | Gates::Open(slope), _) => {
                if slope == Slope::Sixth {
                    for values in [&mut layer.kernel, &mut layer.recurrent, &mut layer.bias] {
                        steepen(values, layer.hidden, 5.0 / 6.0);
                    }
                }
                GateFunction::HardSigmoid
            }
        };
        if *function.get_or_insert(own) != own {
            return Err(ImportError::Structure(
                "has LSTM layers with sigmoid gates and others with hard_sigmoid ones; train it with the same recurrent_activation in all".to_owned(),
            ));
        }
    }
    let function = function.unwrap_or_default();
    match answer {
        Some(answer) if answer != function => Err(ImportError::OtherGates),
        _ => Ok((function, note)),
    }
}
