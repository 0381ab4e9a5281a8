//! A model of the visitor's own on the page: files that Keras and PyTorch wrote, dropped or chosen, kept and removed.
//! `cargo xtask test` builds dist/ and runs these.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod site {
    use std::{fs, path::PathBuf};

    use model::Vocab;
    use serde_json::Value;
    use tests::{
        Page, Server, Session, Webgpu, root,
        site::{WRITTEN, open, open_written, script, serve, weights},
    };

    /// The tools, which take such files, are there.
    const TOOLS: &str = "document.documentElement.dataset.tools == 'ready'";
    /// The dialog is closed again.
    const CLOSED: &str = "!document.querySelector('#own-dialog').open";

    fn fixture(name: &str) -> PathBuf {
        root().join("exchange/fixtures").join(name)
    }

    /// What the frameworks themselves computed.
    fn reference() -> Value {
        serde_json::from_slice(&fs::read(fixture("reference.json")).unwrap()).unwrap()
    }

    /// The model that is chosen.
    fn chosen(page: &Page) -> String {
        let id = page.value("document.querySelector('#model').value").unwrap();
        id.as_str().unwrap().to_owned()
    }

    /// Waits for the dialog to say something with `part` in it.
    fn says(page: &Page, part: &str) {
        page.wait(&format!("document.querySelector('#own-words').textContent.includes({part:?})")).unwrap();
    }

    /// Compares log-probabilities of both engines after each beginning of the text with the framework's own.
    fn compare(session: &Session, server: &Server, own: &str, name: &str) {
        let reference = reference();
        let text = reference["text"].as_str().unwrap();
        let vocab = Vocab::from_characters(reference["vocabulary"].as_str().unwrap().chars()).unwrap();
        let ids = vocab.encode(text).unwrap();
        let expected: Vec<Vec<f64>> =
            serde_json::from_value(reference["log_probabilities"][name].clone()).unwrap();
        assert_eq!(expected.len(), ids.len());
        for engine in ["cpu", "webgpu"] {
            let page = open(session, server, &format!("bench.html?engine={engine}&weights={own}")).unwrap();
            page.wait("window.peerError || window.firstCharMs").unwrap();
            let mut worst = 0f64;
            for (at, expected) in expected.iter().enumerate() {
                let logits = page.value(&format!("check({:?}).then(a => a.logits)", &ids[..=at])).unwrap();
                let logits: Vec<f64> = serde_json::from_value(logits).unwrap();
                let sum: f64 = logits.iter().map(|logit| logit.exp()).sum::<f64>().ln();
                assert_eq!(logits.len(), expected.len());
                for (logit, expected) in logits.iter().zip(expected) {
                    worst = worst.max((logit - sum - expected).abs());
                }
            }
            println!("{name} on the page, {engine}: largest difference in log-probability {worst:e}");
            assert!(worst < 1e-5, "{name}, {engine}: {worst:e}");
            page.close();
        }
    }

    #[test]
    fn a_keras_file_that_is_dropped_writes_on_webgpu_and_has_kerass_logits() {
        let (server, session) = (serve().unwrap(), Session::start(Webgpu::Software).unwrap());
        let page = open_written(&session, &server, "?engine=webgpu&length=200&temperature=0.8").unwrap();
        page.wait(TOOLS).unwrap();
        page.drop_files(&[&fixture("notebook.keras"), &fixture("vocabulary.json")]).unwrap();
        page.wait("document.querySelector('#model').value.startsWith('own-')").unwrap();
        page.wait(CLOSED).unwrap();
        page.wait(WRITTEN).unwrap();
        assert!(page.text("#status").unwrap().contains("200 characters, written by the WebGPU engine"));
        assert_eq!(page.value("document.querySelector('#notice').hidden").unwrap(), true);
        let option = page.value("document.querySelector('#model').selectedOptions[0].textContent").unwrap();
        assert_eq!(option, "notebook (yours)");
        let text = page.text("#script").unwrap();
        assert!(text.chars().all(|c| "\n abdehlorw".contains(c)), "{text}");
        compare(&session, &server, &chosen(&page), "notebook.keras");
    }

    #[test]
    fn files_are_chosen_in_the_dialog_and_kept_until_they_are_removed() {
        let (server, session) = (serve().unwrap(), Session::start(Webgpu::Software).unwrap());
        let page = open_written(&session, &server, "?engine=cpu&length=100").unwrap();
        page.wait(TOOLS).unwrap();
        for (file, title) in
            [("whole.h5", "<b>My model</b>"), ("embedding.safetensors", ""), ("embedding.weights.h5", "")]
        {
            page.click("#own").unwrap();
            page.choose_file("#own-model", &fixture(file)).unwrap();
            page.choose_file("#own-vocabulary", &fixture("vocabulary.json")).unwrap();
            page.fill("#own-title", title).unwrap();
            let before = chosen(&page);
            page.click("#own-add").unwrap();
            page.wait(&format!("document.querySelector('#model').value != {before:?}")).unwrap();
            page.wait(CLOSED).unwrap();
            page.wait(WRITTEN).unwrap();
            compare(&session, &server, &chosen(&page), file);
        }
        // A name is never more than text.
        let titles = "[...document.querySelectorAll('#model option')].map(o => o.textContent).slice(3)";
        let titles: Vec<String> = serde_json::from_value(page.value(titles).unwrap()).unwrap();
        assert_eq!(titles, ["<b>My model</b> (yours)", "embedding (yours)", "embedding (yours)"]);
        let own = chosen(&page);
        let written = page.text("#script").unwrap();

        // Another visit has them still, and a link with the model's name writes the same again.
        let page = open_written(&session, &server, &format!("?model={own}&engine=cpu&length=100")).unwrap();
        assert_eq!(page.text("#script").unwrap(), written);
        assert_eq!(page.value("document.querySelectorAll('#model option').length").unwrap(), 6);
        // Removed here, it is not to be had in a tab that still lists it.
        let other = open_written(&session, &server, "?engine=cpu&length=100").unwrap();
        other.wait("document.querySelectorAll('#model option').length == 6").unwrap();
        page.bring_to_front().unwrap();
        page.click("#forget").unwrap();
        page.wait("document.querySelectorAll('#model option').length == 5").unwrap();
        page.wait(WRITTEN).unwrap();
        assert_eq!(chosen(&page), "shakespeare");
        assert_eq!(page.value("document.querySelector('#forget').hidden").unwrap(), true);
        other.bring_to_front().unwrap();
        other.choose("#model", &own).unwrap();
        other.wait("document.querySelector('#notice').textContent.includes('bring its file again')").unwrap();
        let page = open_written(&session, &server, &format!("?model={own}&engine=cpu&length=100")).unwrap();
        assert!(page.text("#notice").unwrap().contains(&format!("model “{own}” cannot be used")));
    }

    #[test]
    fn a_weights_file_of_ours_needs_no_vocabulary() {
        let (server, session) = (serve().unwrap(), Session::start(Webgpu::Missing).unwrap());
        let page = open_written(&session, &server, "?length=100").unwrap();
        page.wait(TOOLS).unwrap();
        page.drop_files(&[&root().join("weights/notebook.safetensors")]).unwrap();
        page.wait("document.querySelector('#own-dialog').open").unwrap();
        page.click("#own-add").unwrap();
        page.wait("document.querySelector('#model').value.startsWith('own-')").unwrap();
        page.wait(CLOSED).unwrap();
        page.fill("#prompt", "SISKO: ").unwrap();
        page.fill("#length", "250").unwrap();
        page.click("#generate").unwrap();
        page.wait("document.querySelector('#status').textContent.startsWith('250 ')").unwrap();
        let weights = weights("notebook").unwrap();
        assert_eq!(page.text("#script").unwrap(), script(&weights, "SISKO: ", 0.6, 250, 1).unwrap());
    }

    #[test]
    fn what_cannot_be_used_is_a_sentence_in_the_dialog() {
        let (server, session) = (serve().unwrap(), Session::start(Webgpu::Missing).unwrap());
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, content: &[u8]| {
            let path = folder.path().join(name);
            fs::write(&path, content).unwrap();
            path
        };
        let keras = fs::read(fixture("notebook.keras")).unwrap();
        let page = open_written(&session, &server, "?length=100").unwrap();
        page.wait(TOOLS).unwrap();
        let written = page.text("#script").unwrap();
        let vocabulary = fixture("vocabulary.json");
        let short = file("short.txt", b"ab");
        for (model, vocabulary, parts) in [
            (file("page.keras", b"<!doctype html>"), &vocabulary, ["page.keras: ", "can be imported"]),
            (file("cut.keras", &keras[..keras.len() / 2]), &vocabulary, ["cut.keras: ", "again"]),
            (fixture("notebook.keras"), &short, ["notebook.keras: ", "but the vocabulary has 2"]),
            (
                fixture("notebook.keras"),
                &file("words.json", br#"["the", "a"]"#),
                ["words.json: ", "not one character"],
            ),
        ] {
            page.drop_files(&[&model, vocabulary]).unwrap();
            says(&page, parts[0]);
            says(&page, parts[1]);
            page.wait("!document.querySelector('#own-add').disabled").unwrap();
        }
        page.click("#own-close").unwrap();
        page.wait(CLOSED).unwrap();
        page.drop_files(&[&fixture("whole.h5")]).unwrap();
        page.value("document.querySelector('#own-vocabulary').value = ''").unwrap();
        page.click("#own-add").unwrap();
        says(&page, "does not say which; give the vocabulary");
        // The page is as it was.
        assert_eq!(page.text("#script").unwrap(), written);
        assert_eq!(chosen(&page), "shakespeare");
    }

    #[test]
    fn where_nothing_can_be_kept_it_can_be_used_all_the_same() {
        let (server, session) = (serve().unwrap(), Session::start(Webgpu::Missing).unwrap());
        for (url, before) in [
            (
                server.url("?length=100"),
                "Cache.prototype.put = async () => { throw new DOMException('no room is left', 'QuotaExceededError'); };",
            ),
            (format!("http://insecure.test:{}/?length=100", server.port()), ""),
        ] {
            let page = session.open(&url, before).unwrap();
            page.wait(WRITTEN).unwrap();
            page.wait(TOOLS).unwrap();
            page.drop_files(&[&fixture("notebook.keras"), &fixture("vocabulary.json")]).unwrap();
            page.wait("document.querySelector('#notice').textContent.includes('until this page is closed')")
                .unwrap();
            page.wait("document.querySelector('#model').value.startsWith('own-')").unwrap();
            page.wait(WRITTEN).unwrap();
            let text = page.text("#script").unwrap();
            assert!(!text.is_empty() && text.chars().all(|c| "\n abdehlorw".contains(c)), "{text}");
        }
    }
}
