//! Reads what a visitor brought, a model file of another framework and its vocabulary. In a worker of its own, started for
//! it, so that the page lives on whatever a file does to it.

use exchange::{Choice, import, read_vocab};
use js_sys::Uint8Array;
use model::{Card, Precision, Weights};
use web::{
    messages::{File, Files, FromImporter, Importer},
    worker::{reply, serve},
};

/// Digits of its file's hash by which a model is known.
const HASH_DIGITS: usize = 12;

fn main() {
    serve::<Importer>(|message| {
        let done = match message {
            Some(files) => read(files),
            None => Err("The page sent nothing that can be used; reload it.".to_owned()),
        };
        reply::<Importer>(&done.unwrap_or_else(|message| FromImporter::Failed { message }));
    });
    // The page waits for this before it sends anything.
    reply::<Importer>(&FromImporter::Started);
}

fn read(Files { model, vocabulary }: Files) -> Result<FromImporter, String> {
    let vocab = match vocabulary {
        None => None,
        Some(file) => Some(
            read_vocab(&file.name, file.bytes.to_vec(), &Choice::default())
                .map_err(|error| sentence(&file.name, error))?,
        ),
    };
    let card = Card { recipe: "brought by the visitor".to_owned(), ..Card::default() };
    let File { name, bytes } = model;
    let weights = import(bytes.to_vec(), vocab.as_ref(), card)
        .and_then(|weights| Ok(weights.to_bytes(Precision::F32)?))
        .map_err(|error| sentence(&name, error))?;
    Ok(FromImporter::Read {
        hash: Weights::content_hash(&weights).chars().take(HASH_DIGITS).collect(),
        weights: Uint8Array::from(weights.as_slice()),
    })
}

/// What is wrong with a file, as a sentence.
fn sentence(of: &str, error: impl ToString) -> String {
    [of, ": ", &error.to_string(), "."].concat()
}
