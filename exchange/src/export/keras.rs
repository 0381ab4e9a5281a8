//! A `.keras` archive: a description, metadata, and the numbers in HDF5.

use std::io::{Cursor, Write};

use hdf5_writer::{AttributeBuilder, DatasetBuilder, Hdf5Builder, WriteOptions};
use model::Weights;
use serde_json::{Value, json};
use zip::{CompressionMethod, DateTime, ZipWriter, write::SimpleFileOptions};

use super::metadata::characters;
use crate::ExportError;

/// The Keras whose description this is; newer ones read it too.
const KERAS: &str = "3.0.0";

/// Writes the archive. Without `softmax` it gives logits, as the course's notebook has it.
pub(super) fn write(weights: &Weights, softmax: bool) -> Result<Vec<u8>, ExportError> {
    let metadata = json!({ "keras_version": KERAS, "vocabulary": characters(weights) });
    let files = [
        ("metadata.json", metadata.to_string().into_bytes()),
        ("config.json", config(weights, softmax).to_string().into_bytes()),
        ("model.weights.h5", numbers(weights).map_err(refused)?),
    ];
    // Stored as they are, as Keras does, and at no time, so that the same weights give the same bytes.
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(DateTime::default())
        .large_file(false);
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        archive.start_file(name, options).map_err(refused)?;
        archive.write_all(&bytes).map_err(refused)?;
    }
    Ok(archive.finish().map_err(refused)?.into_inner())
}

fn refused(error: impl ToString) -> ExportError {
    ExportError::write("Keras", error)
}

/// The model's description.
fn config(weights: &Weights, softmax: bool) -> Value {
    let vocab = weights.vocab.len();
    let layer = |class: &str, config: Value| json!({ "module": "keras.layers", "class_name": class, "config": config, "registered_name": null });
    let input = json!({ "batch_shape": [null, null, vocab], "dtype": "float32", "name": "characters" });
    let mut layers = vec![layer("InputLayer", input)];
    let count = weights.layers.len();
    for (number, lstm) in weights.layers.iter().enumerate() {
        let config = json!({
            // The notebook's name.
            "name": if number == 0 { "LSTM".to_owned() } else { format!("LSTM_{number}") },
            "units": lstm.hidden,
            "activation": "tanh",
            "recurrent_activation": "sigmoid",
            "use_bias": true,
            "unit_forget_bias": true,
            "return_sequences": number + 1 < count,
        });
        layers.push(layer("LSTM", config));
    }
    let activation = if softmax { "softmax" } else { "linear" };
    let dense = json!({ "name": "dense", "units": vocab, "activation": activation, "use_bias": true });
    layers.push(layer("Dense", dense));
    json!({
        "module": "keras",
        "class_name": "Sequential",
        "config": { "name": "scriptorium", "layers": layers, "build_input_shape": [null, null, vocab] },
        "registered_name": null,
        "build_config": { "input_shape": [null, null, vocab] },
    })
}

/// The numbers, each layer's in the place by which Keras counts it: `layers/lstm`, `layers/lstm_1`.
fn numbers(weights: &Weights) -> Result<Vec<u8>, hdf5_writer::Error> {
    let hidden = weights.hidden() as u64;
    let mut file = Hdf5Builder::new();
    let mut add = |place: &str, name: &str, variables: &[(&[u64], &[f32])]| {
        let vars = format!("layers/{place}/vars");
        let mut built = std::mem::take(&mut file);
        for (number, (shape, values)) in variables.iter().enumerate() {
            built = built.dataset(DatasetBuilder::typed_data(
                format!("{vars}/{number}"),
                shape.to_vec(),
                values,
            )?);
        }
        file = built.group_attribute(vars, AttributeBuilder::fixed_string("name", name));
        Ok::<_, hdf5_writer::Error>(())
    };
    for (number, layer) in weights.layers.iter().enumerate() {
        let place = if number == 0 { "lstm/cell".to_owned() } else { format!("lstm_{number}/cell") };
        let variables: [(&[u64], &[f32]); 3] = [
            (&[layer.input as u64, 4 * hidden], &layer.kernel),
            (&[hidden, 4 * hidden], &layer.recurrent),
            (&[4 * hidden], &layer.bias),
        ];
        add(&place, "lstm_cell", &variables)?;
    }
    let vocab = weights.vocab.len() as u64;
    add("dense", "dense", &[(&[hidden, vocab], &weights.dense.kernel), (&[vocab], &weights.dense.bias)])?;
    file.into_plan()?.encode(WriteOptions::default())
}
