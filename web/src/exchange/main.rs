//! Reads what a visitor brought, a model file of another framework and its vocabulary, and writes models for other
//! frameworks. In a worker of its own, started for it, so that the page lives on whatever a file does to it.

use ::exchange::{Choice, Kind, export, import, read_vocab};
use js_sys::Uint8Array;
use model::{Card, Precision, Weights};
use web::{
    messages::{Exchange, File, Files, FromExchange, ToExchange},
    worker::{reply, serve},
};

/// Digits of its file's hash by which a model is known.
const HASH_DIGITS: usize = 12;
/// Characters of a title that become a file's name.
const NAME_LENGTH: usize = 60;

fn main() {
    serve::<Exchange>(|message| {
        let done = match message {
            Some(ToExchange::Read(files)) => read(files),
            Some(ToExchange::Export { title, weights, format }) => write(&title, &weights, &format),
            None => Err("The page sent nothing that can be used; reload it.".to_owned()),
        };
        reply::<Exchange>(&done.unwrap_or_else(|message| FromExchange::Failed { message }));
    });
    // The page waits for this before it sends anything.
    reply::<Exchange>(&FromExchange::Started);
}

fn read(Files { model, vocabulary }: Files) -> Result<FromExchange, String> {
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
    Ok(FromExchange::Read {
        hash: Weights::content_hash(&weights).chars().take(HASH_DIGITS).collect(),
        weights: Uint8Array::from(weights.as_slice()),
    })
}

fn write(title: &str, weights: &Uint8Array, format: &str) -> Result<FromExchange, String> {
    let kind: Kind = format.parse().map_err(|error: String| sentence(format, error))?;
    let weights = Weights::from_bytes(&weights.to_vec()).map_err(|error| sentence(title, error))?;
    let bytes = export(&weights, kind).map_err(|error| sentence(title, error))?;
    Ok(FromExchange::Exported { name: file_name(title, kind), bytes: Uint8Array::from(bytes.as_slice()) })
}

/// What is wrong with something, as a sentence.
fn sentence(of: &str, error: impl ToString) -> String {
    [of, ": ", &error.to_string(), "."].concat()
}

/// A name that any system takes for a file. PyTorch's safetensors and our own are told apart by it.
fn file_name(title: &str, kind: Kind) -> String {
    let plain = |c: char| if c.is_alphanumeric() { c } else { '-' };
    let name: String = title.trim().chars().take(NAME_LENGTH).map(plain).collect();
    let name = match name.trim_matches('-') {
        "" => "model",
        name => name,
    };
    let framework = if kind == Kind::PyTorch { "-pytorch" } else { "" };
    [name, framework, ".", kind.extension()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_becomes_a_files_name() {
        assert_eq!(file_name(" My own: model/1 ", Kind::Keras), "My-own--model-1.keras");
        assert_eq!(file_name("../..", Kind::PyTorch), "model-pytorch.safetensors");
        assert_eq!(file_name(&"é".repeat(200), Kind::Onnx), format!("{}.onnx", "é".repeat(60)));
    }
}
