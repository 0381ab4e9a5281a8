//! The real program: corpora, evaluation and samples. Trainings are in training.rs.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod program;

use std::fs;

use model::{Card, Generator, Precision, Request, Vocab, Weights, Writer};
use program::{printed, refused};
use serde_json::Value;
use tests::root;

fn shipped(name: &str) -> String {
    root().join("weights").join(name).to_string_lossy().into_owned()
}

#[test]
fn the_built_in_corpus_has_its_figures() {
    let folder = tempfile::tempdir().unwrap();
    let report: Value = serde_json::from_str(&printed(folder.path(), &["corpus", "--json"])).unwrap();
    assert_eq!(report["characters"], 1_115_390);
    assert_eq!(report["distinct"], 65);
    assert_eq!(report["one_hot_shape"][2], 65);
    assert!(printed(folder.path(), &["corpus"]).contains("First Citizen:"));
}

#[test]
fn the_notebooks_corpus_has_the_notebooks_figures() {
    let json = root().join("../shared/data/star_trek_scripts.json");
    if !json.exists() {
        println!("skipped: the transcripts are not part of the project");
        return;
    }
    let json = json.to_string_lossy();
    let arguments = ["corpus", "--corpus", &json, "--series", "DS9", "--episodes", "20..70", "--json"];
    let report: Value = serde_json::from_str(&printed(&root(), &arguments)).unwrap();
    assert_eq!(report["characters"], 1_570_834);
    assert_eq!(report["distinct"], 78);
    assert_eq!(report["one_hot_shape"], serde_json::json!([314_163, 20, 78]));
    assert_eq!(report["first_target_index"], 42);
    let endings: Vec<String> = report["examples"]
        .as_array()
        .unwrap()
        .iter()
        .map(|pair| format!("{} => {}", pair[0].as_str().unwrap().trim_end(), pair[1].as_str().unwrap()))
        .collect();
    for (ending, expected) in endings.iter().zip(["All => i", "nce => ", "for => G", "loba => l", "Uni => t"])
    {
        assert!(ending.contains(expected), "{ending}");
    }
}

#[test]
fn rare_characters_are_folded_or_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("a.txt"), format!("{}É ☕", "BEEbee ".repeat(2_000))).unwrap();
    let report = |rare: &str| -> Value {
        let report = printed(folder, &["corpus", "--corpus", "a.txt", "--rare", rare, "--json"]);
        serde_json::from_str(&report).unwrap()
    };
    let [keep, fold, drop] = ["keep", "fold", "drop"].map(report);
    assert_eq!([&keep, &fold, &drop].map(|report| &report["characters"]), [14_003, 14_002, 14_001]);
    assert_eq!(fold["vocabulary"], " BEbe");
    let rare = serde_json::json!([
        {"character": "É", "count": 1, "nearest": "E", "becomes": "E"},
        {"character": "☕", "count": 1, "nearest": null, "becomes": ""},
    ]);
    assert_eq!(fold["rare"], rare);
    refused(folder, &["corpus", "--rare", "melt"], &["keep, fold, drop"]);
}

#[test]
fn samples_as_the_notebook_does() {
    let weights = shipped("shakespeare.safetensors");
    let sample = |more: &[&str]| {
        let arguments = [&["sample", "--weights", &weights, "--prompt", "ROMEO:\n", "--length", "300"], more];
        printed(&root(), &arguments.concat())
    };
    let sweep = sample(&["--temperature", "0.01", "0.02", "0.5"]);
    assert_eq!(sweep.matches("ROMEO:\n => ").count(), 3, "{sweep}");
    let cast = sample(&["--cast", "--temperature", "0.6"]);
    let (names, script) = cast.split_once(&"-".repeat(60)).unwrap();
    assert!(names.starts_with("CAST OF CHARACTERS\n\n") && names.contains("\nROMEO ("), "{names}");
    assert!(script.contains("ROMEO:\n"));

    // The program writes what the library writes, which is what the browser's test compares with.
    let bytes = fs::read(&weights).unwrap();
    let weights = Weights::from_bytes(&bytes).unwrap();
    let request = Request::new(&weights.vocab, "ROMEO:\n", 0.7, 300, 9).unwrap();
    let ids: Vec<u32> = Writer::new(Generator::new(&weights), request).collect();
    let expected = format!("ROMEO:\n{}\n", weights.vocab.decode(&ids));
    assert_eq!(sample(&["--temperature", "0.7", "--seed", "9"]), expected);
}

#[test]
fn limits_and_converts() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let weights = shipped("notebook.safetensors");
    let sample = |weights: &str, more: &[&str]| {
        let arguments = [&["sample", "--weights", weights, "--prompt", "\n", "--length", "200"], more];
        printed(folder, &arguments.concat())
    };
    // The likeliest of one is the likeliest of all.
    let greedy = sample(&weights, &["--temperature", "0"]);
    assert_eq!(sample(&weights, &["--temperature", "1", "--top-k", "1"]), greedy);
    assert_eq!(sample(&weights, &["--temperature", "1", "--top-p", "0.000001"]), greedy);
    assert_eq!(sample(&weights, &["--top-k", "0", "--top-p", "1"]), sample(&weights, &[]));
    assert_eq!(sample(&weights, &["--draw", "logits"]), sample(&weights, &[]));
    // The notebook's way: at its temperatures logits take the likeliest wherever it is not a close thing, probabilities
    // do not.
    let draw = |draw, temperature| sample(&weights, &["--draw", draw, "--temperature", temperature]);
    assert_eq!(draw("logits", "0.00001"), greedy);
    let alike =
        |text: &str| text.chars().zip(greedy.chars()).take_while(|(left, right)| left == right).count();
    assert!(alike(&draw("probabilities", "0.01")) < alike(&draw("logits", "0.01")));
    assert_eq!(sample(&weights, &["--draw", "probabilities", "--temperature", "0"]), greedy);
    let bad = ["sample", "--weights", &weights, "--draw", "softmax"];
    refused(folder, &bad, &["give logits or probabilities"]);
    let bad = ["sample", "--weights", &weights, "--top-p", "0"];
    refused(folder, &bad, &["the top-p 0 cannot be used; give a number above 0"]);

    let convert = |from: &str, to: &str, precision| {
        printed(folder, &["convert", "--weights", from, "--out", to, "--precision", precision]);
        fs::read(folder.join(to)).unwrap()
    };
    // What int8 says, f32 says too; from there int8 is the same file again, and f16 close to it.
    let full = convert(&weights, "full.safetensors", "f32");
    assert_eq!(sample("full.safetensors", &[]), sample(&weights, &[]));
    assert!(convert("full.safetensors", "small.safetensors", "int8") == fs::read(&weights).unwrap());
    let half = convert("full.safetensors", "half.safetensors", "f16");
    assert!(half.len() < full.len() && fs::metadata(&weights).unwrap().len() < half.len() as u64);
    assert_eq!(sample("half.safetensors", &[]).chars().count(), sample(&weights, &[]).chars().count());
}

#[test]
fn the_shipped_models_predict_their_text() {
    let folder = tempfile::tempdir().unwrap();
    let weights = shipped("shakespeare.safetensors");
    let eval = ["eval", "--weights", &weights, "--from", "0.97", "--json"];
    let eval: Value = serde_json::from_str(&printed(folder.path(), &eval)).unwrap();
    assert!(eval["nats_per_char"].as_f64().unwrap() < 1.8, "{eval}");
}

#[test]
fn refuses_bad_corpora() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let file = |name: &str, content: &[u8]| fs::write(folder.join(name), content).unwrap();
    file("empty.txt", b"");
    file("one.txt", b"aaaaaaaa");
    file("latin.txt", b"caf\xe9");
    file("shape.json", b"[1]");
    file("short.txt", b"abcabc");
    let corpus = |name| ["corpus", "--corpus", name];
    refused(folder, &corpus("empty.txt"), &["empty.txt is empty", "give a text"]);
    refused(folder, &corpus("one.txt"), &["1 distinct character", "longer text"]);
    refused(folder, &corpus("latin.txt"), &["latin.txt is not UTF-8", "convert it"]);
    refused(folder, &corpus("shape.json"), &["shape.json is not the notebook's JSON"]);
    refused(folder, &corpus("missing.txt"), &["cannot read the corpus missing.txt"]);
    refused(folder, &["train", "--corpus", "short.txt"], &["6 characters, too few", "longer text"]);
    refused(folder, &["corpus", "--series", "DS9"], &["--series belongs to a JSON corpus"]);
}

#[test]
fn refuses_bad_samples() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let weights = shipped("shakespeare.safetensors");
    let bytes = fs::read(&weights).unwrap();
    let file = |name: &str, content: &[u8]| fs::write(folder.join(name), content).unwrap();
    file("cut.safetensors", &bytes[..bytes.len() / 2]);
    file("foreign.safetensors", b"\x02\0\0\0\0\0\0\0{}");
    file("noise.safetensors", b"what is this");
    let text = String::from_utf8_lossy(&bytes[8..600]).replace("\"version\":\"1\"", "\"version\":\"7\"");
    let mut other = bytes.clone();
    other[8..8 + text.len()].copy_from_slice(text.as_bytes());
    file("other.safetensors", &other);
    let sample = |more: &[&'static str]| -> Vec<String> {
        ["sample", "--weights", &weights].iter().chain(more).map(|&s| s.to_owned()).collect()
    };
    let check = |more: &[&'static str], parts: &[&str]| {
        let arguments = sample(more);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        refused(folder, &arguments, parts);
    };
    check(&["--temperature", "-1"], &["temperature -1 cannot be used", "from 0"]);
    check(&["--temperature", "NaN"], &["temperature NaN cannot be used"]);
    check(&["--length", "0"], &["length 0 cannot be used", "from 1 to 1000000"]);
    check(&["--length", "99999999999"], &["length 99999999999 cannot be used"]);
    check(&["--prompt", "Привет"], &["does not know the characters 'П'", "it knows:"]);
    let of = |name: &'static str, parts: &[&str]| refused(folder, &["sample", "--weights", name], parts);
    of("cut.safetensors", &["cut.safetensors", "not a complete safetensors file"]);
    of("foreign.safetensors", &["foreign.safetensors", "not written by Scriptorium"]);
    of("noise.safetensors", &["noise.safetensors", "not a complete safetensors file"]);
    of("other.safetensors", &["format version 7, but this build reads version 1"]);
    of("missing.safetensors", &["cannot read the weights missing.safetensors"]);
}

#[test]
fn prints_control_characters_as_escapes() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    // A model that knows how to clear the screen, and writes nothing else.
    let vocab = Vocab::from_text("\u{1b}[2J\n\t").unwrap();
    let mut weights = Weights::zeros(vocab, Card::default(), 1, 1).unwrap();
    weights.dense.bias[weights.vocab.id('\u{1b}').unwrap() as usize] = 100.0;
    fs::write(folder.join("clear.safetensors"), weights.to_bytes(Precision::F32).unwrap()).unwrap();
    let sample = ["sample", "--weights", "clear.safetensors", "--prompt", "\n\t", "--length", "2"];
    assert_eq!(printed(folder, &sample), "\n\t\\u{1b}\\u{1b}\n");
    let sweep = [&sample[..], &["--temperature", "0", "1"]].concat();
    assert!(!printed(folder, &sweep).contains('\u{1b}'));
    assert!(!printed(folder, &[&sample[..], &["--cast"]].concat()).contains('\u{1b}'));
    fs::write(folder.join("corpus.txt"), "\u{1b}[2J\r\u{9b}2J").unwrap();
    let report = printed(folder, &["corpus", "--corpus", "corpus.txt"]);
    assert!(report.contains("\\u{1b}[2J\\r\\u{9b}2J"), "{report}");
    assert!(!report.contains(['\u{1b}', '\r', '\u{9b}']), "{report}");
    refused(folder, &["corpus", "--corpus", "\u{1b}[2J"], &["cannot read the corpus \\u{1b}[2J;"]);
}

#[test]
fn publishes_a_model_on_the_page() {
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("weights/models.json");
    fs::create_dir(list.parent().unwrap()).unwrap();
    fs::write(&list, r#"{"models": [{"id": "a", "file": "a.safetensors"}]}"#).unwrap();
    let notebook = shipped("notebook.safetensors");
    let with = |more: &[&'static str]| {
        let mut all = vec!["publish", "--weights", notebook.as_str()];
        all.extend(more);
        all
    };
    let said =
        printed(folder.path(), &with(&["--title", "My plays", "--prompt", "SISKO: ", "KIRA: ", "--first"]));
    assert!(said.contains("cargo xtask build"), "{said}");
    let content: Value = serde_json::from_str(&fs::read_to_string(&list).unwrap()).unwrap();
    let expected = serde_json::json!({"models": [
        {"id": "my-plays", "title": "My plays", "file": "my-plays.safetensors", "prompts": ["SISKO: ", "KIRA: "]},
        {"id": "a", "file": "a.safetensors"},
    ]});
    assert_eq!(content, expected);
    let published = fs::read(folder.path().join("weights/my-plays.safetensors")).unwrap();
    assert!(Weights::from_bytes(&published).is_ok());
    // The same once more is no other model; another one needs to be asked for.
    printed(folder.path(), &with(&["--title", "My plays"]));
    let other = shipped("shakespeare.safetensors");
    let replace = ["publish", "--weights", &other, "--title", "My plays"];
    refused(folder.path(), &replace, &["my-plays.safetensors exists", "--id", "--force"]);
    let file = folder.path().join("weights/my-plays.safetensors");
    assert!(fs::read(&file).unwrap() == published);
    printed(folder.path(), &[&replace[..], &["--force"]].concat());
    assert!(fs::read(&file).unwrap() != published);

    let before = fs::read(&list).unwrap();
    refused(folder.path(), &with(&["--title", "пьесы"]), &["--id", "letters, digits and hyphens"]);
    refused(
        folder.path(),
        &with(&["--title", "x", "--prompt", "ß"]),
        &["--prompt", "does not know the character 'ß'"],
    );
    refused(folder.path(), &with(&["--title", "x", "--into", "elsewhere"]), &["cannot read", "--into"]);
    assert_eq!(fs::read(&list).unwrap(), before);
    fs::write(&list, "[]").unwrap();
    refused(folder.path(), &with(&["--title", "x"]), &["models.json", "is no object"]);
}
