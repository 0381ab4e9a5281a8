//! Numbers as files store them.

use half::{bf16, f16};

use crate::ImportError;

/// How a number is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stored {
    F16,
    Bf16,
    F32,
    F64,
}

impl Stored {
    /// Bytes of a number.
    pub(crate) fn size(self) -> usize {
        match self {
            Self::F16 | Self::Bf16 => 2,
            Self::F32 => 4,
            Self::F64 => 8,
        }
    }

    /// Numbers stored with the lowest byte first; each must be finite as an f32 too.
    pub(crate) fn read(self, name: &str, bytes: &[u8]) -> Result<Vec<f32>, ImportError> {
        let values: Vec<f32> = match self {
            Self::F16 => bytes.as_chunks().0.iter().map(|&b| f16::from_le_bytes(b).to_f32()).collect(),
            Self::Bf16 => bytes.as_chunks().0.iter().map(|&b| bf16::from_le_bytes(b).to_f32()).collect(),
            Self::F32 => bytes.as_chunks().0.iter().map(|&b| f32::from_le_bytes(b)).collect(),
            Self::F64 => bytes.as_chunks().0.iter().map(|&b| f64::from_le_bytes(b) as f32).collect(),
        };
        match values.iter().position(|value| !value.is_finite()) {
            None => Ok(values),
            Some(at) => {
                let problem = format!("holds {} at place {at}; train the model anew", values[at]);
                Err(ImportError::tensor(name, problem))
            }
        }
    }
}

/// The lengths of a tensor's axes: as many as are asked for, none of them zero.
///
/// A tensor with an axis of length zero has no numbers, so that its other axes may be of any length in a file of a
/// hundred bytes: whoever then walks along one of them, or makes room for it, does not come back. All others have at most
/// as many rows and columns as the file has numbers.
pub(crate) fn lengths<const AXES: usize>(name: &str, shape: &[usize]) -> Result<[usize; AXES], ImportError> {
    let wrong =
        |problem: &str| ImportError::tensor(name, format!("has shape {}, {problem}", shape_text(shape)));
    let lengths = <[usize; AXES]>::try_from(shape).map_err(|_| match AXES {
        1 => wrong("but must have one axis"),
        _ => wrong("but must have two axes"),
    })?;
    match lengths.contains(&0) {
        true => Err(wrong("and so no numbers; save the model again")),
        false => Ok(lengths),
    }
}

/// A shape as `[rows, columns]`.
fn shape_text(shape: &[usize]) -> String {
    let lengths: Vec<String> = shape.iter().take(8).map(usize::to_string).collect();
    format!("[{}]", lengths.join(", "))
}
