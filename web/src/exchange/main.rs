//! Reads what a visitor brought: a model file of another framework and its vocabulary. In a worker of its own, started for
//! it, so that the page lives on whatever the file does to it.

use js_sys::Uint8Array;
use model::{Card, Precision, Weights};
use web::{
    messages::{Exchange, File, Files, FromExchange},
    worker::{reply, serve},
};

/// Digits of its file's hash by which a model is known.
const HASH_DIGITS: usize = 12;

fn main() {
    serve::<Exchange>(|files| {
        let read = files.ok_or_else(|| "the page sent nothing".to_owned()).and_then(read);
        reply::<Exchange>(&read.unwrap_or_else(|message| FromExchange::Failed { message }));
    });
    // The page waits for this before it sends anything.
    reply::<Exchange>(&FromExchange::Started);
}

fn read(Files { model, vocabulary }: Files) -> Result<FromExchange, String> {
    let of = |file: &File, error: String| [&file.name, ": ", &error, "."].concat();
    let vocab = match vocabulary {
        None => None,
        Some(file) => Some(
            exchange::read_vocab(&file.name, file.bytes.to_vec(), &exchange::Choice::default())
                .map_err(|error| of(&file, error.to_string()))?,
        ),
    };
    let card = Card { recipe: "brought by the visitor".to_owned(), ..Card::default() };
    let weights = exchange::import(model.bytes.to_vec(), vocab.as_ref(), card)
        .and_then(|weights| Ok(weights.to_bytes(Precision::F32)?))
        .map_err(|error| of(&model, error.to_string()))?;
    Ok(FromExchange::Read {
        hash: Weights::content_hash(&weights).chars().take(HASH_DIGITS).collect(),
        weights: Uint8Array::from(weights.as_slice()),
    })
}
