//! What the model makes of a text, natively.

use model::{Generator, Reader, Reading, Weights};
use tests::Result;

pub(crate) fn reading(weights: &Weights, text: &str) -> Result<Reading> {
    let (mut reader, mut reading) = (Reader::new(Generator::new(weights)), Reading::new());
    for id in weights.vocab.encode(text)? {
        reader.keep(id, &mut reading);
    }
    Ok(reading)
}
