//! Whether a model knows the text that its characters were taken from.

use model::{Generator, Weights, log_softmax};

/// The most multiplications that it may take: a second or so in a browser.
const MOST: usize = 400_000_000;
/// The fewest characters that say anything.
const FEWEST: usize = 40;

/// What is to be said of a model that predicts a text that it should know worse than one that knows nothing. Its vocabulary
/// was `given`, or it is that of the text, sorted.
pub(super) fn worse_than_guessing(weights: &Weights, text: &str, given: bool) -> Option<String> {
    let count = MOST / weights.parameters().max(1);
    if count < FEWEST {
        return None;
    }
    let (ids, _) = weights.vocab.encode_known(text);
    let ids = ids.get(..count.min(ids.len())).filter(|ids| ids.len() > 1)?;
    let mut generator = Generator::new(weights);
    let losses = ids.windows(2).map(|pair| match pair {
        &[read, next] => -log_softmax(generator.step(read)).get(next as usize).copied().unwrap_or(0.0),
        _ => 0.0,
    });
    let loss = losses.sum::<f64>() / (ids.len() - 1) as f64;
    let guessing = (weights.vocab.len() as f64).ln();
    let taken = if given { "those of the vocabulary" } else { "the sorted ones of this text" };
    (loss > guessing).then(|| {
        format!(
            "on the text given, the model's loss is {loss:.2} nats per character, where guessing has {guessing:.2}: its ids probably stand for other characters than {taken}. Look at how the training made its vocabulary: list(set(text)) has another order each time Python runs, so that only a saved char_indices can tell; or the text is another, or the model was hardly trained"
        )
    })
}
