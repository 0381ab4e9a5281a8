//! Every target of `cargo fuzz`, briefly: thousands of files that are nearly right, the same ones each time.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use burn::tensor::{Device, read_sync};
use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
};

use model::{Card, Precision, Vocab, Weights};
use training::{Checkpoint, Ids, Recipe, RecipeName, Source, Training, keras_weights};

/// Runs a target on the seeds and on what becomes of them.
fn run(target: fn(&[u8]), seeds: &[Vec<u8>], tries: usize) {
    // A multiplicative generator with a good spread of its high bits (Steele and Vigna, 2021).
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = || {
        state = state.wrapping_mul(0xd134_2543_de82_ef95).wrapping_add(1);
        state >> 32
    };
    seeds.iter().for_each(|seed| target(seed));
    for seed in seeds.iter().cycle().take(tries) {
        target(&fuzz::mutated(seed, &mut random));
    }
}

/// The models in a folder of the project.
fn files(folder: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder);
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let is_model =
        |path: &&PathBuf| path.is_file() && path.extension().is_some_and(|ending| ending != "json");
    let files: Vec<_> = paths.iter().filter(is_model).map(|path| fs::read(path).unwrap()).collect();
    assert!(files.len() >= 4);
    files
}

fn texts(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

#[test]
fn weights() {
    let vocab = Vocab::from_text("to be\n").unwrap();
    let mut weights = Weights::zeros(vocab, Card::default(), 3, 2).unwrap();
    for (values, at) in weights.values_mut().into_iter().zip(1u8..) {
        values.fill(f32::from(at) / 8.0);
    }
    let kinds = [Precision::F32, Precision::F16, Precision::I8];
    let mut seeds = files("fuzz/seeds/weights");
    seeds.extend(kinds.iter().map(|kind| weights.to_bytes(*kind).unwrap()));
    run(fuzz::weights, &seeds, 20_000);
}

#[test]
fn checkpoint() {
    let vocab = Vocab::from_text("to be\n").unwrap();
    let ids = Ids::encode(&vocab, &"to be\nbe to\n".repeat(40));
    let recipe =
        |name| Recipe { hidden: 3, layers: 2, batch: 2, epochs: 2, average: 0.5, ..Recipe::new(name) };
    let recipes = [Recipe { time: 5, ..recipe(RecipeName::Sequence) }, recipe(RecipeName::Notebook)];
    let mut seeds = Vec::new();
    for recipe in recipes {
        let weights = keras_weights(vocab.clone(), Card::default(), 3, 2, 1).unwrap();
        let begun = Checkpoint::new(recipe, Source::default(), weights);
        seeds.push(begun.to_bytes().unwrap());
        let mut training = Training::new(begun, &ids, &Device::flex()).unwrap();
        for _ in 0..3 {
            training.step_next();
        }
        seeds.push(read_sync(training.checkpoint()).unwrap().to_bytes().unwrap());
    }
    // What nobody's training comes to: sizes and places without bound, a carried state that the recipe has not.
    let end = |bytes: &[u8]| 8 + u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let changes = [
        (r#"\"batch\":2"#, r#"\"batch\":4096"#),
        (r#"\"hidden\":3"#, r#"\"hidden\":2048"#),
        (r#"\"layers\":2"#, r#"\"layers\":18446744073709551615"#),
        (r#"\"epoch\":0"#, r#"\"epoch\":18446744073709551615"#),
        (r#"\"step\":3"#, r#"\"step\":18446744073709551615"#),
        (r#"\"step\":3"#, r#"\"step\":9007199254740991"#),
        (r#"\"optimizer_steps\":3"#, r#"\"optimizer_steps\":18446744073709551615"#),
        (r#"\"split\":0.9"#, r#"\"split\":1e-300"#),
        (r#"\"name\":\"sequence\""#, r#"\"name\":\"notebook\""#),
        (r#"\"time\":5"#, r#"\"time\":20"#),
    ];
    let mut changed = Vec::new();
    for seed in &seeds {
        let header = String::from_utf8(seed[8..end(seed)].to_vec()).unwrap();
        let mut all = header.clone();
        let last = &changes[changes.len() - 2..];
        last.iter().for_each(|(from, to)| all = all.replace(from, to));
        let one = changes.iter().map(|(from, to)| header.replace(from, to));
        for header in one.chain([all]) {
            let length = (header.len() as u64).to_le_bytes();
            changed.push([&length[..], header.as_bytes(), &seed[end(seed)..]].concat());
        }
    }
    seeds.extend(changed);
    run(fuzz::checkpoint, &seeds, 10_000);
}

#[test]
fn import() {
    let seeds = [files("exchange/fixtures"), files("fuzz/seeds/import")].concat();
    run(fuzz::import, &seeds, 8_000);
}

/// All files in a folder of the fixtures, by their paths in it.
fn folder_of(name: &str) -> Vec<(String, Vec<u8>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../exchange/fixtures").join(name);
    let mut files = Vec::new();
    let mut open = vec![root.clone()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => open.push(path),
                false => {
                    let name = path.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
                    files.push((name, fs::read(path).unwrap()));
                }
            }
        }
    }
    files.sort();
    files
}

/// The files of an archive among the fixtures.
fn archived(name: &str) -> Vec<(String, Vec<u8>)> {
    let file = fs::File::open(Path::new("../exchange/fixtures").join(name)).unwrap();
    let mut archive = zip::ZipArchive::new(file).unwrap();
    let count = archive.len();
    let read = |index| {
        let mut file = archive.by_index(index).unwrap();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        (file.name().unwrap().into_owned(), bytes)
    };
    (0..count).map(read).collect()
}

/// A layers model of TensorFlow.js: three characters, two units.
fn tensorflow_js() -> Vec<(String, Vec<u8>)> {
    let model = r#"{"format": "layers-model", "modelTopology": {"model_config": {"class_name": "Sequential", "config": {"layers": [
        {"class_name": "LSTM", "config": {"name": "a", "recurrent_activation": "hard_sigmoid"}},
        {"class_name": "Dense", "config": {"name": "b", "activation": "softmax"}}]}}},
        "weightsManifest": [{"paths": ["x.bin", "y.bin"], "weights": [
        {"name": "a/kernel", "shape": [3, 8], "dtype": "float32"},
        {"name": "a/recurrent_kernel", "shape": [2, 8], "dtype": "float32"},
        {"name": "a/bias", "shape": [8], "dtype": "float32",
         "quantization": {"dtype": "uint8", "scale": 0.01, "min": -1}},
        {"name": "b/kernel", "shape": [2, 3], "dtype": "float32"},
        {"name": "b/bias", "shape": [3], "dtype": "float32"}]}]}"#;
    let file = |name: &str, bytes: &[u8]| (name.to_owned(), bytes.to_vec());
    vec![
        file("model.json", model.as_bytes()),
        file("x.bin", &[0x3e; 100]),
        file("y.bin", &[0x3d; 4 * 40 + 8 + 4 * 9 - 100]),
    ]
}

#[test]
fn folder() {
    let models = [
        folder_of("saved_model"),
        folder_of("exported_model"),
        archived("notebook.keras"),
        archived("functional.keras"),
        tensorflow_js(),
    ];
    let seeds: Vec<Vec<u8>> = models.iter().map(|files| fuzz::joined(files)).collect();
    for files in models {
        assert!(exchange::read_folder(files).is_ok());
    }
    run(fuzz::folder, &seeds, 8_000);
}

#[test]
fn corpus() {
    let episode = |body: &str| format!("t{0}{body}{0}l", "\\n".repeat(7));
    let json = format!(
        r#"{{"DS9": {{"episode 0": "{}", "episode 1": "{}"}}}}"#,
        episode("QUARK: Gold."),
        episode("ODO: \\u00e9")
    );
    let ranged = format!("0..2\n{json}");
    let seeds = texts(&[
        &json,
        &ranged,
        r#"["a", "b", "\n"]"#,
        r#"{"a": 0, "b": 1}"#,
        r#"{"0": "a", "1": "b"}"#,
        "ab\r\n",
        "aÉé‘’—…ﬁ\u{ad}\u{301}ßÆ☕",
    ]);
    run(fuzz::corpus, &seeds, 20_000);
}

#[test]
fn config() {
    let seeds = texts(&[
        "hidden = 64\nepochs = 3\ncorpus = \"a.txt\"\nrecipe = \"notebook\"\n",
        "learning_rate = 1e-3\ndropout = 0.2\nseed = 18446744073709551615\ndevice = \"cpu\"\n",
        "series = \"DS9\"\nepisodes = \"20..70\"\nsplit = 0.7\nsave_secs = 60\naverage = 0.999\n",
    ]);
    run(fuzz::config, &seeds, 20_000);
}

#[test]
fn address() {
    let seeds = texts(&[
        "?model=shakespeare&temperature=0.6&length=1200&seed=1&engine=auto&prompt=ROMEO%3A%0A",
        "view=sweep&temperatures=0.2,+0.5%2C0.8&topk=40&topp=0.9&plain=1&hash=0123456789ab",
        "view=train&recipe=notebook&hidden=64&layers=2&epochs=3&learning-rate=1e-3&dropout=0.2&split=0.7&workers=2",
        "embed=1&accent=%239a4a1f&paper=ffffff&ink=000000&theme=dark&origins=https://a.b,http://localhost:80",
    ]);
    run(fuzz::address, &seeds, 50_000);
}

#[test]
fn message() {
    let seeds = texts(&[
        r#"{"scriptorium": 1, "type": "generate", "prompt": "ROMEO:\n", "temperature": 0.6, "length": 300}"#,
        r#"{"scriptorium": 1, "type": "set", "model": "shakespeare", "seed": "7", "topk": 3, "topp": 0.5}"#,
        r#"{"scriptorium": 1, "type": "stop"}"#,
        r#"{"scriptorium": 1, "type": "train", "recipe": "notebook", "hidden": 64, "split": 0.7, "text": "to be"}"#,
        r#"{"scriptorium": 1, "type": "train", "minutes": 1.5, "batch": "16", "learning-rate": "1e-3"}"#,
        r#"{"scriptorium": 1, "type": "set", "temperatures": "0.1,0.2,0.3", "engine": "cpu"}"#,
    ]);
    run(fuzz::message, &seeds, 50_000);
}
