//! A model of the visitor's own on the page: files that Keras and PyTorch wrote, dropped or chosen, kept and removed.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;
use model::Vocab;
use serde_json::Value;
use tests::{
    Result, Visit, Webgpu,
    hooks::{BENCH_SETTLED, TOOLS_READY, bench_logits},
    root,
    site::{script, weights},
};

fn fixture(name: &str) -> PathBuf {
    root().join("exchange/fixtures").join(name)
}

/// A page with its script and its tools, which take such files.
fn open(webgpu: Webgpu, query: &str) -> Result<Visit> {
    let visit = Visit::with(webgpu).open_written(query)?;
    visit.wait(TOOLS_READY)?;
    Ok(visit)
}

/// The model that is chosen.
fn chosen(visit: &Visit) -> Result<String> {
    Ok(visit.property_as("#model", "value")?)
}

fn wait_until_closed(visit: &Visit) -> Result {
    Ok(visit.wait_for("#own-dialog", "open == false")?)
}

/// Waits until a model of the visitor's own is chosen.
fn wait_until_brought(visit: &Visit) -> Result {
    Ok(visit.wait_for("#model", "value.startsWith('own-')")?)
}

/// Compares log-probabilities of both engines after each beginning of the text with those that the framework itself computed.
fn compare(visit: &Visit, own: &str, name: &str) -> Result {
    let reference: Value = serde_json::from_slice(&fs::read(fixture("reference.json"))?)?;
    let text = reference["text"].as_str().context("the reference has no text")?;
    let vocabulary = reference["vocabulary"].as_str().context("the reference has no vocabulary")?;
    let ids = Vocab::from_characters(vocabulary.chars())?.encode(text)?;
    let expected: Vec<Vec<f64>> = serde_json::from_value(reference["log_probabilities"][name].clone())?;
    assert_eq!(expected.len(), ids.len());
    for engine in ["cpu", "webgpu"] {
        let bench = visit.another().open(&format!("bench.html?engine={engine}&weights={own}"))?;
        bench.wait(BENCH_SETTLED)?;
        let mut worst = 0f64;
        for (at, expected) in expected.iter().enumerate() {
            let logits: Vec<f64> = bench.value_as(&bench_logits(&ids[..=at]))?;
            let sum: f64 = logits.iter().map(|logit| logit.exp()).sum::<f64>().ln();
            assert_eq!(logits.len(), expected.len());
            for (logit, expected) in logits.iter().zip(expected) {
                worst = worst.max((logit - sum - expected).abs());
            }
        }
        println!("{name} on the page, {engine}: largest difference in log-probability {worst:e}");
        assert!(worst < 1e-5, "{name}, {engine}: {worst:e}");
        bench.close();
    }
    Ok(())
}

#[test]
fn a_keras_file_that_is_dropped_writes_on_webgpu_and_has_kerass_logits() -> Result {
    let visit = open(Webgpu::Software, "?engine=webgpu&length=200&temperature=0.8")?;
    visit.drop_files(&[&fixture("notebook.keras"), &fixture("vocabulary.json")])?;
    wait_until_brought(&visit)?;
    wait_until_closed(&visit)?;
    visit.wait_until_written()?;
    assert!(visit.read("#status")?.contains("200 characters, written by the WebGPU engine"));
    assert_eq!(visit.property("#notice", "hidden")?, true);
    let option = visit.property("#model", "selectedOptions[0].textContent")?;
    assert_eq!(option, "notebook (yours)");
    let text = visit.read("#script")?;
    assert!(text.chars().all(|c| "\n abdehlorw".contains(c)), "{text}");
    compare(&visit, &chosen(&visit)?, "notebook.keras")
}

#[test]
fn files_are_chosen_in_the_dialog_and_kept_until_they_are_removed() -> Result {
    let visit = open(Webgpu::Software, "?engine=cpu&length=100")?;
    for (file, title) in
        [("whole.h5", "<b>My model</b>"), ("embedding.safetensors", ""), ("embedding.weights.h5", "")]
    {
        visit.press("#own")?;
        visit.choose_file("#own-model", &fixture(file))?;
        visit.choose_file("#own-vocabulary", &fixture("vocabulary.json"))?;
        visit.write("#own-title", title)?;
        let before = chosen(&visit)?;
        visit.press("#own-add")?;
        visit.wait_for("#model", &format!("value != {before:?}"))?;
        wait_until_closed(&visit)?;
        visit.wait_until_written()?;
        compare(&visit, &chosen(&visit)?, file)?;
    }
    // A name is never more than text.
    let titles = visit.read_all("#model option")?;
    assert_eq!(titles[3..], ["<b>My model</b> (yours)", "embedding (yours)", "embedding (yours)"]);
    let own = chosen(&visit)?;
    let written = visit.read("#script")?;

    // Another visit has them still, and a link with the model's name writes the same again.
    let again = format!("?model={own}&engine=cpu&length=100");
    let visit = visit.another().open_written(&again)?;
    assert_eq!(visit.read("#script")?, written);
    assert_eq!(visit.value("document.querySelectorAll('#model option').length")?, 6);
    // Removed here, it is not to be had in a tab that still lists it.
    let other = visit.another().open_written("?engine=cpu&length=100")?;
    other.wait_for_count("#model option", 6)?;
    visit.bring_to_front()?;
    visit.press("#forget")?;
    visit.wait_for_count("#model option", 5)?;
    visit.wait_until_written()?;
    assert_eq!(chosen(&visit)?, "shakespeare");
    assert_eq!(visit.property("#forget", "hidden")?, true);
    other.bring_to_front()?;
    other.choose("#model", &own)?;
    other.wait_for_text("#notice", "bring its file again")?;
    let visit = visit.another().open(&again)?;
    visit.wait_for_text("#notice", "is somebody's own and kept only in their browser")?;
    Ok(())
}

/// What a SavedModel has, dropped as its archive and as its files; and what is to be said of one.
#[test]
fn archives_and_several_files_are_read_and_notes_are_shown() -> Result {
    let visit = open(Webgpu::Missing, "?length=100")?;
    let (vocabulary, others) = (fixture("vocabulary.json"), fixture("others"));
    let file = |name: &str| others.join(name);
    let parts = [
        "saved_model.pb",
        "keras_metadata.pb",
        "variables/variables.index",
        "variables/variables.data-00000-of-00001",
    ];
    let hard: Vec<PathBuf> = parts.iter().map(|part| file("hard_model").join(part)).collect();
    let javascript = [file("tfjs_model/model.json"), file("tfjs_model/weights.bin")];
    let mut chosen_before = chosen(&visit)?;
    for (files, note) in [
        (vec![fixture("saved_model.zip")], ""),
        (hard, ""),
        (javascript.to_vec(), "the smaller ones are filled up to 6"),
    ] {
        let mut paths: Vec<&Path> = files.iter().map(PathBuf::as_path).collect();
        paths.push(&vocabulary);
        visit.drop_files(&paths)?;
        visit.wait_for("#model", &format!("value != {chosen_before:?}"))?;
        if !note.is_empty() {
            visit.wait_for_text("#own-words", note)?;
            assert_eq!(visit.property("#own-dialog", "open")?, true);
            visit.press("#own-close")?;
        }
        wait_until_closed(&visit)?;
        visit.wait_until_written()?;
        chosen_before = chosen(&visit)?;
        let text = visit.read("#script")?;
        assert!(!text.is_empty() && text.chars().all(|c| "\n abdehlorw".contains(c)), "{text}");
    }
    // One of several says which others it needs.
    visit.drop_files(&[&file("hard_model/saved_model.pb"), &vocabulary])?;
    visit.wait_for_text("#own-words", "is one of several files of a model")?;
    Ok(())
}

#[test]
fn a_weights_file_of_ours_needs_no_vocabulary() -> Result {
    let visit = open(Webgpu::Missing, "?length=100")?;
    visit.drop_files(&[&root().join("weights/notebook.safetensors")])?;
    visit.wait_for("#own-dialog", "open")?;
    visit.press("#own-add")?;
    wait_until_brought(&visit)?;
    wait_until_closed(&visit)?;
    visit.write("#prompt", "SISKO: ")?;
    visit.write("#length", "250")?;
    visit.press("#generate")?;
    visit.wait_for("#status", "textContent.startsWith('250 ')")?;
    let weights = weights("notebook")?;
    assert_eq!(visit.read("#script")?, script(&weights, "SISKO: ", 0.6, 250, 1)?);
    Ok(())
}

#[test]
fn what_cannot_be_used_is_a_sentence_in_the_dialog() -> Result {
    let folder = tempfile::tempdir()?;
    let file = |name: &str, content: &[u8]| -> Result<PathBuf> {
        let path = folder.path().join(name);
        fs::write(&path, content)?;
        Ok(path)
    };
    let keras = fs::read(fixture("notebook.keras"))?;
    let visit = open(Webgpu::Missing, "?length=100")?;
    let written = visit.read("#script")?;
    let vocabulary: &Path = &fixture("vocabulary.json");
    let short: &Path = &file("short.txt", b"ab")?;
    let words: &Path = &file("words.json", br#"["the", "a"]"#)?;
    for (model, vocabulary, parts) in [
        (file("page.keras", b"<!doctype html>")?, vocabulary, ["page.keras: ", "can be imported"]),
        (file("cut.keras", &keras[..keras.len() / 2])?, vocabulary, ["cut.keras: ", "again"]),
        (fixture("notebook.keras"), short, ["notebook.keras: ", "but the vocabulary has 2"]),
        (fixture("notebook.keras"), words, ["words.json: ", "not one character"]),
    ] {
        visit.drop_files(&[&model, vocabulary])?;
        for part in parts {
            visit.wait_for_text("#own-words", part)?;
        }
        visit.wait_for("#own-add", "disabled == false")?;
    }
    visit.press("#own-close")?;
    wait_until_closed(&visit)?;
    visit.drop_files(&[&fixture("whole.h5")])?;
    visit.run("document.querySelector('#own-vocabulary').value = ''")?;
    visit.press("#own-add")?;
    visit.wait_for_text("#own-words", "does not say which; give the vocabulary")?;
    // The page is as it was.
    assert_eq!(visit.read("#script")?, written);
    assert_eq!(chosen(&visit)?, "shakespeare");
    Ok(())
}

#[test]
fn where_nothing_can_be_kept_it_can_be_used_all_the_same() -> Result {
    let browser = Visit::with(Webgpu::Missing).open("about:blank")?;
    let query = "?length=100";
    let no_room = "Cache.prototype.put = async () => { throw new DOMException('no room is left', 'QuotaExceededError'); };";
    let insecure = browser.server().insecure_url(query);
    for (url, before) in [(query, no_room), (insecure.as_str(), "")] {
        let visit = browser.another().before(before).open_written(url)?;
        visit.wait(TOOLS_READY)?;
        visit.drop_files(&[&fixture("notebook.keras"), &fixture("vocabulary.json")])?;
        visit.wait_for_text("#notice", "until this page is closed")?;
        wait_until_brought(&visit)?;
        visit.wait_until_written()?;
        let text = visit.read("#script")?;
        assert!(!text.is_empty() && text.chars().all(|c| "\n abdehlorw".contains(c)), "{text}");
    }
    Ok(())
}
