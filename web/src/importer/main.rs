//! Reads what a visitor brought, a model of another framework, of one file or several, and its vocabulary. In a worker of its own, started for
//! it, so that the page lives on whatever a file does to it.

use exchange::{Choice, Imported, read as read_file, read_folder, read_vocab};
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
    let name = model.first().map(|file| file.name.clone()).unwrap_or_default();
    let mut files: Vec<(String, Vec<u8>)> =
        model.into_iter().map(|File { name, bytes }| (name, bytes.to_vec())).collect();
    let model = match files.len() {
        1 => read_file(files.swap_remove(0).1),
        _ => read_folder(files),
    };
    let Imported { weights, notes } = model
        .and_then(|model| model.into_weights(vocab.as_ref(), card))
        .map_err(|error| sentence(&name, error))?;
    let file = weights.to_bytes(Precision::F32).map_err(|error| sentence(&name, error))?;
    Ok(FromImporter::Read {
        hash: Weights::content_hash(&file).chars().take(HASH_DIGITS).collect(),
        weights: Uint8Array::from(file.as_slice()),
        notes: notes.join("; "),
    })
}

/// What is wrong with a file, as a sentence.
fn sentence(of: &str, error: impl ToString) -> String {
    [of, ": ", &error.to_string(), "."].concat()
}
