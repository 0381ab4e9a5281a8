//! The weights file: safetensors, readable from Python with `safetensors.numpy.load_file`.
//!
//! Metadata fields are those of [`Card`](super::Card) with `format`, `version`, `architecture`, `hidden`,
//! `layers` and `vocabulary` (all characters in the order of their ids). Tensors are `lstm.N.kernel`,
//! `lstm.N.recurrent`, `lstm.N.bias`, `dense.kernel` and `dense.bias`, in f16 or f32; a matrix may also be in i8, with
//! its columns' scales in f32 beside it as `NAME.scale`.

use half::f16;
use safetensors::{Dtype, SafeTensorError, tensor::TensorView};
use sha2::{Digest, Sha256};

use super::{
    card::Declared,
    error::WeightsError,
    header::{Header, Kind, Tensor},
    int8::{self, scale_name},
    parameters::{Named, Weights},
};
use crate::decimal::decimal;

/// How numbers are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    /// One byte each in the matrices, with a scale for each column; the biases as in [`Precision::F32`].
    I8,
    /// Two bytes each: half the download, for the web.
    F16,
    /// Four bytes each: exact.
    F32,
}

impl Weights {
    /// Reads a weights file. Everything is checked before it is used: sizes are compared with the file's own
    /// length before anything is allocated, and every number must be finite.
    ///
    /// # Errors
    /// Says what is wrong with the file and what to do.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, WeightsError> {
        let header = Header::read(bytes)?;
        let declared = Declared::from_metadata(header.metadata.as_ref().ok_or(WeightsError::Foreign)?)?;
        check_size(&declared, bytes.len())?;
        let mut weights = Self::zeros(declared.vocab, declared.card, declared.hidden, declared.layers)?;
        weights.gates = declared.gates;
        let expected: Vec<(String, Vec<usize>)> =
            weights.tensors().into_iter().map(|tensor| (tensor.name, tensor.shape)).collect();
        for ((name, shape), values) in expected.iter().zip(weights.values_mut()) {
            let tensor = tensor_of(&header, name, shape)?;
            if let (Kind::I8, [_, columns]) = (tensor.kind, shape.as_slice()) {
                let beside = scale_name(name);
                let scale = tensor_of(&header, &beside, &[*columns])?;
                let mut scales = vec![0.0; *columns];
                read_numbers(scale, &mut scales).map_err(|problem| WeightsError::field(beside, problem))?;
                int8::widen(tensor.data, &scales, values);
                check_finite(values).map_err(|problem| WeightsError::field(name, problem))?;
                continue;
            }
            read_numbers(tensor, values).map_err(|problem| WeightsError::field(name, problem))?;
        }
        Ok(weights)
    }

    /// Writes a weights file. The same weights give the same bytes.
    ///
    /// # Errors
    /// If the safetensors library refuses the content.
    pub fn to_bytes(&self, precision: Precision) -> Result<Vec<u8>, WeightsError> {
        let metadata = self.card.to_metadata(&self.vocab, self.hidden(), self.layers.len(), self.gates);
        let stored: Vec<Stored> =
            self.tensors().into_iter().flat_map(|tensor| store(tensor, precision)).collect();
        let views = stored
            .iter()
            .map(|tensor| {
                let view = TensorView::new(tensor.dtype, tensor.shape.clone(), &tensor.bytes)?;
                Ok((tensor.name.clone(), view))
            })
            .collect::<Result<Vec<_>, _>>()
            .map_err(broken)?;
        let file = safetensors::serialize(views, Some(metadata)).map_err(broken)?;
        sort_metadata(file)
    }

    /// sha256 of a file's bytes in hexadecimal: the name a model has in links.
    pub fn content_hash(bytes: &[u8]) -> String {
        let digest = Sha256::digest(bytes);
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

fn broken(error: SafeTensorError) -> WeightsError {
    WeightsError::Broken(error.to_string())
}

/// A tensor as the file has it.
struct Stored {
    name: String,
    shape: Vec<usize>,
    dtype: Dtype,
    bytes: Vec<u8>,
}

/// A tensor in the wanted precision, with its scales behind it if there are any.
fn store(tensor: Named<'_>, precision: Precision) -> Vec<Stored> {
    let Named { name, shape, values } = tensor;
    let exact = |values: &[f32]| values.iter().flat_map(|x| x.to_le_bytes()).collect();
    match (precision, shape.as_slice()) {
        (Precision::I8, &[_, columns]) => {
            let matrix = int8::round(values, columns);
            let (scale, bytes) = (scale_name(&name), exact(&matrix.scales));
            vec![
                Stored { name, shape, dtype: Dtype::I8, bytes: matrix.bytes },
                Stored { name: scale, shape: vec![columns], dtype: Dtype::F32, bytes },
            ]
        }
        (Precision::F16, _) => {
            let bytes = values.iter().flat_map(|&x| f16::from_f32(x).to_le_bytes()).collect();
            vec![Stored { name, shape, dtype: Dtype::F16, bytes }]
        }
        _ => vec![Stored { name, shape, dtype: Dtype::F32, bytes: exact(values) }],
    }
}

/// The library writes the metadata in the order of a hash map; sorting it makes files comparable.
fn sort_metadata(file: Vec<u8>) -> Result<Vec<u8>, WeightsError> {
    let unsorted = |problem: &str| WeightsError::Broken(problem.to_owned());
    let length = file
        .first_chunk::<8>()
        .map(|prefix| u64::from_le_bytes(*prefix) as usize)
        .ok_or_else(|| unsorted("no header"))?;
    let (header, data) = (
        file.get(8..8 + length).ok_or_else(|| unsorted("no header"))?,
        file.get(8 + length..).unwrap_or_default(),
    );
    // serde_json's own map is sorted by key.
    let header: serde_json::Value =
        serde_json::from_slice(header).map_err(|error| unsorted(&error.to_string()))?;
    let mut header = header.to_string().into_bytes();
    header.resize(header.len().next_multiple_of(8), b' ');
    let mut sorted = (header.len() as u64).to_le_bytes().to_vec();
    sorted.extend_from_slice(&header);
    sorted.extend_from_slice(data);
    Ok(sorted)
}

/// Compares the declared size with the file's length, so that a small file cannot ask for much memory.
fn check_size(declared: &Declared, file_bytes: usize) -> Result<(), WeightsError> {
    let (vocab, hidden) = (declared.vocab.len() as u64, declared.hidden as u64);
    let layers = declared.layers as u64;
    let gates = hidden.saturating_mul(4);
    let numbers =
        gates.saturating_mul(hidden).saturating_mul(layers).saturating_add(vocab.saturating_mul(hidden));
    // A number takes at least one byte.
    if numbers > file_bytes as u64 {
        let problem = format!("and `layers` ask for {numbers} numbers, more than the file holds");
        return Err(WeightsError::field("hidden", problem));
    }
    Ok(())
}

/// The tensor of a name, which must have this shape.
fn tensor_of<'a>(header: &'a Header<'_>, name: &str, shape: &[usize]) -> Result<Tensor<'a>, WeightsError> {
    let tensor = header.tensor(name).ok_or_else(|| WeightsError::field(name, "is missing"))?;
    if tensor.shape != shape {
        let problem =
            ["has shape ", &shape_text(tensor.shape), ", but ", &shape_text(shape), " is needed"].concat();
        return Err(WeightsError::field(name, problem));
    }
    Ok(tensor)
}

fn shape_text(shape: &[usize]) -> String {
    let sides: Vec<String> = shape.iter().map(usize::to_string).collect();
    ["[", &sides.join(", "), "]"].concat()
}

fn read_numbers(tensor: Tensor<'_>, values: &mut [f32]) -> Result<(), String> {
    match tensor.kind {
        Kind::F32 => {
            for (value, bytes) in values.iter_mut().zip(tensor.data.as_chunks::<4>().0) {
                *value = f32::from_le_bytes(*bytes);
            }
        }
        Kind::F16 => {
            for (value, bytes) in values.iter_mut().zip(tensor.data.as_chunks::<2>().0) {
                *value = f16::from_le_bytes(*bytes).to_f32();
            }
        }
        other => {
            let name: String = other.name().chars().take(40).collect();
            return Err(["has type ", &name, ", but F16 or F32 (a matrix: or I8) is needed"].concat());
        }
    }
    check_finite(values)
}

fn check_finite(values: &[f32]) -> Result<(), String> {
    match values.iter().position(|value| !value.is_finite()) {
        None => Ok(()),
        Some(at) => Err(format!("holds {} at place {at}", decimal(values[at]))),
    }
}

#[cfg(test)]
mod tests {
    use safetensors::SafeTensors;

    use super::*;
    use crate::{test_prelude::test, vocab::Vocab, weights::Card};

    fn small() -> Weights {
        let vocab = Vocab::from_text("\nabc é").unwrap();
        let card = Card { corpus: "test".to_owned(), val_loss: Some(1.5), ..Card::default() };
        let mut weights = Weights::zeros(vocab, card, 5, 2).unwrap();
        let mut next = 0u32;
        for values in weights.values_mut() {
            for value in values.iter_mut() {
                next += 1;
                *value = next as f32 / 1024.0;
            }
        }
        weights
    }

    /// A file whose header was changed by replacing text of the same length.
    fn altered(from: &str, to: &str) -> Vec<u8> {
        let mut bytes = small().to_bytes(Precision::F16).unwrap();
        assert_eq!(from.len(), to.len());
        let at = bytes.windows(from.len()).position(|window| window == from.as_bytes()).unwrap();
        bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
        bytes
    }

    fn refusal(bytes: &[u8]) -> String {
        Weights::from_bytes(bytes).unwrap_err().to_string()
    }

    #[test]
    fn round_trips_byte_for_byte() {
        for precision in [Precision::F16, Precision::F32] {
            let bytes = small().to_bytes(precision).unwrap();
            let read = Weights::from_bytes(&bytes).unwrap();
            assert_eq!(read, small());
            assert_eq!(read.to_bytes(precision).unwrap(), bytes);
        }
    }

    #[test]
    fn int8_is_close_and_small() {
        let (exact, bytes) = (small(), small().to_bytes(Precision::I8).unwrap());
        let read = Weights::from_bytes(&bytes).unwrap();
        for (read, exact) in read.tensors().iter().zip(exact.tensors()) {
            let largest = exact.values.iter().copied().fold(0.0, f32::max);
            for (read, exact) in read.values.iter().zip(exact.values) {
                assert!((read - exact).abs() <= largest / 254.0 * 1.001);
            }
        }
        assert_eq!(read.dense.bias, exact.dense.bias);
        // Read, it is as good as before.
        let again = Weights::from_bytes(&read.to_bytes(Precision::I8).unwrap()).unwrap();
        for (again, read) in again.tensors().iter().zip(read.tensors()) {
            assert!(again.values.iter().zip(read.values).all(|(a, b)| (a - b).abs() <= b.abs() * 1e-6));
        }
    }

    #[test]
    fn says_what_is_wrong_with_int8() {
        let bytes = small().to_bytes(Precision::I8).unwrap();
        let check = |from: &str, to: &str, expected: &str| {
            let mut bytes = bytes.clone();
            let at = bytes.windows(from.len()).position(|window| window == from.as_bytes()).unwrap();
            bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
            let error = refusal(&bytes);
            assert!(error.contains(expected), "{error}");
        };
        check("dense.kernel.scale", "dense.kernel.scald", "`dense.kernel.scale` is missing");
        check(r#""hidden":"5""#, r#""hidden":"6""#, "has shape");
        let scale = |value: f32| {
            let file = SafeTensors::deserialize(&bytes).unwrap();
            let data = file.tensor("dense.kernel.scale").unwrap().data().as_ptr();
            let at = data as usize - bytes.as_ptr() as usize;
            let mut bytes = bytes.clone();
            bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
            refusal(&bytes)
        };
        for (value, expected) in [
            (f32::NAN, "`dense.kernel.scale` holds NaN at place 0"),
            (f32::INFINITY, "`dense.kernel.scale` holds inf at place 0"),
            (f32::MAX, "`dense.kernel` holds inf at place"),
        ] {
            assert!(scale(value).contains(expected), "{}", scale(value));
        }
    }

    #[test]
    fn every_truncation_is_refused() {
        for precision in [Precision::I8, Precision::F16] {
            let bytes = small().to_bytes(precision).unwrap();
            for length in 0..bytes.len() {
                let error = refusal(&bytes[..length]);
                assert!(error.contains("not a complete safetensors file"), "{error}");
            }
        }
    }

    #[test]
    fn says_what_is_wrong() {
        let check = |from, to, expected: &str| {
            let error = refusal(&altered(from, to));
            assert!(error.contains(expected), "{error}");
        };
        check(r#""format":"s"#, r#""format":"t"#, "not written by Scriptorium");
        check(r#""version":"1""#, r#""version":"9""#, "format version 9");
        check(r#""architecture":"lstm""#, r#""architecture":"gruu""#, "`architecture`");
        check(r#""hidden":"5""#, r#""hidden":"6""#, "`lstm.0.kernel` has shape");
        check(r#""hidden":"5""#, r#""hidden":"x""#, "not a number");
        check(r#""layers":"2""#, r#""layers":"3""#, "`lstm.2.kernel` is missing");
        check(r#""layers":"2""#, r#""layers":"0""#, "must be from 1 to 8");
        check("\\n abc", "\\n aac", "twice");
        check("dense.bias", "dense.bius", "`dense.bias` is missing");
    }

    #[test]
    fn declared_sizes_are_checked_before_use() {
        let bytes = altered(r#""corpus":"test","#, r#""corpus":"t"   ,"#);
        assert!(Weights::from_bytes(&bytes).is_ok());
        let error = refusal(&altered(r#""hidden":"5""#, r#""hidden":"9""#));
        assert!(error.contains("has shape") || error.contains("more than the file holds"));
    }

    #[test]
    fn numbers_must_be_finite() {
        let mut weights = small();
        weights.dense.bias[2] = f32::NAN;
        let error = refusal(&weights.to_bytes(Precision::F32).unwrap());
        assert!(error.contains("`dense.bias` holds NaN at place 2"), "{error}");
    }
}
