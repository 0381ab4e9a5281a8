//! The real program, training: runs and their folders.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod program;

use std::{
    fs,
    process::{Command, Stdio},
};

use model::Weights;
use program::{TINY, assert_same_weights, begin, printed, refused, small_corpus, train};
use serde_json::Value;
use tests::root;
use trainer::checkpoint;

#[test]
fn trains_evaluates_and_samples() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    small_corpus(folder);
    let corpus = ["--corpus", "small.txt", "--hidden", "16", "--batch", "8", "--device", "cpu"];
    for (recipe, epochs, max_nats) in [("notebook", "3", 4.5), ("sequence", "25", 2.9)] {
        let more = ["--recipe", recipe, "--epochs", epochs, "--out", recipe];
        let log = printed(folder, &[&["train"], &corpus[..], &more].concat());
        assert!(log.contains(&format!("epoch {epochs}/{epochs}")) && log.contains("val_loss"), "{log}");
        let weights = format!("{recipe}/weights.safetensors");
        let eval = ["eval", "--weights", &weights, "--corpus", "small.txt", "--json"];
        let eval: Value = serde_json::from_str(&printed(folder, &eval)).unwrap();
        let nats = eval["nats_per_char"].as_f64().unwrap();
        assert!(nats < max_nats, "{recipe}: {eval}");
        assert!((eval["bits_per_char"].as_f64().unwrap() - nats / std::f64::consts::LN_2).abs() < 1e-9);
        assert_eq!(eval["skipped"], 0);
        let sample = ["sample", "--weights", &weights, "--prompt", "ODO: ", "--length", "40", "--seed", "3"];
        let text = printed(folder, &sample);
        assert!(text.starts_with("ODO: "));
        assert_eq!(text.chars().count(), "ODO: ".len() + 40 + "\n".len());
        assert_eq!(text, printed(folder, &sample), "a seed means a text");
    }
}

#[test]
fn a_run_leaves_a_folder_that_can_be_read_and_run_again() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    small_corpus(folder);
    let flags = ["--epochs", "3", "--dropout", "0.2", "--recurrent-dropout", "0.1", "--average", "0.9"];
    let events = printed(folder, &[&train(&flags)[..], &["--weight-decay", "0.01", "--json"]].concat());
    let made = folder.join("runs/small");
    let read = |name: &str| fs::read_to_string(made.join(name)).unwrap();
    assert_eq!(events, read("metrics.jsonl"), "the output and the file say the same");
    let events: Vec<Value> = events.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let kinds: Vec<&str> = events.iter().map(|event| event["event"].as_str().unwrap()).collect();
    let epoch = ["progress", "epoch", "sample", "sample", "sample"];
    assert_eq!(kinds, [&["start"], &epoch[..], &epoch, &epoch, &["end"]].concat());
    assert_eq!(events[0]["recipe"]["average"], 0.9);
    assert_eq!(events[events.len() - 1]["outcome"], "finished");
    for name in ["samples/epoch-001.txt", "samples/epoch-003.txt"] {
        assert!(read(name).starts_with("temperature 0.2\n\n"));
    }
    assert!(read("curves.svg").contains("</svg>") && read("report.html").contains("<svg"));
    assert!(made.join("last.checkpoint").exists() && made.join("best.checkpoint").exists());

    // The same settings give the same weights; flags stand over the file; nothing is printed on request.
    let again = ["train", "--config", "runs/small/config.toml", "--quiet"];
    assert_eq!(printed(folder, &again), "");
    let weights = |run: &str| fs::read(folder.join(run).join("weights.safetensors")).unwrap();
    assert!(weights("runs/small") == weights("runs/small-2"), "a seed means a training");
    let other = printed(folder, &[&again[..3], &["--seed", "2"]].concat());
    assert!(other.contains("runs/small-3") && weights("runs/small-3") != weights("runs/small"), "{other}");
    assert_eq!(other.lines().filter(|line| line.starts_with("  0.5 ▸ ")).count(), 3, "{other}");
}

#[test]
fn a_short_last_batch_counts_as_what_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    small_corpus(folder);
    // Nothing is learnt: each character's loss is about that of a guess.
    let flags = ["--epochs", "1", "--time", "50", "--learning-rate", "1e-9", "--json"];
    let events =
        printed(folder, &[&["train", "--corpus", "small.txt", "--hidden", "12"], &flags[..]].concat());
    let events: Vec<Value> = events.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let guess = events[0]["distinct"].as_f64().unwrap().ln();
    for event in &events {
        for loss in ["loss", "recent_loss"].iter().filter_map(|name| event[*name].as_f64()) {
            assert!((loss - guess).abs() < 0.2, "{loss} rather than {guess}: {event}");
        }
    }
}

#[test]
fn stops_when_it_gets_no_better() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    // The validation text is nothing like the training text: learning makes the loss worse.
    fs::write(folder.join("small.txt"), "ab".repeat(4000) + &"ba a bb ".repeat(100)).unwrap();
    let log = printed(folder, &train(&["--epochs", "60", "--patience", "2", "--out", "run"]));
    assert!(log.contains("gets no better") && !log.contains("epoch 60/60"), "{log}");
    let resumed = printed(folder, &["train", "--device", "cpu", "--resume", "run"]);
    assert!(resumed.contains("gets no better") && !resumed.contains("val_loss"), "{resumed}");
}

#[cfg(unix)]
#[test]
fn an_interrupted_training_goes_on_as_if_it_had_not_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    small_corpus(folder);
    let flags = ["--epochs", "12", "--dropout", "0.2", "--average", "0.9", "--out"];
    printed(folder, &train(&[&flags[..], &["whole"]].concat()));
    let child = begin(folder, &train(&[&flags[..], &["halves"]].concat()), Stdio::piped());
    // The first weights appear after the first epoch: then it is in the middle.
    while !folder.join("halves/weights.safetensors").exists() {
        std::thread::yield_now();
    }
    let kill = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(kill.success());
    let output = child.wait_with_output().unwrap();
    let log = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && log.contains("--resume halves"), "{log}");
    // A run's folder may be moved.
    fs::rename(folder.join("halves"), folder.join("moved")).unwrap();
    let log = printed(folder, &["train", "--device", "cpu", "--resume", "moved"]);
    assert!(log.contains("epoch 12/12"), "{log}");
    assert_same_weights(folder, "moved");
    let log = printed(folder, &["train", "--device", "cpu", "--resume", "moved/last.checkpoint"]);
    assert!(log.contains("all epochs are done") && !log.contains("val_loss"), "{log}");
}

#[test]
fn a_model_learns_another_text() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let text = fs::read_to_string(small_corpus(folder)).unwrap();
    printed(folder, &train(&["--epochs", "1", "--out", "first"]));
    let first = Weights::from_bytes(&fs::read(folder.join("first/weights.safetensors")).unwrap()).unwrap();
    // Without one of its characters, and with two that are new.
    fs::write(folder.join("other.txt"), text.replace('Q', "é#")).unwrap();
    let other = ["train", "--corpus", "other.txt", "--batch", "8", "--time", "16", "--device", "cpu"];
    let from = |more: &[&'static str]| {
        [&other[..], &["--epochs", "1", "--from", "first/weights.safetensors"], more].concat()
    };
    let log = printed(folder, &from(&["--out", "kept"]));
    let quarks = text.matches('Q').count();
    assert!(log.contains(&format!("{} characters are left out", 2 * quarks)), "{log}");
    let read = |run: &str| {
        Weights::from_bytes(&fs::read(folder.join(run).join("weights.safetensors")).unwrap()).unwrap()
    };
    let kept = read("kept");
    assert_eq!((&kept.vocab, kept.hidden()), (&first.vocab, 12));
    assert_eq!(kept.card.corpus, "other");
    // It begins where the other one ended, far below the logarithm of the vocabulary.
    assert!(kept.card.loss < first.card.loss, "{:?} {:?}", kept.card, first.card);
    let log = printed(folder, &from(&["--extend", "--out", "extended"]));
    assert!(!log.contains("left out"), "{log}");
    let known: String = first.vocab.characters().iter().collect();
    assert_eq!(read("extended").vocab.characters().iter().collect::<String>(), known + "#é");
    // The settings of the run say all of it.
    printed(folder, &["train", "--config", "extended/config.toml", "--out", "again"]);
    assert_eq!(read("again"), read("extended"));
    refused(folder, &from(&["--hidden", "13"]), &["--hidden cannot be set with --from", "(12)"]);
    refused(folder, &train(&["--extend"]), &["--extend belongs to --from"]);
    refused(folder, &train(&["--from", "small.txt"]), &["cannot use the weights small.txt"]);
}

/// A checkpoint that the page wrote names no text: the text is told, and compared. So is one that has moved.
#[test]
fn a_checkpoint_goes_on_elsewhere_and_for_more_epochs() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    small_corpus(folder);
    // The notebook's rate does not depend on the number of epochs.
    let notebook =
        ["train", "--corpus", "small.txt", "--recipe", "notebook", "--hidden", "12", "--device", "cpu"];
    let to = |epochs, name| [&notebook[..], &["--epochs", epochs, "--out", name]].concat();
    printed(folder, &to("2", "whole"));
    printed(folder, &to("1", "half"));
    let mut checkpoint = checkpoint::load(&folder.join("half/last.checkpoint")).unwrap();
    checkpoint.source.args = serde_json::Value::Null;
    fs::create_dir(folder.join("downloads")).unwrap();
    checkpoint::save(&checkpoint, &folder.join("downloads/page.checkpoint")).unwrap();
    fs::rename(folder.join("small.txt"), folder.join("moved.txt")).unwrap();
    fs::write(folder.join("other.txt"), "another text altogether ".repeat(400)).unwrap();

    let resume = |what, more: &[&'static str]| {
        [&["train", "--device", "cpu", "--resume", what, "--epochs", "2"][..], more].concat()
    };
    let page = "downloads/page.checkpoint";
    refused(folder, &resume(page, &[]), &["page.checkpoint is of the page", "--corpus"]);
    let not_the_text = ["other.txt is not the text that", "page.checkpoint was trained on"];
    refused(folder, &resume(page, &["--corpus", "other.txt"]), &not_the_text);
    let log = printed(folder, &resume(page, &["--corpus", "moved.txt"]));
    assert!(log.contains("the run is in runs/moved") && log.contains("epoch 2/2"), "{log}");
    let read = |path: &str| fs::read(folder.join(path)).unwrap();
    assert!(read("runs/moved/weights.safetensors") == read("whole/weights.safetensors"), "other weights");
    assert_eq!(fs::read_dir(folder.join("downloads")).unwrap().count(), 1, "something lies beside it");

    refused(folder, &resume("half", &[]), &["cannot be read", "say with --corpus where it is"]);
    printed(folder, &resume("half", &["--corpus", "moved.txt"]));
    assert_same_weights(folder, "half");
    // Now it says where its text is.
    let again = ["train", "--device", "cpu", "--resume", "half"];
    assert!(printed(folder, &again).contains("all epochs are done"));
    let fewer = [&again[..], &["--epochs", "1"]].concat();
    refused(folder, &fewer, &["--epochs 1 cannot be used, for 2 are begun already"]);
    refused(folder, &resume("half", &["--out", "whole"]), &["whole holds a training already"]);
}

#[test]
fn trains_on_the_gpu_path() {
    if std::env::var("SCRIPTORIUM_GPU_TESTS").is_ok_and(|value| value == "1") {
        let folder = tempfile::tempdir().unwrap();
        let text: String = fs::read_to_string(small_corpus(folder.path())).unwrap();
        fs::write(folder.path().join("small.txt"), &text[..2000]).unwrap();
        let wgpu = [&TINY[..], &["wgpu", "--epochs", "1", "--out", "gpu"]].concat();
        let log = printed(folder.path(), &wgpu);
        assert!(log.contains("wgpu,"), "{log}");
        printed(folder.path(), &train(&["--epochs", "1", "--out", "cpu"]));
        let loss = |run: &str| {
            let bytes = fs::read(folder.path().join(run).join("weights.safetensors")).unwrap();
            Weights::from_bytes(&bytes).unwrap().card.val_loss.unwrap()
        };
        assert!((loss("gpu") - loss("cpu")).abs() < 1e-3);
    }
}

#[test]
fn refuses_bad_trainings() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    small_corpus(folder);
    let file = |name: &str, content: &[u8]| fs::write(folder.join(name), content).unwrap();
    file("a-file", b"");
    file("noise.checkpoint", b"noise");
    file("settings.toml", b"hiden = 3");
    refused(folder, &train(&["--out", "a-file/run"]), &["cannot make the folder", "a writable place"]);
    refused(folder, &train(&["--out", "x.safetensors"]), &["--out x.safetensors", "give a folder"]);
    refused(folder, &["train", "--hidden", "0"], &["--hidden 0 cannot be used"]);
    refused(folder, &["train", "--split", "1.5"], &["--split 1.5 cannot be used"]);
    refused(folder, &["train", "--average", "1"], &["--average 1 cannot be used", "0.999"]);
    refused(folder, &["train", "--learning-rate", "NaN"], &["--learning-rate NaN"]);
    refused(folder, &["train", "--recipe", "notebook", "--time", "30"], &["belongs to the sequence recipe"]);
    refused(folder, &["train", "--resume", "missing.checkpoint"], &["cannot read the checkpoint"]);
    refused(folder, &["train", "--resume", "noise.checkpoint"], &["not a complete checkpoint"]);
    refused(folder, &["train", "--config", "settings.toml"], &["settings.toml", "did you mean \"hidden\"?"]);
    refused(folder, &["train", "--config", "none.toml"], &["cannot read the settings none.toml"]);
    let shakespeare = root().join("weights/shakespeare.safetensors");
    let shakespeare = shakespeare.to_string_lossy();
    refused(folder, &["eval", "--weights", &shakespeare, "--from", "2"], &["--from 2"]);

    printed(folder, &train(&["--epochs", "1", "--out", "kept"]));
    refused(folder, &train(&["--out", "kept"]), &["kept holds a training already", "--resume kept"]);
    refused(folder, &["train", "--resume", "kept/weights.safetensors"], &["is not a checkpoint"]);
    refused(folder, &["train", "--resume", "kept", "--seed", "2"], &["leave out --seed"]);
    file("small.txt", "another text altogether ".repeat(400).as_bytes());
    refused(folder, &["train", "--resume", "kept"], &["small.txt has changed"]);
}

#[test]
fn a_loss_that_is_no_number_ends_the_training_and_keeps_the_weights() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    small_corpus(folder);
    printed(folder, &train(&["--epochs", "1", "--out", "run"]));
    let read = |name: &str| fs::read(folder.join("run").join(name)).unwrap();
    let last = folder.join("run/last.checkpoint");
    let mut checkpoint = checkpoint::load(&last).unwrap();
    checkpoint.recipe.epochs = 3;
    // Open gates, and logits beyond what a number holds.
    checkpoint.weights.layers[0].bias.fill(50.0);
    checkpoint.weights.dense.kernel.fill(1e38);
    checkpoint::save(&checkpoint, &last).unwrap();
    let kept = (read("weights.safetensors"), read("last.checkpoint"));
    let resume = ["train", "--device", "cpu", "--resume", "run"];
    let sentence = "the loss is no longer a number at step 1 of epoch 2";
    refused(folder, &resume, &[sentence, "are kept", "a lower --learning-rate than 0.01"]);
    assert!(kept == (read("weights.safetensors"), read("last.checkpoint")));
    let metrics = String::from_utf8(read("metrics.jsonl")).unwrap();
    assert!(metrics.lines().last().unwrap().starts_with("{\"event\":\"failed\""), "{metrics}");
}
