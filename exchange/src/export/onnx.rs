//! One step of the network as ONNX, in its plainest operators.
//!
//! The first layer's one-hot product is a row of its kernel, so that `id` goes straight into a `Gather`.

mod proto;

use model::{GateFunction, Weights};
use prost::Message;
use proto::{Attribute, Dimension, Graph, Metadata, Model, OperatorSet, Tensor, Value};

use super::metadata::{PRODUCER, characters};
use crate::{ExportError, layout::little_endian};

/// Version of the operator set: one that every onnxruntime since 2022 has.
const OPSET: i64 = 17;
/// The file format's version that goes with it.
const IR_VERSION: i64 = 8;

/// Writes the model: `id`, `h`, `c` in; `logits`, `h_next`, `c_next` out.
pub(super) fn write(weights: &Weights) -> Result<Vec<u8>, ExportError> {
    let (layers, hidden, vocab) = (weights.layers.len(), weights.hidden(), weights.vocab.len());
    let state = ["layers", "batch", "hidden"].map(|name| match name {
        "layers" => Dimension::fixed(layers),
        "hidden" => Dimension::fixed(hidden),
        name => Dimension::named(name),
    });
    let mut graph = Graph {
        name: "step".to_owned(),
        input: vec![
            Value::new("id", proto::INT64, vec![Dimension::named("batch")]),
            Value::new("h", proto::FLOAT, state.to_vec()),
            Value::new("c", proto::FLOAT, state.to_vec()),
        ],
        output: vec![
            Value::new("logits", proto::FLOAT, vec![Dimension::named("batch"), Dimension::fixed(vocab)]),
            Value::new("h_next", proto::FLOAT, state.to_vec()),
            Value::new("c_next", proto::FLOAT, state.to_vec()),
        ],
        ..Graph::default()
    };
    let tensors = weights.tensors();
    for tensor in &tensors {
        graph.initializer.push(Tensor::floats(&tensor.name, &tensor.shape, little_endian(tensor.values)));
    }
    graph.initializer.push(Tensor::integers("first_axis", &[1], &[0]));
    for number in 0..layers {
        graph.initializer.push(Tensor::integers(&format!("number.{number}"), &[], &[number as i64]));
        layer(&mut graph, number, weights.gates);
    }
    let top = format!("h.{}", layers.saturating_sub(1));
    graph.add("MatMul", &[&top, "dense.kernel"], &["dense.product"], &[]);
    graph.add("Add", &["dense.product", "dense.bias"], &["logits"], &[]);
    for state in ["h", "c"] {
        let rows: Vec<String> = (0..layers).map(|number| format!("{state}.{number}.row")).collect();
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        graph.add("Concat", &rows, &[&format!("{state}_next")], &[Attribute::integer("axis", 0)]);
    }
    let model = Model {
        ir_version: IR_VERSION,
        producer_name: PRODUCER.to_owned(),
        graph: Some(graph),
        opset_import: vec![OperatorSet { domain: String::new(), version: OPSET }],
        metadata_props: vec![Metadata { key: "vocabulary".to_owned(), value: characters(weights) }],
    };
    Ok(model.encode_to_vec())
}

/// The nodes of a layer; its new hidden state is `h.NUMBER`.
fn layer(graph: &mut Graph, number: usize, gates: GateFunction) {
    // Unless it is told otherwise, ONNX's HardSigmoid is 0.2·x + 0.5, as ours.
    let sigmoid = match gates {
        GateFunction::Sigmoid => "Sigmoid",
        GateFunction::HardSigmoid => "HardSigmoid",
    };
    let own = |name: &str| format!("{name}.{number}");
    let weight = |part: &str| format!("lstm.{number}.{part}");
    let axis = |axis| [Attribute::integer("axis", axis)];
    // The state before the step.
    graph.add("Gather", &["h", &own("number")], &[&own("h.old")], &axis(0));
    graph.add("Gather", &["c", &own("number")], &[&own("c.old")], &axis(0));
    // The gates.
    match number.checked_sub(1) {
        None => graph.add("Gather", &[&weight("kernel"), "id"], &[&own("from_input")], &axis(0)),
        Some(below) => {
            graph.add("MatMul", &[&format!("h.{below}"), &weight("kernel")], &[&own("from_input")], &[])
        }
    }
    graph.add("MatMul", &[&own("h.old"), &weight("recurrent")], &[&own("from_state")], &[]);
    graph.add("Add", &[&own("from_input"), &own("from_state")], &[&own("both")], &[]);
    graph.add("Add", &[&own("both"), &weight("bias")], &[&own("gates")], &[]);
    let raw = ["i", "f", "g", "o"].map(|gate| own(&format!("{gate}.raw")));
    graph.add("Split", &[&own("gates")], &raw.each_ref().map(String::as_str), &axis(1));
    for gate in ["i", "f", "g", "o"] {
        let function = if gate == "g" { "Tanh" } else { sigmoid };
        graph.add(function, &[&own(&format!("{gate}.raw"))], &[&own(gate)], &[]);
    }
    // The state after it.
    graph.add("Mul", &[&own("f"), &own("c.old")], &[&own("kept")], &[]);
    graph.add("Mul", &[&own("i"), &own("g")], &[&own("new")], &[]);
    graph.add("Add", &[&own("kept"), &own("new")], &[&own("c")], &[]);
    graph.add("Tanh", &[&own("c")], &[&own("shown")], &[]);
    graph.add("Mul", &[&own("o"), &own("shown")], &[&own("h")], &[]);
    for state in ["h", "c"] {
        let row = format!("{state}.{number}.row");
        graph.add("Unsqueeze", &[&own(state), "first_axis"], &[&row], &[]);
    }
}
