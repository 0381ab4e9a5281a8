//! Hostile input for everything that reads what strangers wrote. Each function takes any bytes, and must neither panic nor
//! take memory or time without bound; what it accepts must be what it says.
//!
//! `cargo fuzz run NAME` drives one of them for as long as one likes (docs/faults.md has the commands and what was found);
//! the tests of this crate run each briefly, on files that are nearly right.

use std::io::{Cursor, Write};

use burn::tensor::{Device, read_sync};
use corpus::{Choice, Figures, Rare, RareCharacter, rare_characters};
use exchange::{Characters, Model};
use model::{
    Card, GateFunction, Generator, MAX_LENGTH, MAX_TEMPERATURE, Precision, Vocab, Weights, parse_decimal,
};
use serde_json::Value;
use trainer::settings::Settings;
use training::{Checkpoint, Ids, Recipe, RecipeName, Training};
use web::{
    embedding::{Action, Command, MARK, TrainCommand, VERSION, colour, is_light, is_origin},
    recipe,
    settings::{FIELDS, Setting, Value as Set},
};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

/// Parameters of the largest model that is tried out: a step of it takes less than a millisecond.
const MAX_PARAMETERS: usize = 100_000;
/// Characters of the largest batch that is tried out.
const MAX_BATCH: usize = 2_000;
/// The names of the models that links and messages may choose from.
const MODELS: [&str; 2] = ["shakespeare", "own-0123456789ab"];

/// A weights file of ours.
pub fn weights(bytes: &[u8]) {
    if let Ok(weights) = Weights::from_bytes(bytes) {
        // The scales of int8 have one number for many, but never more than four to a byte.
        assert!(weights.parameters() <= 4 * bytes.len());
        try_out(&weights);
    }
}

/// A training at rest. What is accepted can be written, read again and, if it is small, gone on with.
pub fn checkpoint(bytes: &[u8]) {
    let Ok(checkpoint) = Checkpoint::from_bytes(bytes) else { return };
    assert!(checkpoint.weights.parameters() <= 4 * bytes.len());
    // Bytes are compared, for a moment that is not a number is not itself.
    let written = checkpoint.to_bytes().unwrap_or_default();
    match Checkpoint::from_bytes(&written) {
        Ok(again) => assert!(again.to_bytes().is_ok_and(|bytes| bytes == written)),
        Err(error) => panic!("what was written is refused: {error}"),
    }
    let Recipe { batch, time, .. } = checkpoint.recipe;
    if checkpoint.weights.parameters() > MAX_PARAMETERS || batch * time > MAX_BATCH {
        return;
    }
    let text: String = checkpoint.weights.vocab.characters().iter().cycle().take(2 * MAX_BATCH).collect();
    let ids = Ids::encode(&checkpoint.weights.vocab, &text);
    let Ok(mut training) = Training::new(checkpoint, &ids, &Device::flex()) else { return };
    if training.outcome().is_none() && !training.is_epoch_complete() {
        training.step_next();
        // A loss that is no number is said.
        let _ = read_sync(training.checkpoint());
    }
}

/// A model of another framework: Keras's archives and HDF5, PyTorch's safetensors, burn's records.
pub fn import(bytes: &[u8]) {
    if let Ok(model) = exchange::read(bytes.to_vec()) {
        try_in(model, bytes.len());
    }
}

/// A model of several files, as [`joined`] puts them together: in a folder, and in a zip archive of it. So what is changed
/// is inside the archive, whose checksums are right.
pub fn folder(bytes: &[u8]) {
    let files = taken_apart(bytes);
    import(&zipped(&files));
    if let Ok(model) = exchange::read_folder(files) {
        try_in(model, bytes.len());
    }
}

/// Files as one piece of bytes: of each its name, a zero, its length in four bytes, the lowest first, and its content.
pub fn joined(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let part = |(name, bytes): &(String, Vec<u8>)| {
        [name.as_bytes(), &[0], &(bytes.len() as u32).to_le_bytes(), bytes].concat()
    };
    files.iter().flat_map(part).collect()
}

/// The inverse of [`joined`], of any bytes: the last file ends where they do.
fn taken_apart(mut bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    while let Some(end) = bytes.iter().position(|byte| *byte == 0) {
        let name = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let Some((length, rest)) = bytes[end + 1..].split_first_chunk::<4>() else { break };
        let content;
        (content, bytes) = rest.split_at((u32::from_le_bytes(*length) as usize).min(rest.len()));
        files.push((name, content.to_vec()));
    }
    files
}

/// A zip archive of files; of those of one name the first.
fn zipped(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, bytes) in files {
        if archive.start_file(name.as_str(), options).is_ok() {
            // Memory takes everything.
            let _ = archive.write_all(bytes);
        }
    }
    archive.finish().map(Cursor::into_inner).unwrap_or_default()
}

/// A model that was read becomes weights or is refused.
fn try_in(model: Model, length: usize) {
    let characters = model.characters();
    let vocab = Vocab::from_characters((0u32..).filter_map(char::from_u32).take(characters));
    let vocab = model.vocab().is_none().then_some(vocab).and_then(Result::ok).map(Characters::from);
    // Of weights alone of some versions it is asked what their gates are.
    let model = match length % 3 {
        0 => model,
        1 => model.with_gates(GateFunction::Sigmoid),
        _ => model.with_gates(GateFunction::HardSigmoid),
    };
    if let Ok(imported) = model.with_divisor(2.0).into_weights(vocab.as_ref(), Card::default()) {
        try_out(&imported.weights);
    }
}

/// Weights that were accepted can be written, read again and used.
fn try_out(weights: &Weights) {
    if weights.parameters() > MAX_PARAMETERS {
        return;
    }
    let written = weights.to_bytes(Precision::F32).unwrap_or_default();
    match Weights::from_bytes(&written) {
        Ok(again) => assert!(again == *weights),
        Err(error) => panic!("what was written is refused: {error}"),
    }
    let mut generator = Generator::new(weights);
    assert_eq!(generator.read(&[0, 1]).len(), weights.vocab.len());
}

/// A corpus in the notebook's JSON, and a vocabulary. The first line is the range of episodes, if it is one.
pub fn corpus(bytes: &[u8]) {
    let line = bytes.iter().position(|&byte| byte == b'\n').unwrap_or(0);
    let range = std::str::from_utf8(&bytes[..line]).ok().filter(|line| line.contains(".."));
    let choice = Choice { series: None, episodes: range };
    if let Ok(json) = ::corpus::text(bytes[line..].to_vec()) {
        let _ = ::corpus::notebook(&json, &choice);
    }
    if let Ok(text) = ::corpus::text(bytes.to_vec()) {
        assert!(text.len() <= bytes.len());
        rare(text);
    }
    if let Ok(characters) = exchange::read_vocab("vocab.json", bytes.to_vec(), &choice)
        && let Ok(vocab) = characters.vocab()
    {
        let text: String = vocab.characters().iter().collect();
        assert_eq!(vocab.encode(&text).map(|ids| vocab.decode(&ids)), Ok(text));
    }
}

/// Rare characters of a text that is long enough to have some.
fn rare(text: String) {
    let Some(common) = text.chars().next() else { return };
    let text = format!("{}{text}", common.to_string().repeat(20_000));
    let rare = rare_characters(&text);
    for how in Rare::ALL {
        let treated = how.apply(text.clone(), &rare);
        let figures = Figures::new(&treated);
        assert_eq!(figures.characters, treated.chars().count());
        assert_eq!(figures.distinct, figures.vocabulary.chars().count());
        let gone = |rare: &RareCharacter| how == Rare::Keep || !figures.vocabulary.contains(rare.character);
        assert!(rare.iter().all(gone), "{how:?} {rare:?}");
    }
}

/// A file of settings.
pub fn config(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let Ok(settings) = Settings::parse("config.toml", &text) else { return };
    // What was read can be written and is read as the same; what makes a recipe makes it again.
    let Ok(written) = settings.to_toml() else { panic!("settings that cannot be written: {text}") };
    let again = match Settings::parse("config.toml", &written) {
        Ok(again) => again,
        Err(error) => panic!("what was written is refused: {error:#}"),
    };
    assert_eq!(again.to_toml().ok(), Some(written));
    if let (Ok(first), Ok(second)) = (settings.recipe(), again.recipe()) {
        assert_eq!(first, second);
    }
}

/// The query of an address: what links may set.
pub fn address(bytes: &[u8]) {
    for (name, value) in form_urlencoded::parse(bytes) {
        for name in FIELDS.iter().map(|field| field.name).chain([&*name]) {
            if let Ok(setting) = Setting::parse(name, &value, &MODELS) {
                check(&setting);
            }
        }
        for field in &recipe::FIELDS {
            train_setting(field, &value);
        }
        let _ = parse_decimal(&value);
        if let Some(digits) = colour(&value) {
            assert_eq!(digits.len(), 6);
            is_light(digits);
        }
        if is_origin(&value) {
            assert!(!value.contains(['<', '"', '\'', ' ', '?', '#', '@']), "{value}");
        }
    }
}

/// A message of an embedding page, as JSON.
pub fn message(bytes: &[u8]) {
    let Ok(Value::Object(message)) = serde_json::from_slice(bytes) else { return };
    let kind = message.get("type").and_then(Value::as_str).unwrap_or_default();
    let version = message.get(MARK).and_then(Value::as_f64);
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let properties = message.iter().filter(|(name, _)| *name != MARK && *name != "type");
    let properties: Vec<_> = properties.map(|(name, value)| (name.clone(), text(value))).collect();
    if let Ok(command) = TrainCommand::parse(properties.clone()) {
        command.settings.iter().for_each(|(field, value)| train_setting(field, value));
    }
    if let Ok(command) = Command::parse(version, kind, properties, &MODELS) {
        assert_eq!(version, Some(VERSION));
        assert!(command.action != Action::Stop || command.settings.is_empty());
        command.settings.iter().for_each(check);
    }
}

/// A training's setting that was accepted makes a recipe that the training takes, and is shown as what it is read from.
fn train_setting(field: &recipe::Field, value: &str) {
    for name in recipe::RECIPES {
        let mut set = recipe::settings_of(name);
        let before = set.clone();
        if field.read(value, &mut set).is_err() {
            assert_eq!(set, before, "{} was refused and set", field.name());
            continue;
        }
        let recipe = Recipe {
            name: if set.recipe == "notebook" { RecipeName::Notebook } else { RecipeName::Sequence },
            hidden: set.hidden as usize,
            layers: set.layers as usize,
            batch: set.batch as usize,
            time: set.time as usize,
            epochs: set.epochs as usize,
            learning_rate: set.learning_rate,
            dropout: set.dropout,
            recurrent_dropout: set.recurrent_dropout,
            weight_decay: set.weight_decay,
            average: set.average,
            patience: set.patience as usize,
            split: set.split,
            seed: set.seed.into(),
        };
        // The notebook's windows have a length of their own, which is another sentence.
        let time = if recipe.name == RecipeName::Notebook { 20 } else { recipe.time };
        let checked = Recipe { time, ..recipe }.check();
        assert!(checked.is_ok(), "{} was given {value:?}: {checked:?}", field.name());
        assert!(set.minutes >= 0.0 && set.sample_secs >= 0.0, "{} was given {value:?}", field.name());
    }
}

/// A setting that was accepted is within the limits that it is used with, and is what was written.
fn check(setting: &Setting) {
    let Setting { field, text, value } = setting;
    let is_temperature = |t: &f32| (0.0..=MAX_TEMPERATURE).contains(t);
    let holds = match value {
        Set::Model(name) => field.name == "model" && name == text && MODELS.contains(&text.as_str()),
        Set::Temperature(t) => is_temperature(t) && parse_decimal(text) == Some(*t),
        Set::Temperatures(all) => (3..=6).contains(&all.len()) && all.iter().all(is_temperature),
        Set::Length(length) => (1..=MAX_LENGTH).contains(length) && text.parse() == Ok(*length),
        Set::Seed(number) | Set::TopK(number) => text.parse() == Ok(*number),
        Set::Draw(_) => text == "logits" || text == "probabilities",
        Set::TopP(p) => *p > 0.0 && *p <= 1.0,
        Set::View(view) => view.name() == text,
        Set::Engine(_) => text.bytes().all(|byte| byte.is_ascii_lowercase()),
        Set::Prompt(prompt) => field.name == "prompt" && prompt == text,
    };
    assert!(holds, "{} was given {text:?}", field.name);
}

/// Files that are nearly right: what a seed becomes when a few of its bytes are changed, moved, repeated or left out.
pub fn mutated(seed: &[u8], random: &mut impl FnMut() -> u64) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..1 + random() % 4 {
        if bytes.is_empty() {
            break;
        }
        let length = bytes.len();
        let mut at = || (random() % length as u64) as usize;
        let (from, to) = (at(), at());
        match random() % 6 {
            0 => bytes[from] ^= 1 << (random() % 8),
            1 => bytes[from] = random() as u8,
            // A length or an offset may stand here.
            2 => {
                let values = [0, 1, 0xff, 0x7f, 0x80];
                let end = (from + 1 + (random() % 8) as usize).min(length);
                bytes[from..end].fill(values[(random() % 5) as usize]);
            }
            3 => bytes.truncate(from),
            4 => drop(bytes.drain(from.min(to)..from.max(to).min(from.min(to) + 16))),
            _ => {
                let part = bytes[from..(from + 16).min(length)].to_vec();
                bytes.splice(to..to, part);
            }
        }
    }
    bytes
}
