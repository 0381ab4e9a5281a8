//! Training in the page, as a person does it: a text, Train, watching, stopping and going on, using what was trained.

use std::{fs, path::PathBuf};

use serde_json::{Value, json};
use tests::{
    Replaced, Result, Visit, Webgpu,
    hooks::{BREAK_LAST_WORKER, KEEP_WORKERS, TRAIN_READY, shows_view},
};

/// A small training, which is over in a moment.
const SMALL: &str = "hidden=16&batch=4&time=25&samples=1&workers=1&train-engine=cpu";

/// A play of a few thousand characters, in which something can be learnt.
fn play(scenes: usize) -> String {
    const LINES: [&str; 4] = [
        "ROMEO:\nBut soft, what light through yonder window breaks?\n\n",
        "JULIET:\nO Romeo, Romeo, wherefore art thou Romeo?\n\n",
        "NURSE:\nMadam, your mother craves a word with you.\n\n",
        "MERCUTIO:\nA plague on both your houses, they have made worms' meat of me.\n\n",
    ];
    (0..scenes * LINES.len()).map(|at| LINES[(at * 7 + at / 5) % LINES.len()]).collect()
}

/// A page with the tab open.
fn open(settings: &str) -> Result<Visit> {
    opened(Visit::with(Webgpu::Missing).open(&address(settings))?)
}

fn address(settings: &str) -> String {
    format!("?model=notebook#view=train&{SMALL}&{settings}")
}

fn opened(visit: Visit) -> Result<Visit> {
    visit.wait(TRAIN_READY)?;
    Ok(visit)
}

/// Puts a text into the field and trains.
fn train(visit: &Visit, text: &str) -> Result {
    visit.write("#train-text", text)?;
    Ok(visit.press("#train-begin")?)
}

/// The same so slowly that it can be stopped long before its end, on however fast a machine.
fn train_slowly(visit: &Visit, text: &str) -> Result {
    visit.run(
        "const pace = document.querySelector('#train-pace');
        const slow = new Option('a hundredth', '0.01');
        pace.add(slow);
        pace.value = slow.value;",
    )?;
    train(visit, text)?;
    Ok(visit.wait_for_text("#train-line", "step ")?)
}

/// Stops it, after which it rests no more.
fn stop(visit: &Visit) -> Result {
    visit.press("#train-stop")?;
    visit.wait_for_text("#train-status", "Stopped.")?;
    Ok(visit.choose("#train-pace", "1")?)
}

/// Waits until the program has ended.
fn wait_until_finished(visit: &Visit) -> Result {
    Ok(visit.wait_for_text("#train-status", "Finished.")?)
}

/// The weights that the training ended with, as the page writes with them: a hash.
fn weights(visit: &Visit) -> Result<String> {
    visit.press("#train-write")?;
    visit.wait(&shows_view("write"))?;
    visit.wait_for("#model", "value.startsWith('own-train-')")?;
    visit.wait_until_written()?;
    let hash = "crypto.subtle.digest('SHA-256', scriptoriumWeights)
        .then(hash => [...new Uint8Array(hash)].map(byte => byte.toString(16).padStart(2, '0')).join(''))";
    Ok(visit.value_as(hash)?)
}

#[test]
fn a_pasted_text_becomes_a_model_that_writes() -> Result {
    let visit = Visit::with(Webgpu::Missing).open_written("?model=notebook&length=50")?;
    visit.press("#tab-train")?;
    let visit = opened(visit)?;
    for (field, value) in
        [("hidden", "16"), ("batch", "4"), ("time", "25"), ("epochs", "2"), ("samples", "1")]
    {
        visit.run("document.querySelector('#train-more').open = true")?;
        visit.write(&format!("#train-{field}"), value)?;
    }
    let text = play(40);
    visit.write("#train-text", &text)?;
    // Its figures come without anything being pressed, and so does what it would take.
    visit.wait_for("#train-read", "hidden == false")?;
    let figures = visit.read("#train-read-words")?;
    let count = text.chars().count();
    assert!(figures.contains(&format!("{},{:03} characters", count / 1000, count % 1000)), "{figures}");
    visit.wait_for_text("#train-estimate", "An epoch has")?;
    visit.press("#train-begin")?;
    wait_until_finished(&visit)?;
    assert_eq!(visit.read_all("#train-table tr:not(.on-the-way) td:first-child")?, ["1", "2"]);
    let losses: Vec<f64> = visit
        .read_all("#train-table tr:not(.on-the-way) td:nth-child(3)")?
        .iter()
        .map(|loss| loss.parse())
        .collect::<std::result::Result<_, _>>()?;
    assert!(losses[1] < losses[0] && losses[0] < 4.0, "{losses:?}");
    let log = visit.read("#train-log")?;
    assert!(log.starts_with("Epoch 1/2\n") && log.contains(" - val_loss: "), "{log}");
    assert!(!visit.property_as::<String>("#curve-loss", "getAttribute('points')")?.is_empty());
    assert_eq!(visit.read_all("#train-sample .column h4")?.len(), 2);
    // It is in the list without being in use, and then writes.
    visit.wait_for_count("#model option[value^=own-train-]", 1)?;
    assert_eq!(visit.property("#model", "value")?, "notebook");
    weights(&visit)?;
    let script = visit.read("#script")?;
    assert!(script.chars().all(|c| text.contains(c)) && script.len() >= 50, "{script}");
    // The text is nobody's but the visitor's.
    let address: String = visit.value_as("decodeURIComponent(location.href)")?;
    assert!(!address.contains("yonder") || script.contains("yonder"), "{address}");
    Ok(())
}

#[test]
fn files_are_read_with_their_series_and_rare_characters() -> Result {
    let folder = tempfile::tempdir()?;
    let file = |name: &str, content: &str| -> Result<PathBuf> {
        let path = folder.path().join(name);
        fs::write(&path, content)?;
        Ok(path)
    };
    let visit = open("")?;
    visit.choose_file("#train-files", &file("plays.txt", &(play(10) + "Ünïcödé “quoted”\n"))?)?;
    visit.wait_for_text("#train-read-words", "plays")?;
    let distinct = visit.read("#train-read-words")?;
    visit.wait_for("#train-rare-field", "hidden == false")?;
    visit.choose("#train-rare", "fold")?;
    visit.wait(&format!("document.querySelector('#train-read-words').textContent != {distinct:?}"))?;
    visit.wait_for("#train-read", "hidden == false")?;
    assert!(visit.read("#train-read-words")? < distinct);
    // The course's JSON, with what it offers.
    let episode = format!("\n\n\n\n\n\n\n\n{}\n\n\n\n\n\n\n\nend", play(10));
    let course = json!({"TNG": {"episode 0": episode}, "DS9": {"episode 0": episode, "episode 1": episode}});
    visit.choose_file("#train-files", &file("scripts.json", &course.to_string())?)?;
    visit.wait_for("#train-choice", "hidden == false")?;
    assert_eq!(visit.read_all("#train-series option")?.len(), 2);
    // What is no text is said, as on the command line, and all is as it was.
    visit.write("#train-text", "")?;
    visit.choose_file("#train-files", &file("broken.json", "{]")?)?;
    visit.wait_for("#notice", "hidden == false")?;
    Ok(())
}

#[test]
fn a_training_goes_on_after_the_page_was_left_to_the_same_weights() -> Result {
    let visit = open("epochs=3")?;
    train(&visit, &play(150))?;
    wait_until_finished(&visit)?;
    let unbroken = weights(&visit)?;

    let visit = opened(visit.another().open(&address("epochs=3"))?)?;
    train_slowly(&visit, &play(150))?;
    stop(&visit)?;
    visit.wait_for("#train-offer", "hidden == false")?;
    visit.wait("caches.keys().then(all => all.some(name => name.startsWith('scriptorium trainings')))")?;
    visit.reopen(&address("epochs=3"))?;
    visit.run("location.reload()")?;
    visit.wait(TRAIN_READY)?;
    visit.wait_for("#train-offer", "hidden == false")?;
    visit.press("#train-resume")?;
    wait_until_finished(&visit)?;
    assert_eq!(weights(&visit)?, unbroken);
    // There is nothing left to go on with.
    visit.press("#tab-train")?;
    visit.wait_for("#train-offer", "hidden")?;
    Ok(())
}

#[test]
fn settings_are_in_the_link_and_what_cannot_be_used_is_said() -> Result {
    let visit = open("recipe=notebook&epochs=0&learning-rate=0.002&layers=2")?;
    let notice = visit.read("#notice")?;
    assert!(notice.contains("epochs “0” cannot be used (give a whole number from 1"), "{notice}");
    for (field, value) in [
        ("recipe", "notebook"),
        ("epochs", "1"),
        ("learning-rate", "0.002"),
        ("layers", "2"),
        ("split", "0.7"),
        ("hidden", "16"),
    ] {
        assert_eq!(visit.property(&format!("#train-{field}"), "value")?, value, "{field}");
    }
    // The sentence names the field, and nothing is begun; what is folded away is opened.
    visit.write("#train-hidden", "16")?;
    let fold = |is_open| visit.run(&format!("document.querySelector('#train-more').open = {is_open}"));
    fold(true)?;
    visit.write("#train-batch", "0")?;
    fold(false)?;
    train(&visit, &play(40))?;
    visit.wait_for_text("#notice", "The batch “0” cannot be used")?;
    visit.wait("document.querySelector('#train-more').open && document.activeElement.id == 'train-batch'")?;
    visit.write("#train-batch", "4")?;
    visit.write("#train-hidden", "0")?;
    train(&visit, &play(40))?;
    visit.wait_for_text("#notice", "The hidden “0” cannot be used; give a whole number from 1 to 2048.")?;
    assert_eq!(visit.property("#train-hidden", "ariaInvalid")?, "true");
    visit.write("#train-hidden", "8")?;
    visit.press("#train-begin")?;
    wait_until_finished(&visit)?;
    let link: String = visit.value_as("location.hash")?;
    for part in ["view=train", "recipe=notebook", "hidden=8", "layers=2", "learning-rate=0.002"] {
        assert!(link.contains(part), "{part}: {link}");
    }
    assert!(!link.contains("split") && !link.contains("ROMEO"), "{link}");
    Ok(())
}

#[test]
fn without_a_text_there_is_a_sentence() -> Result {
    let visit = open("")?;
    visit.press("#train-begin")?;
    visit.wait_for_text("#notice", "There is no text to learn from; paste one, or choose a file.")?;
    train(&visit, "too short")?;
    visit.wait("!document.querySelector('#notice').textContent.includes('There is no text')")?;
    visit.wait_for("#notice", "hidden == false")?;
    visit.wait_for("#train-begin", "disabled == false")?;
    Ok(())
}

#[test]
fn a_program_that_breaks_down_leaves_what_was_kept() -> Result {
    let visit = Visit::with(Webgpu::Missing).before(KEEP_WORKERS).open(&address("epochs=500"))?;
    let visit = opened(visit)?;
    train(&visit, &play(40))?;
    visit.wait_for_text("#train-line", "step ")?;
    visit.run("Object.defineProperty(document, 'hidden', {get: () => true, configurable: true}); document.dispatchEvent(new Event('visibilitychange'))")?;
    visit.wait("caches.keys().then(all => all.some(name => name.startsWith('scriptorium trainings')))")?;
    visit.run("delete document.hidden")?;
    visit.wait(KEPT)?;
    visit.run(BREAK_LAST_WORKER)?;
    visit.wait_for_text("#notice", "broke down (lost in a test)")?;
    visit.wait_for("#train-offer", "hidden == false")?;
    visit.press("#train-resume")?;
    visit.wait_for_text("#train-line", "step ")?;
    visit.press("#train-stop")?;
    visit.wait_for_text("#train-status", "Stopped.")?;
    visit.press("#train-discard")?;
    visit.wait_for("#train-offer", "hidden")?;
    Ok(())
}

/// A checkpoint is in the browser's storage.
const KEPT: &str = "(window.keptNow ??= 0, caches.keys().then(async all => {
      for (const name of all.filter(name => name.startsWith('scriptorium trainings'))) {
        window.keptNow = (await (await caches.open(name)).keys()).filter(r => r.url.includes('checkpoint')).length;
      }
    }), window.keptNow > 0)";

#[test]
fn what_the_browser_does_not_keep_is_said_once_and_the_training_goes_on() -> Result {
    let full = "Cache.prototype.put = async () => { throw new Error('it is full'); };";
    let visit = opened(Visit::with(Webgpu::Missing).before(full).open(&address("epochs=3"))?)?;
    train_slowly(&visit, &play(150))?;
    stop(&visit)?;
    visit.wait_for_text("#notice", "it is full")?;
    // It is in memory, though.
    visit.wait_for("#train-offer", "hidden == false")?;
    visit.press("#train-resume")?;
    wait_until_finished(&visit)?;
    Ok(())
}

#[test]
fn a_model_of_the_list_is_where_another_training_begins() -> Result {
    let visit = open("epochs=1")?;
    train(&visit, &play(40))?;
    wait_until_finished(&visit)?;
    visit.run("document.querySelector('#train-from').dispatchEvent(new Event('focus'))")?;
    visit.wait_for_count("#train-from option[value^='model own-train-']", 1)?;
    let own: String =
        visit.value_as("document.querySelector(\"#train-from option[value^='model own-train-']\").value")?;
    visit.choose("#train-from", &own)?;
    assert_eq!(visit.property("#train-extend-field", "hidden")?, false);
    visit.press("#train-extend")?;
    train(&visit, &(play(40) + "ZEUS: 123\n"))?;
    visit.wait_for_text("#train-status", "Training")?;
    wait_until_finished(&visit)?;
    visit.wait_for_count("#model option[value^=own-train-]", 2)?;
    Ok(())
}

#[test]
fn files_are_taken_along_and_a_checkpoint_file_goes_on() -> Result {
    // What would be downloaded, by its name.
    let watched = "window.saved = []; let file; const address = URL.createObjectURL;
        URL.createObjectURL = blob => { file = blob; return address.call(URL, blob); };
        HTMLAnchorElement.prototype.click = function () {
            file.arrayBuffer().then(b => saved.push([this.download, new Uint8Array(b)])); };";
    let visit = Visit::with(Webgpu::Missing).before(watched).open(&address("epochs=2"))?;
    let visit = opened(visit)?;
    let text = play(150);
    train_slowly(&visit, &text)?;
    stop(&visit)?;
    visit.choose("#train-format", "checkpoint")?;
    visit.press("#train-download")?;
    visit.wait("saved.length == 1 && saved[0][0].endsWith('.checkpoint')")?;
    let bytes: Vec<u8> = visit.value_as("[...saved[0][1]]")?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("mine.checkpoint");
    fs::write(&file, bytes)?;
    visit.press("#train-discard")?;
    visit.choose("#train-from", "checkpoint")?;
    visit.choose_file("#train-checkpoint", &file)?;
    visit.write("#train-text", &text)?;
    visit.press("#train-begin")?;
    wait_until_finished(&visit)?;
    visit.choose("#train-format", "safetensors")?;
    visit.press("#train-download")?;
    visit.wait("saved.length == 2 && saved[1][0].endsWith('.safetensors')")?;
    let weights: Vec<u8> = visit.value_as("[...saved[1][1]]")?;
    assert_eq!(model::Weights::from_bytes(&weights)?.hidden(), 16);
    Ok(())
}

/// A page that keeps what its frame says.
const OUTER: &str = "<!doctype html><iframe id=f width=800 height=600 src='about:blank'></iframe><script>
    window.heard = [];
    addEventListener('message', e => heard.push(e.data));
    const say = message => f.contentWindow.postMessage(message, '*');
    const all = type => heard.filter(data => data.type == type);
    </script>";

#[test]
fn a_frame_trains_if_its_address_says_so() -> Result {
    let page =
        Visit::with(Webgpu::Missing).replacing(Replaced::file("outer.html", OUTER)).open("outer.html")?;
    let message = |extra: Value| {
        let mut message = json!({"scriptorium": 1, "type": "train", "text": play(40), "hidden": 8, "batch": 4,
            "time": "25", "epochs": 2, "workers": 1});
        for (name, value) in extra.as_object().into_iter().flatten() {
            message[name] = value.clone();
        }
        message
    };
    page.run("f.src = './?embed=1&length=50&model=notebook#view=train'")?;
    page.wait("all('ready').length && all('done').length")?;
    page.run(&format!("say({})", message(json!({}))))?;
    page.wait("all('error').length")?;
    let error: String = page.value_as("all('error')[0].message")?;
    assert!(error.contains("one may not train here"), "{error}");

    page.run("heard.length = 0; f.src = './?embed=1&train=1&length=50&model=notebook'")?;
    page.wait("all('ready').length && all('done').length")?;
    page.run(&format!("say({})", message(json!({}))))?;
    page.wait("all('trained').length")?;
    assert_eq!(page.value("all('trained')[0].outcome")?, "finished");
    assert_eq!(page.value("all('epoch').map(data => data.epoch)")?, json!([1, 2]));
    assert_eq!(page.value("all('epoch').every(data => data.val_loss > 0 && data.loss > 0)")?, true);
    assert_eq!(page.value("all('step').length > 0")?, true);
    assert_eq!(page.value("all('error').length")?, 0);
    for (extra, expected) in [
        (json!({"hidden": 0}), "hidden cannot be used; give a whole number from 1 to 2048"),
        (json!({"text": ["a"]}), "text cannot be used; give a text"),
        (json!({"prompt": "a"}), "a field “prompt”"),
    ] {
        page.run("heard.length = 0")?;
        page.run(&format!("say({})", message(extra)))?;
        page.wait("all('error').length")?;
        let error: String = page.value_as("all('error')[0].message")?;
        assert!(error.contains(expected), "{error}");
    }
    page.run(&format!("heard.length = 0; say({})", message(json!({"epochs": 1000}))))?;
    page.wait("all('step').length")?;
    page.run("say({scriptorium: 1, type: 'stop'})")?;
    page.wait("all('trained').length")?;
    assert_eq!(page.value("all('trained')[0].outcome")?, "stopped");
    Ok(())
}

#[test]
fn a_setting_that_cannot_be_used_is_said_where_it_is_folded_away() -> Result {
    let visit = open("")?;
    visit.run("document.querySelector('#train-batch').value = '0'; document.querySelector('#train-more').open = false")?;
    train(&visit, &play(10))?;
    visit.wait_for_text("#notice", "batch")?;
    assert_eq!(visit.property("#train-begin", "disabled")?, false);
    Ok(())
}

#[test]
fn a_text_that_is_typed_while_another_is_read_is_trained_on() -> Result {
    let visit = open("epochs=1")?;
    visit.write("#train-text", &play(20))?;
    visit.wait_for("#train-read", "hidden == false")?;
    // The first text is read once more, and before that is done there is another one.
    let text = play(10);
    visit.run(&format!(
        "document.querySelector('#train-rare').dispatchEvent(new Event('change'));
        const field = document.querySelector('#train-text');
        field.value = {text:?};
        field.dispatchEvent(new Event('input', {{ bubbles: true }}));
        document.querySelector('#train-begin').click();"
    ))?;
    wait_until_finished(&visit)?;
    let (figures, count) = (visit.read("#train-read-words")?, text.chars().count());
    assert!(figures.contains(&format!("{},{:03} characters", count / 1000, count % 1000)), "{figures}");
    Ok(())
}
