//! Models of other frameworks, through the real program: files that Keras and PyTorch wrote, modules of burn's own, and our
//! models for all of them. `cargo xtask parity` asks the frameworks themselves.

mod program;

use std::{fs, path::Path};

use anyhow::Context;
use burn::{
    module::Module,
    nn::{Linear, LinearConfig, Lstm, LstmConfig},
    tensor::{Device, Tensor, TensorData},
};
use model::{GateFunction, Generator, Weights, log_softmax};
use program::{printed, refused};
use serde_json::Value;
use tests::{Result, root};

/// A character model as a user of burn writes it.
#[derive(Module, Debug)]
struct OneLayer {
    lstm: Lstm,
    linear: Linear,
}

/// The same with two layers.
#[derive(Module, Debug)]
struct TwoLayers {
    lstm: Vec<Lstm>,
    linear: Linear,
}

const VOCABULARY: &str = "\n abdehlorw";
const HIDDEN: usize = 6;

fn lstm(input: usize, device: &Device) -> Lstm {
    LstmConfig::new(input, HIDDEN, true).init(device)
}

fn linear(device: &Device) -> Linear {
    LinearConfig::new(HIDDEN, VOCABULARY.len()).init(device)
}

/// What burn's own modules make of a text: the last character's logits.
fn logits_of(layers: &[&Lstm], linear: &Linear, ids: &[u32], device: &Device) -> Vec<f32> {
    let vocab = VOCABULARY.len();
    let mut one_hot = vec![0.0f32; ids.len() * vocab];
    for (row, &id) in one_hot.chunks_mut(vocab).zip(ids) {
        row[id as usize] = 1.0;
    }
    let mut sequence = Tensor::<3>::from_data(TensorData::new(one_hot, [1, ids.len(), vocab]), device);
    for layer in layers {
        (sequence, _) = layer.forward(sequence, None);
    }
    let last = sequence.narrow(1, ids.len() - 1, 1).reshape([1, HIDDEN]);
    linear.forward(last).into_data().iter::<f32>().collect()
}

#[track_caller]
fn assert_close(found: &[f32], expected: &[f32]) {
    assert_eq!(found.len(), expected.len());
    for (a, b) in found.iter().zip(expected) {
        assert!((a - b).abs() < 1e-5, "{a} against {b}");
    }
}

fn weights(folder: &Path, name: &str) -> Result<Weights> {
    Ok(Weights::from_bytes(&fs::read(folder.join(name))?)?)
}

fn import(folder: &Path, file: &str, out: &str) -> Result<String> {
    fs::write(folder.join("vocabulary.json"), serde_json::to_string(VOCABULARY)?)?;
    Ok(printed(folder, &["import", file, "--vocab", "vocabulary.json", "--out", out]))
}

#[test]
fn burns_own_modules_in_and_out() -> Result {
    let folder = tempfile::tempdir()?;
    let folder = folder.path();
    let device = Device::flex();
    let ids = [6, 4, 7, 7, 8, 1, 10];

    let module = OneLayer { lstm: lstm(VOCABULARY.len(), &device), linear: linear(&device) };
    let expected = logits_of(&[&module.lstm], &module.linear, &ids, &device);
    module.save_file(folder.join("one.bpk"))?;
    let said = import(folder, "one.bpk", "one.safetensors")?;
    assert!(said.contains("1 × 6 units for 11 characters (burn)"), "{said}");
    assert_close(Generator::new(&weights(folder, "one.safetensors")?).read(&ids), &expected);
    printed(folder, &["export", "--weights", "one.safetensors", "--to", "burn", "--out", "again.bpk"]);
    let other = OneLayer { lstm: lstm(VOCABULARY.len(), &device), linear: linear(&device) };
    let other = other.try_load_file(folder.join("again.bpk"))?;
    assert_close(&logits_of(&[&other.lstm], &other.linear, &ids, &device), &expected);

    let two = || TwoLayers {
        lstm: vec![lstm(VOCABULARY.len(), &device), lstm(HIDDEN, &device)],
        linear: linear(&device),
    };
    let module = two();
    let logits =
        |module: &TwoLayers| logits_of(&[&module.lstm[0], &module.lstm[1]], &module.linear, &ids, &device);
    let expected = logits(&module);
    module.save_file(folder.join("two.bpk"))?;
    import(folder, "two.bpk", "two.safetensors")?;
    assert_close(Generator::new(&weights(folder, "two.safetensors")?).read(&ids), &expected);
    printed(folder, &["export", "--weights", "two.safetensors", "--to", "burn", "--force"]);
    assert_close(&logits(&two().try_load_file(folder.join("two.bpk"))?), &expected);
    Ok(())
}

#[test]
fn a_model_from_keras_samples_evaluates_and_goes_back() -> Result {
    let folder = tempfile::tempdir()?;
    let folder = folder.path();
    let fixtures = root().join("exchange/fixtures");
    let reference: Value = serde_json::from_slice(&fs::read(fixtures.join("reference.json"))?)?;
    let text = reference["text"].as_str().context("the reference has no text")?;
    fs::write(folder.join("corpus.txt"), text.repeat(3))?;
    for name in ["notebook.keras", "whole.h5", "embedding.weights.h5", "onehot.safetensors"] {
        let file = fixtures.join(name);
        let file = file.to_str().context("the path is not Unicode")?;
        // The text that it was trained on does as well as the characters themselves.
        let corpus = ["--corpus", "corpus.txt"];
        let said =
            printed(folder, &[&["import", file, "--out", "in.safetensors", "--force"], &corpus[..]].concat());
        assert!(said.starts_with("in.safetensors has "), "{said}");
        let read = weights(folder, "in.safetensors")?;
        assert_eq!(read.card.corpus, "corpus");
        let ids = read.vocab.encode(text)?;
        let expected: Vec<Vec<f32>> = serde_json::from_value(reference["log_probabilities"][name].clone())?;
        let found = log_softmax(Generator::new(&read).read(&ids));
        assert_close(&found.iter().map(|&p| p as f32).collect::<Vec<f32>>(), &expected[ids.len() - 1]);
    }
    let sample = ["sample", "--weights", "in.safetensors", "--prompt", "hello", "--length", "20"];
    assert_eq!(printed(folder, &sample).chars().count(), 26);
    printed(folder, &["eval", "--weights", "in.safetensors", "--corpus", "corpus.txt"]);
    // Out and in again, by every way that leads back; these files say themselves what their characters are.
    let first = weights(folder, "in.safetensors")?;
    for (kind, ending) in [
        ("keras", "keras"),
        ("h5", "h5"),
        ("pytorch", "pt.safetensors"),
        ("burn", "bpk"),
        ("safetensors", "f32.safetensors"),
    ] {
        let out = format!("out.{ending}");
        printed(folder, &["export", "--weights", "in.safetensors", "--to", kind, "--out", &out]);
        printed(folder, &["import", &out, "--out", "back.safetensors", "--force"]);
        let back = weights(folder, "back.safetensors")?;
        assert!(
            back.layers == first.layers && back.dense == first.dense && back.vocab == first.vocab,
            "{kind}"
        );
    }
    let onnx = printed(folder, &["export", "--weights", "in.safetensors", "--to", "onnx"]);
    assert!(onnx.contains("in.onnx is written for onnx") && folder.join("in.onnx").exists(), "{onnx}");
    Ok(())
}

#[test]
fn refuses_what_it_cannot_use() -> Result {
    let folder = tempfile::tempdir()?;
    let folder = folder.path();
    let keras = root().join("exchange/fixtures/notebook.keras");
    let keras = keras.to_str().context("the path is not Unicode")?;
    let bytes = fs::read(keras)?;
    fs::write(folder.join("cut.keras"), &bytes[..bytes.len() / 2])?;
    fs::write(folder.join("words.json"), r#"["the", "a"]"#)?;
    fs::write(folder.join("short.txt"), "ab")?;
    let out = ["--out", "out.safetensors"];
    for (arguments, parts) in [
        (vec!["import", "none.keras"], ["cannot read the model none.keras", "give a file that Keras"]),
        (vec!["import", "cut.keras", "--vocab", "short.txt"], ["cannot import cut.keras", "again"]),
        (vec!["import", "short.txt"], ["cannot import short.txt", "can be imported"]),
        (vec!["import", keras], ["does not say which", "give the vocabulary"]),
        (vec!["import", keras, "--vocab", "none.txt"], ["cannot read the vocabulary none.txt", "the corpus"]),
        (
            vec!["import", keras, "--vocab", "words.json"],
            ["cannot use the vocabulary words.json", "not one character"],
        ),
        (
            vec!["import", keras, "--vocab", "short.txt"],
            ["reads 11 different characters", "the vocabulary has 2"],
        ),
        (vec!["import", keras, "--lowercase"], ["--lowercase is said of a text", "--corpus or --vocab"]),
        (vec!["import", keras, "--gates", "relu"], ["invalid value 'relu'", "hard-sigmoid"]),
    ] {
        refused(folder, &[&arguments[..], &out].concat(), &parts);
    }
    assert!(!folder.join("out.safetensors").exists());
    let shipped = root().join("weights/notebook.safetensors");
    let export = ["export", "--weights", shipped.to_str().context("the path is not Unicode")?, "--to"];
    refused(folder, &[&export[..], &["tensorflow"]].concat(), &["tensorflow", "keras, h5, pytorch, onnx"]);
    refused(folder, &[&export[..], &["safetensors"]].concat(), &["written over itself", "--out"]);
    let softmax = ["onnx", "--softmax", "--out", "x.onnx"];
    refused(folder, &[&export[..], &softmax].concat(), &["--softmax belongs to --to keras and --to h5"]);
    refused(
        folder,
        &["export", "--weights", "short.txt", "--to", "onnx"],
        &["cannot use the weights short.txt"],
    );
    Ok(())
}

#[test]
fn replaces_nothing_that_exists_without_being_told() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let fixtures = root().join("exchange/fixtures");
    let keras = fs::read(fixtures.join("notebook.keras")).unwrap();
    fs::write(folder.join("mine.keras"), &keras).unwrap();
    fs::copy(fixtures.join("vocabulary.json"), folder.join("vocabulary.json")).unwrap();
    let import = ["import", "mine.keras", "--vocab", "vocabulary.json", "--out"];
    printed(folder, &[&import[..], &["mine.safetensors"]].concat());
    let weights = fs::read(folder.join("mine.safetensors")).unwrap();

    // The model that it came from has the name that its export would get.
    let export = ["export", "--weights", "mine.safetensors", "--to", "keras"];
    refused(folder, &export, &["mine.keras exists", "--out", "--force"]);
    let exists = ["exists", "--out", "--force"];
    refused(folder, &[&import[..], &["mine.safetensors"]].concat(), &exists);
    let convert = ["convert", "--weights", "mine.safetensors", "--precision", "f16", "--out"];
    refused(folder, &[&convert[..], &["mine.keras"]].concat(), &exists);
    // What is read is not replaced in any case, whatever it is called.
    let itself = ["written over itself", "--out"];
    for out in ["./mine.keras", "vocabulary.json"] {
        refused(folder, &[&import[..], &[out, "--force"]].concat(), &itself);
    }
    refused(folder, &[&convert[..], &["./mine.safetensors", "--force"]].concat(), &itself);
    refused(folder, &[&export[..], &["--out", "./mine.safetensors", "--force"]].concat(), &itself);
    assert!(fs::read(folder.join("mine.keras")).unwrap() == keras);
    assert!(fs::read(folder.join("mine.safetensors")).unwrap() == weights);

    printed(folder, &[&export[..], &["--force"]].concat());
    assert!(fs::read(folder.join("mine.keras")).unwrap() != keras);
}

/// The losses are those of an independent program in double precision.
#[test]
fn weights_of_an_old_keras_keep_their_gates() -> Result {
    let folder = tempfile::tempdir()?;
    let folder = folder.path();
    let fixtures = root().join("exchange/fixtures/hard");
    for name in ["weights-keras-2.1.5.h5", "char_indices.json", "text.txt"] {
        fs::copy(fixtures.join(name), folder.join(name))?;
    }
    let import = [
        "import",
        "weights-keras-2.1.5.h5",
        "--vocab",
        "char_indices.json",
        "--force",
        "--out",
        "in.safetensors",
    ];
    let eval = ["eval", "--weights", "in.safetensors", "--corpus", "text.txt", "--from", "0"];
    for (gates, loss) in [("sigmoid", "4.1332"), ("hard-sigmoid", "4.1442")] {
        let said = printed(folder, &[&import[..], &["--gates", gates]].concat());
        assert!(!said.contains("note:"), "{said}");
        let said = printed(folder, &eval);
        assert!(said.contains(loss), "{said}");
    }
    let said = printed(folder, &import);
    assert!(said.contains("note: Keras 2.1.5 wrote the weights"), "{said}");
    assert!(printed(folder, &eval).contains("4.1442"));
    // So they do in another precision, and in files for others; what cannot have them says so.
    let convert =
        ["convert", "--weights", "in.safetensors", "--precision", "int8", "--out", "int8.safetensors"];
    printed(folder, &convert);
    assert_eq!(weights(folder, "int8.safetensors")?.gates, GateFunction::HardSigmoid);
    for kind in ["h5", "keras", "onnx"] {
        let out = format!("out.{kind}");
        printed(folder, &["export", "--weights", "in.safetensors", "--to", kind, "--out", &out]);
    }
    printed(folder, &["import", "out.h5", "--out", "back.safetensors"]);
    assert_eq!(weights(folder, "back.safetensors")?.layers, weights(folder, "in.safetensors")?.layers);
    let says_itself = ["import", "out.h5", "--gates", "sigmoid", "--out", "no.safetensors"];
    refused(folder, &says_itself, &["says itself what its gates are"]);
    let pytorch = ["export", "--weights", "in.safetensors", "--to", "pytorch", "--out", "no.pt"];
    refused(folder, &pytorch, &["hard_sigmoid", "keras, h5 or onnx"]);
    let train = ["train", "--from", "in.safetensors", "--corpus", "text.txt", "--out", "run"];
    refused(folder, &train, &["in.safetensors cannot be trained on", "hard_sigmoid"]);
    assert!(!folder.join("run").exists() && !folder.join("no.pt").exists());
    Ok(())
}

#[test]
fn a_softmax_and_a_text_in_lower_case_are_said() -> Result {
    let folder = tempfile::tempdir()?;
    let folder = folder.path();
    let keras = root().join("exchange/fixtures/notebook.keras");
    let keras = keras.to_str().context("the path is not Unicode")?;
    fs::write(folder.join("play.txt"), "Hello World\nBarrel A HOBO\n")?;
    let import = ["import", keras, "--corpus", "play.txt", "--out", "in.safetensors"];
    refused(folder, &import, &["the text has 13, but in lower case it has 11", "--lowercase"]);
    printed(folder, &[&import[..], &["--lowercase"]].concat());
    let lowered = weights(folder, "in.safetensors")?;
    assert_eq!(lowered.vocab.characters().iter().collect::<String>(), VOCABULARY);
    for kind in ["keras", "h5"] {
        let export = ["export", "--weights", "in.safetensors", "--softmax", "--to", kind, "--force"];
        printed(folder, &export);
        printed(folder, &["import", &format!("in.{kind}"), "--out", "back.safetensors", "--force"]);
        assert_eq!(weights(folder, "back.safetensors")?.layers, lowered.layers);
    }
    Ok(())
}

#[test]
fn a_vocabulary_in_another_order_is_noticed() -> Result {
    let folder = tempfile::tempdir()?;
    let folder = folder.path();
    let shipped = root().join("weights/notebook.safetensors");
    let shipped = shipped.to_str().context("the path is not Unicode")?;
    printed(folder, &["export", "--weights", shipped, "--to", "pytorch", "--out", "known.pt"]);
    // As somebody else's file, which has no vocabulary inside.
    let mut bytes = fs::read(folder.join("known.pt"))?;
    let name = b"\"vocabulary\"";
    let at = bytes.windows(name.len()).position(|window| window == name).context("no vocabulary")?;
    bytes[at + 1] = b'x';
    fs::write(folder.join("model.pt"), bytes)?;
    let text = "\n\nQUARK: I never said that, did I?\nODO: You did not have to. (He leaves)\n";
    fs::write(folder.join("play.txt"), text)?;
    let mut characters: String =
        Weights::from_bytes(&fs::read(shipped)?)?.vocab.characters().iter().collect();
    let import = ["import", "model.pt", "--vocab", "v.json", "--corpus", "play.txt", "--force", "--out"];
    for is_wrong in [false, true] {
        let list: Vec<String> = characters.chars().map(String::from).collect();
        fs::write(folder.join("v.json"), serde_json::to_string(&list)?)?;
        let said = printed(folder, &[&import[..], &["out.safetensors"]].concat());
        assert_eq!(said.contains("other characters than those of the vocabulary"), is_wrong, "{said}");
        assert_eq!(weights(folder, "out.safetensors")?.card.corpus, "play");
        characters = characters.chars().rev().collect();
    }
    Ok(())
}
