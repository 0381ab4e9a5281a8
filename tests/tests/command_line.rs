//! The real program, as a user runs it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use model::{Generator, Request, Weights, Writer};
use serde_json::Value;
use tests::{root, scriptorium};

/// Runs the program in a folder.
fn run(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(scriptorium().unwrap()).args(arguments).current_dir(folder).output().unwrap()
}

/// What it prints when it succeeds.
#[track_caller]
fn printed(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

/// It must fail, with one sentence that holds all of `parts`.
#[track_caller]
fn refused(folder: &Path, arguments: &[&str], parts: &[&str]) {
    let output = run(folder, arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "{arguments:?} was accepted");
    assert!(!errors.contains("panicked"), "{errors}");
    for part in parts {
        assert!(errors.contains(part), "{arguments:?}: no {part:?} in: {errors}");
    }
}

/// A small corpus of a few speakers.
fn small_corpus(folder: &Path) -> PathBuf {
    let lines = ["ODO: Who is there?", "QUARK: Nobody, Constable.", "O'BRIEN: The relay is down again."];
    let text: String = (0..400).map(|n| format!("{}\n", lines[n * n % 3])).collect();
    let file = folder.join("small.txt");
    fs::write(&file, text).unwrap();
    file
}

const TINY: [&str; 10] =
    ["train", "--corpus", "small.txt", "--hidden", "12", "--batch", "8", "--time", "16", "--device"];

fn train<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&TINY[..], &["cpu"], more].concat()
}

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
fn trains_evaluates_and_samples() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    small_corpus(folder);
    let corpus = ["--corpus", "small.txt", "--hidden", "16", "--batch", "8", "--device", "cpu"];
    for (recipe, epochs, most) in [("notebook", "3", 4.5), ("sequence", "25", 2.9)] {
        let out = format!("{recipe}.safetensors");
        let more = ["--recipe", recipe, "--epochs", epochs, "--out", &out];
        let log = printed(folder, &[&["train"], &corpus[..], &more].concat());
        assert!(log.contains(&format!("epoch {epochs}/{epochs}")) && log.contains("val_loss"), "{log}");
        let eval = ["eval", "--weights", &out, "--corpus", "small.txt", "--json"];
        let eval: Value = serde_json::from_str(&printed(folder, &eval)).unwrap();
        let nats = eval["nats_per_char"].as_f64().unwrap();
        assert!(nats < most, "{recipe}: {eval}");
        assert!((eval["bits_per_char"].as_f64().unwrap() - nats / std::f64::consts::LN_2).abs() < 1e-9);
        assert_eq!(eval["skipped"], 0);
        let sample = ["sample", "--weights", &out, "--prompt", "ODO: ", "--length", "40", "--seed", "3"];
        let text = printed(folder, &sample);
        assert!(text.starts_with("ODO: "));
        assert_eq!(text.chars().count(), "ODO: ".len() + 40 + "\n".len());
        assert_eq!(text, printed(folder, &sample), "a seed means a text");
    }
}

#[cfg(unix)]
#[test]
fn an_interrupted_training_goes_on_as_if_it_had_not_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    small_corpus(folder);
    let whole = train(&["--epochs", "12", "--out", "whole.safetensors"]);
    printed(folder, &whole);
    let halves = train(&["--epochs", "12", "--out", "halves.safetensors"]);
    let child = Command::new(scriptorium().unwrap())
        .args(&halves)
        .current_dir(folder)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let checkpoint = folder.join("halves.checkpoint");
    // The first weights appear after the first epoch: then it is in the middle.
    while !folder.join("halves.safetensors").exists() {
        std::thread::yield_now();
    }
    let kill = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(kill.success());
    let output = child.wait_with_output().unwrap();
    let log = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && log.contains("--resume"), "{log}");
    let log = printed(folder, &["train", "--device", "cpu", "--resume", &checkpoint.to_string_lossy()]);
    assert!(log.contains("epoch 12/12"), "{log}");
    let read = |name: &str| fs::read(folder.join(name)).unwrap();
    assert!(read("whole.safetensors") == read("halves.safetensors"), "other weights");
    let log = printed(folder, &["train", "--device", "cpu", "--resume", "halves.checkpoint"]);
    assert!(log.contains("all 12 epochs are done"), "{log}");
}

#[test]
fn trains_on_the_gpu_path() {
    if std::env::var("SCRIPTORIUM_GPU_TESTS").is_ok_and(|value| value == "1") {
        let folder = tempfile::tempdir().unwrap();
        let text: String = fs::read_to_string(small_corpus(folder.path())).unwrap();
        fs::write(folder.path().join("small.txt"), &text[..2000]).unwrap();
        let wgpu = [&TINY[..], &["wgpu", "--epochs", "1", "--out", "gpu.safetensors"]].concat();
        let log = printed(folder.path(), &wgpu);
        assert!(log.contains("wgpu,"), "{log}");
        let cpu = train(&["--epochs", "1", "--out", "cpu.safetensors"]);
        printed(folder.path(), &cpu);
        let loss = |name: &str| {
            let bytes = fs::read(folder.path().join(name)).unwrap();
            Weights::from_bytes(&bytes).unwrap().card.val_loss.unwrap()
        };
        assert!((loss("gpu.safetensors") - loss("cpu.safetensors")).abs() < 1e-3);
    }
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
    let bad = ["sample", "--weights", &weights, "--top-p", "0"];
    refused(folder, &bad, &["the top-p 0 cannot be used; give a number above 0"]);

    let convert = |from: &str, to: &str, precision| {
        printed(folder, &["convert", "--weights", from, "--out", to, "--precision", precision]);
        fs::read(folder.join(to)).unwrap()
    };
    let whole = convert(&weights, "whole.safetensors", "f32");
    assert!(convert("whole.safetensors", "half.safetensors", "f16") == fs::read(&weights).unwrap());
    let small = convert(&weights, "small.safetensors", "int8");
    assert!(small.len() * 3 < whole.len());
    assert_eq!(sample("small.safetensors", &[]).chars().count(), sample(&weights, &[]).chars().count());
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
fn refuses_bad_trainings() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    small_corpus(folder);
    fs::write(folder.join("a-file"), "").unwrap();
    refused(folder, &train(&["--out", "a-file/weights.safetensors"]), &["cannot write", "a writable place"]);
    refused(folder, &["train", "--hidden", "0"], &["--hidden 0 cannot be used"]);
    refused(folder, &["train", "--split", "1.5"], &["--split 1.5 cannot be used"]);
    refused(folder, &["train", "--learning-rate", "NaN"], &["--learning-rate NaN"]);
    refused(folder, &["train", "--recipe", "notebook", "--time", "30"], &["belongs to the sequence recipe"]);
    refused(folder, &["train", "--resume", "missing.checkpoint"], &["cannot read the checkpoint"]);
    fs::write(folder.join("noise.checkpoint"), b"noise").unwrap();
    refused(folder, &["train", "--resume", "noise.checkpoint"], &["not a complete checkpoint"]);
    refused(
        folder,
        &["eval", "--weights", &shipped("shakespeare.safetensors"), "--from", "2"],
        &["--from 2"],
    );

    printed(folder, &train(&["--epochs", "1", "--out", "kept.safetensors"]));
    let weights = fs::read(folder.join("kept.safetensors")).unwrap();
    refused(folder, &["train", "--resume", "kept.safetensors"], &["is not a checkpoint"]);
    let exploding = train(&["--epochs", "3", "--learning-rate", "1", "--out", "kept.safetensors"]);
    run(folder, &exploding);
    assert!(Weights::from_bytes(&fs::read(folder.join("kept.safetensors")).unwrap()).is_ok());
    fs::write(folder.join("kept.safetensors"), weights).unwrap();
    fs::write(folder.join("small.txt"), "another text altogether ".repeat(400)).unwrap();
    refused(folder, &["train", "--resume", "kept.checkpoint"], &["small.txt has changed"]);
}
