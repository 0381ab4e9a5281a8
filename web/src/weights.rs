//! Reading the weights that page and engine are given.

use model::{Card, Vocab, Weights};

/// Weights from a file of ours, or from `bare` numbers without a file around them, for measuring beside programs that are
/// given the same numbers: of an LSTM(128) over 78 characters, kernel, recurrent, bias, dense kernel, dense bias.
///
/// # Errors
/// What is wrong with them.
pub fn read_weights(bytes: &[u8], bare: bool) -> Result<Weights, String> {
    match bare {
        true => bare_weights(bytes),
        false => Weights::from_bytes(bytes).map_err(|error| error.to_string()),
    }
}

fn bare_weights(file: &[u8]) -> Result<Weights, String> {
    const VOCAB: u32 = 78;
    const HIDDEN: usize = 128;
    let vocab = Vocab::from_characters((0..VOCAB).filter_map(|n| char::from_u32(0x100 + n)));
    let vocab = vocab.map_err(|error| error.to_string())?;
    let weights = Weights::zeros(vocab, Card::default(), HIDDEN, 1);
    let mut weights = weights.map_err(|error| error.to_string())?;
    let (mut numbers, _) = file.as_chunks::<4>();
    if numbers.len() != weights.parameters() {
        return Err(format!(
            "the .f32 file has {} numbers, but {} are needed",
            numbers.len(),
            weights.parameters()
        ));
    }
    for values in weights.values_mut() {
        let (these, rest) = numbers.split_at(values.len());
        for (value, bytes) in values.iter_mut().zip(these) {
            *value = f32::from_le_bytes(*bytes);
        }
        numbers = rest;
    }
    Ok(weights)
}
