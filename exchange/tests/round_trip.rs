//! What we write, we read again, and every kind is what it should be.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use common::{fixture, import, vocab, weights};
use exchange::{Characters, Format, Kind, export, read};
use model::{Card, Vocab, Weights};
use safetensors::SafeTensors;

#[test]
fn what_is_exported_is_imported_again() {
    for layers in [1, 2, 3] {
        let weights = weights(5, layers);
        for &kind in Kind::ALL {
            if kind == Kind::Onnx {
                continue;
            }
            let bytes = export(&weights, kind).unwrap();
            assert_eq!(export(&weights, kind).unwrap(), bytes, "{kind}: the same weights, other bytes");
            let model = read(bytes).unwrap_or_else(|error| panic!("{kind}: {error}"));
            assert_eq!(model.characters(), 11);
            assert_eq!(model.vocab(), Some(vocab()), "{kind}");
            assert_eq!(
                model.into_weights(None, Card::default()).unwrap().weights,
                weights,
                "{kind}, {layers} layers"
            );
        }
    }
}

#[test]
fn our_own_files_keep_their_card() {
    let mut own = weights(3, 1);
    own.card.corpus = "a play".to_owned();
    let bytes = export(&own, Kind::Safetensors).unwrap();
    let model = read(bytes).unwrap();
    assert_eq!(model.format(), Format::Scriptorium);
    assert_eq!(model.into_weights(Some(&vocab().into()), Card::default()).unwrap().weights, own);
}

#[test]
fn the_vocabulary_must_be_the_models() {
    let refusal = |vocab: Option<&Vocab>, bytes: Vec<u8>| {
        let given = vocab.cloned().map(Characters::from);
        read(bytes).unwrap().into_weights(given.as_ref(), Card::default()).unwrap_err().to_string()
    };
    let other = Vocab::from_text("abc").unwrap();
    let error = refusal(Some(&other), fixture("notebook.keras"));
    assert!(error.contains("reads 11 different characters, but the vocabulary has 3"), "{error}");
    let error = refusal(None, fixture("onehot.safetensors"));
    assert!(error.contains("11 different characters, but its file does not say which"), "{error}");
    let exported = export(&weights(3, 1), Kind::Keras).unwrap();
    let other = Vocab::from_text("0123456789A").unwrap();
    let error = refusal(Some(&other), exported.clone());
    assert!(error.contains("a vocabulary of its own"), "{error}");
    let other = Vocab::from_text("abc").unwrap();
    let error = refusal(Some(&other), exported);
    assert!(error.contains("but the vocabulary has 3"), "{error}");
}

#[test]
fn imports_are_exported_as_they_are() {
    let weights = import(fixture("functional.keras")).unwrap();
    let bytes = export(&weights, Kind::PyTorch).unwrap();
    let state = SafeTensors::deserialize(&bytes).unwrap();
    let mut names = state.names();
    names.sort_unstable();
    let expected = [
        "linear.bias",
        "linear.weight",
        "lstm.bias_hh_l0",
        "lstm.bias_ih_l0",
        "lstm.weight_hh_l0",
        "lstm.weight_ih_l0",
    ];
    assert_eq!(names, expected);
    assert_eq!(state.tensor("lstm.weight_ih_l0").unwrap().shape(), [16, 11]);
    assert_eq!(state.tensor("linear.weight").unwrap().shape(), [11, 4]);
}

#[test]
fn too_large_a_model_is_refused() {
    let weights = Weights::zeros(vocab(), Card::default(), 1, 8).unwrap();
    let mut bytes = export(&weights, Kind::PyTorch).unwrap();
    assert!(import(bytes).is_ok());
    let mut layers = weights.layers.clone();
    layers.push(layers[7].clone());
    bytes = export(&Weights { layers, ..weights }, Kind::PyTorch).unwrap();
    let error = import(bytes).unwrap_err();
    assert!(error.contains("`layers` is 9, but must be from 1 to 8"), "{error}");
}

#[test]
fn kinds_have_names() {
    for &kind in Kind::ALL {
        assert_eq!(kind.name().parse(), Ok(kind));
        assert!(!kind.extension().is_empty());
    }
    assert!("pickle".parse::<Kind>().unwrap_err().contains("keras, h5, pytorch"));
}

/// The course's notebook has `LSTM(…, name="LSTM")`, plain logits, and samples from those.
#[test]
fn keras_gets_logits_unless_softmax_is_asked_for() {
    let weights = weights(3, 2);
    let described = |bytes: Vec<u8>| {
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
        let config: serde_json::Value =
            serde_json::from_reader(archive.by_name("config.json").unwrap()).unwrap();
        config["config"]["layers"].as_array().unwrap().clone()
    };
    let layers = described(export(&weights, Kind::Keras).unwrap());
    let names: Vec<&str> = layers.iter().map(|layer| layer["config"]["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["characters", "LSTM", "LSTM_1", "dense"]);
    assert_eq!(layers[0]["config"]["batch_shape"], serde_json::json!([null, null, 11]));
    assert_eq!(layers[3]["config"]["activation"], "linear");
    for kind in [Kind::Keras, Kind::H5] {
        assert_eq!(import(exchange::export_softmax(&weights, kind).unwrap()).unwrap(), weights);
    }
    assert!(exchange::export_softmax(&weights, Kind::Onnx).unwrap_err().to_string().contains("gives logits"));
    let softmax = exchange::export_softmax(&weights, Kind::Keras).unwrap();
    assert_eq!(described(softmax)[3]["config"]["activation"], "softmax");
}
