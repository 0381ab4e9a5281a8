//! Models whose gates are `hard_sigmoid`: in, as one of their two forms, and out again.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use common::{changed, described, fixture, log_probabilities, reference, vocab, weights};
use exchange::{Choice, Imported, Kind, export, read, read_vocab};
use model::{Card, GateFunction, Generator, Weights, log_softmax};
use serde_json::{Value, json};

fn imported(bytes: Vec<u8>, answer: Option<GateFunction>) -> Result<Imported, String> {
    let model = read(bytes).map_err(|error| error.to_string())?;
    let model = match answer {
        Some(answer) => model.with_gates(answer),
        None => model,
    };
    model.into_weights(Some(&vocab().into()), Card::default()).map_err(|error| error.to_string())
}

/// An LSTM of one layer in f64 with this function at its gates: log-probabilities after each character.
fn computed(weights: &Weights, text: &str, gate: impl Fn(f64) -> f64) -> Vec<f64> {
    let (layer, units, vocab) = (&weights.layers[0], weights.hidden(), weights.vocab.len());
    let (mut hidden, mut cell) = (vec![0.0f64; units], vec![0.0f64; units]);
    let mut all = Vec::new();
    for id in weights.vocab.encode(text).unwrap() {
        let sum = |column: usize| {
            let recurrent =
                (0..units).map(|k| hidden[k] * f64::from(layer.recurrent[k * 4 * units + column]));
            f64::from(layer.kernel[id as usize * 4 * units + column])
                + f64::from(layer.bias[column])
                + recurrent.sum::<f64>()
        };
        let sums: Vec<f64> = (0..4 * units).map(sum).collect();
        for unit in 0..units {
            let [i, f, g, o] = [0, 1, 2, 3].map(|gate| sums[gate * units + unit]);
            cell[unit] = gate(f) * cell[unit] + gate(i) * g.tanh();
            hidden[unit] = gate(o) * cell[unit].tanh();
        }
        let logit = |id: usize| {
            let products = (0..units).map(|k| hidden[k] * f64::from(weights.dense.kernel[k * vocab + id]));
            (f64::from(weights.dense.bias[id]) + products.sum::<f64>()) as f32
        };
        all.extend(log_softmax(&(0..vocab).map(logit).collect::<Vec<f32>>()));
    }
    all
}

#[track_caller]
fn assert_near(ours: &[f64], expected: &[f64]) {
    assert_eq!(ours.len(), expected.len());
    let apart = ours.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!(apart < 1e-5, "{apart:.1e}");
}

fn text() -> String {
    reference()["text"].as_str().unwrap().to_owned()
}

fn fifth(x: f64) -> f64 {
    (0.2 * x + 0.5).clamp(0.0, 1.0)
}

fn sixth(x: f64) -> f64 {
    (x / 6.0 + 0.5).clamp(0.0, 1.0)
}

/// The expected losses are those of an independent program in double precision.
#[test]
fn weights_that_keras_2_1_wrote() {
    let file = |name: &str| fixture(&format!("hard/{name}"));
    let vocab = read_vocab("char_indices.json", file("char_indices.json"), &Choice::default()).unwrap();
    let text = String::from_utf8(file("text.txt")).unwrap();
    let loss = |weights: &Weights| {
        let mut generator = Generator::new(weights);
        let ids = weights.vocab.encode(&text).unwrap();
        let nats = ids.windows(2).map(|pair| -log_softmax(generator.step(pair[0]))[pair[1] as usize]);
        nats.sum::<f64>() / (ids.len() - 1) as f64
    };
    let taken = |answer: Option<GateFunction>| {
        let model = read(file("weights-keras-2.1.5.h5")).unwrap();
        let model = match answer {
            Some(answer) => model.with_gates(answer),
            None => model,
        };
        model.into_weights(Some(&vocab), Card::default()).unwrap()
    };
    let Imported { weights, notes } = taken(None);
    assert_eq!(weights.gates, GateFunction::HardSigmoid);
    assert!(notes[0].contains("Keras 2.1.5 wrote the weights"), "{notes:?}");
    assert!((loss(&weights) - 4.1442).abs() < 5e-5, "{}", loss(&weights));
    let answered = taken(Some(GateFunction::Sigmoid));
    assert!(answered.notes.is_empty());
    assert!((loss(&answered.weights) - 4.1332).abs() < 5e-5, "{}", loss(&answered.weights));
    let cudnn = read(file("cudnn-weights-keras-2.1.6.h5")).unwrap();
    let cudnn = cudnn.into_weights(Some(&vocab), Card::default()).unwrap();
    assert_eq!((cudnn.weights.gates, cudnn.notes.len()), (GateFunction::Sigmoid, 0));
}

fn hard_archive() -> Vec<u8> {
    described("notebook.keras", |model| {
        model["config"]["layers"][1]["config"]["recurrent_activation"] = json!("hard_sigmoid");
    })
}

#[test]
fn whole_files_say_their_gates_and_their_version_says_how_steep() {
    let plain = imported(fixture("notebook.keras"), None).unwrap().weights;
    let of = |bytes| log_probabilities(&imported(bytes, None).unwrap().weights, &text()).concat();
    assert_near(&of(hard_archive()), &computed(&plain, &text(), sixth));
    let old = changed(hard_archive(), "metadata.json", |metadata: &mut Value| {
        metadata["keras_version"] = json!("2.15.0");
    });
    assert_near(&of(old.clone()), &computed(&plain, &text(), fifth));
    let exact = imported(old, None).unwrap().weights;
    assert_eq!(exact, Weights { gates: GateFunction::HardSigmoid, ..plain });
    // What a file says is not to be said otherwise.
    let refused = |bytes, answer| imported(bytes, Some(answer)).unwrap_err();
    assert!(refused(hard_archive(), GateFunction::Sigmoid).contains("says itself what its gates are"));
    assert!(refused(fixture("notebook.keras"), GateFunction::HardSigmoid).contains("leave that out"));
    assert!(imported(hard_archive(), Some(GateFunction::HardSigmoid)).is_ok());
}

#[test]
fn weights_alone_take_an_answer() {
    let open = fixture("embedding.weights.h5");
    assert_eq!(imported(open.clone(), None).unwrap().weights.gates, GateFunction::Sigmoid);
    let hard = imported(open, Some(GateFunction::HardSigmoid)).unwrap().weights;
    assert_eq!(hard.gates, GateFunction::HardSigmoid);
}

#[test]
fn layers_of_different_gates_are_refused() {
    let mixed = described("embedding.keras", |model| {
        model["config"]["layers"][2]["config"]["recurrent_activation"] = json!("hard_sigmoid");
    });
    let error = imported(mixed, None).unwrap_err();
    assert!(error.contains("LSTM layers with sigmoid gates and others with hard_sigmoid"), "{error}");
}

#[test]
fn they_go_out_where_they_can() {
    let hard = Weights { gates: GateFunction::HardSigmoid, ..weights(5, 1) };
    let ours = export(&hard, Kind::Safetensors).unwrap();
    assert_eq!(imported(ours, None).unwrap().weights, hard);
    assert_eq!(imported(export(&hard, Kind::H5).unwrap(), None).unwrap().weights, hard);
    // Keras 3's function is less steep, so its numbers are others.
    let keras = imported(export(&hard, Kind::Keras).unwrap(), None).unwrap().weights;
    assert_eq!(keras.gates, GateFunction::HardSigmoid);
    let expected = log_probabilities(&hard, &text()).concat();
    assert_near(&log_probabilities(&keras, &text()).concat(), &expected);
    assert_near(&expected, &computed(&hard, &text(), fifth));
    let has = |weights: &Weights, name: &[u8]| {
        export(weights, Kind::Onnx).unwrap().windows(name.len()).any(|window| window == name)
    };
    assert!(has(&hard, b"HardSigmoid"));
    assert!(!has(&weights(5, 1), b"HardSigmoid"));
    let error = export(&hard, Kind::PyTorch).unwrap_err().to_string();
    assert!(error.contains("hard_sigmoid, which a plain LSTM of PyTorch does not have"), "{error}");
    #[cfg(feature = "burn")]
    assert!(export(&hard, Kind::Burn).is_err());
}
