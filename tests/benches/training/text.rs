//! What every contender trains on.

use anyhow::Result;
use model::Vocab;
use trainer::corpus::{Corpus, CorpusArgs};

/// Distinct characters of the notebook's text.
pub(crate) const VOCAB: usize = 78;

/// The built-in text, with as many of the digits and signs behind it as it takes to have the notebook's `VOCAB`
/// distinct characters.
pub(crate) fn corpus() -> Result<Corpus> {
    let mut corpus = Corpus::load(&CorpusArgs::default())?;
    let missing = VOCAB.saturating_sub(Vocab::from_text(&corpus.text)?.len());
    let new: Vec<char> = ('!'..='~').filter(|&sign| !corpus.text.contains(sign)).take(missing).collect();
    corpus.text.extend(new);
    Ok(corpus)
}
