//! A whole model in HDF5 as Keras 2 writes it: its description in an attribute, and a group for each layer.

use hdf5_writer::{AttributeBuilder, DatasetBuilder, Hdf5Builder, WriteOptions};
use model::Weights;
use serde_json::{Value, json};

use super::{
    keras::{DENSE, layers, lstm_name},
    metadata::characters,
};
use crate::ExportError;

/// The Keras whose description this is; all since 2.0 read it.
const KERAS: &str = "2.15.0";
/// The group of the layers.
const ROOT: &str = "model_weights";

/// Writes the file. Without `softmax` it gives logits, as the course's notebook has it.
pub(super) fn write(weights: &Weights, softmax: bool) -> Result<Vec<u8>, ExportError> {
    file(weights, softmax).map_err(|error| ExportError::write("Keras", error))
}

fn file(weights: &Weights, softmax: bool) -> Result<Vec<u8>, hdf5_writer::Error> {
    let (hidden, vocab) = (weights.hidden() as u64, weights.vocab.len() as u64);
    let texts = |name: &str, texts: &[String]| {
        AttributeBuilder::fixed_string_vector(name, &texts.iter().map(String::as_str).collect::<Vec<&str>>())
    };
    let text = |name: &str, value: &str| AttributeBuilder::fixed_string(name, value);
    let about = [("keras_version", KERAS), ("backend", "tensorflow")];
    let mut file = Hdf5Builder::new()
        .attribute(text("model_config", &config(weights, softmax).to_string()))
        // As JSON, which ends in a quotation mark: texts of HDF5 lose what stands at their end.
        .attribute(text("vocabulary", &json!(characters(weights)).to_string()));
    for (name, value) in about {
        file = file.attribute(text(name, value)).group_attribute(ROOT, text(name, value));
    }
    let mut layers = Vec::new();
    let mut add = |mut file: Hdf5Builder, layer: &str, place: &str, variables: &[(&str, &[u64], &[f32])]| {
        let mut names = Vec::new();
        for (name, shape, values) in variables {
            let name = format!("{layer}{place}/{name}:0");
            let at = format!("{ROOT}/{layer}/{name}");
            file = file.dataset(DatasetBuilder::typed_data(at, shape.to_vec(), values)?);
            names.push(name);
        }
        file = file.group_attribute(format!("{ROOT}/{layer}"), texts("weight_names", &names)?);
        layers.push(layer.to_owned());
        Ok::<_, hdf5_writer::Error>(file)
    };
    for (number, layer) in weights.layers.iter().enumerate() {
        let variables: [(&str, &[u64], &[f32]); 3] = [
            ("kernel", &[layer.input as u64, 4 * hidden], &layer.kernel),
            ("recurrent_kernel", &[hidden, 4 * hidden], &layer.recurrent),
            ("bias", &[4 * hidden], &layer.bias),
        ];
        file = add(file, &lstm_name(number), "/lstm_cell", &variables)?;
    }
    let (kernel, bias) = (&weights.dense.kernel, &weights.dense.bias);
    file = add(file, DENSE, "", &[("kernel", &[hidden, vocab], kernel), ("bias", &[vocab], bias)])?;
    file = file.group_attribute(ROOT, texts("layer_names", &layers)?);
    file.into_plan()?.encode(WriteOptions::default())
}

/// The model's description.
fn config(weights: &Weights, softmax: bool) -> Value {
    let layer = |class: &str, config: Value| json!({ "class_name": class, "config": config });
    let layers = layers(weights, softmax, "batch_input_shape", layer);
    layer("Sequential", json!({ "name": "scriptorium", "layers": layers }))
}
