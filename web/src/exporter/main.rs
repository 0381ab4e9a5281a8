//! Writes a model for another framework. In a worker of its own, started for it.

use exchange::{Kind, export};
use js_sys::Uint8Array;
use model::Weights;
use web::{
    messages::{Exporter, FromExporter, ToExporter},
    worker::{reply, serve},
};

/// Characters of a title that become a file's name.
const NAME_LENGTH: usize = 60;

fn main() {
    serve::<Exporter>(|message| {
        let done = match message {
            Some(order) => write(&order),
            None => Err("The page sent nothing that can be used; reload it.".to_owned()),
        };
        reply::<Exporter>(&done.unwrap_or_else(|message| FromExporter::Failed { message }));
    });
    // The page waits for this before it sends anything.
    reply::<Exporter>(&FromExporter::Started);
}

fn write(ToExporter { title, weights, format }: &ToExporter) -> Result<FromExporter, String> {
    let kind: Kind = format.parse().map_err(|error: String| sentence(format, error))?;
    let weights = Weights::from_bytes(&weights.to_vec()).map_err(|error| sentence(title, error))?;
    let bytes = export(&weights, kind).map_err(|error| sentence(title, error))?;
    Ok(FromExporter::Written { name: file_name(title, kind), bytes: Uint8Array::from(bytes.as_slice()) })
}

/// What is wrong with a model or a format, as a sentence.
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
