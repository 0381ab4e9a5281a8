//! A `.keras` archive, for Keras 3: a description, metadata, and the numbers in HDF5.

use std::{
    borrow::Cow,
    io::{Cursor, Write},
};

use hdf5_writer::{AttributeBuilder, DatasetBuilder, Hdf5Builder, WriteOptions};
use model::{GateFunction, Layer, Weights};
use serde_json::{Value, json};
use zip::{CompressionMethod, DateTime, ZipWriter, write::SimpleFileOptions};

use super::metadata::characters;
use crate::{ExportError, layout::steepen};

/// The Keras whose description this is; newer ones read it too.
const KERAS: &str = "3.0.0";
/// Names of the layers that are not LSTM layers.
const INPUT: &str = "characters";
pub(super) const DENSE: &str = "dense";

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

/// The name of an LSTM layer; the first has the notebook's.
pub(super) fn lstm_name(number: usize) -> String {
    if number == 0 { "LSTM".to_owned() } else { format!("LSTM_{number}") }
}

/// Keras's name of the gates' function.
fn recurrent_activation(weights: &Weights) -> &'static str {
    match weights.gates {
        GateFunction::Sigmoid => "sigmoid",
        GateFunction::HardSigmoid => "hard_sigmoid",
    }
}

/// The output's function.
fn activation(softmax: bool) -> &'static str {
    if softmax { "softmax" } else { "linear" }
}

/// The layers' descriptions: what all of Keras's versions call the same, wrapped by `layer` with a layer's class as each
/// has it. `shape` is its name of the input's shape.
pub(super) fn layers(
    weights: &Weights,
    softmax: bool,
    shape: &str,
    layer: impl Fn(&str, Value) -> Value,
) -> Vec<Value> {
    let vocab = weights.vocab.len();
    let input = json!({ (shape): [null, null, vocab], "dtype": "float32", "name": INPUT });
    let mut layers = vec![layer("InputLayer", input)];
    let count = weights.layers.len();
    for (number, lstm) in weights.layers.iter().enumerate() {
        let config = json!({
            "name": lstm_name(number),
            "units": lstm.hidden,
            "activation": "tanh",
            "recurrent_activation": recurrent_activation(weights),
            "use_bias": true,
            "unit_forget_bias": true,
            "return_sequences": number + 1 < count,
        });
        layers.push(layer("LSTM", config));
    }
    let dense = json!({ "name": DENSE, "units": vocab, "activation": activation(softmax), "use_bias": true });
    layers.push(layer("Dense", dense));
    layers
}

/// The model's description.
fn config(weights: &Weights, softmax: bool) -> Value {
    let vocab = weights.vocab.len();
    let layer = |class: &str, config: Value| json!({ "module": "keras.layers", "class_name": class, "config": config, "registered_name": null });
    let layers = layers(weights, softmax, "batch_shape", layer);
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
        let layer = &of_keras_3(layer, weights.gates);
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

/// A layer with the weights with which Keras 3 computes the same: its `hard_sigmoid` is `x/6 + 0.5`, ours `0.2·x + 0.5`.
fn of_keras_3(layer: &Layer, gates: GateFunction) -> Cow<'_, Layer> {
    if gates == GateFunction::Sigmoid {
        return Cow::Borrowed(layer);
    }
    let mut layer = layer.clone();
    for values in [&mut layer.kernel, &mut layer.recurrent, &mut layer.bias] {
        steepen(values, layer.hidden, 6.0 / 5.0);
    }
    Cow::Owned(layer)
}
