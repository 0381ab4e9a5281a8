//! A model of the visitor's own: a file from Keras or PyTorch and a vocabulary, dropped on the page or chosen in a dialog.
//! A worker makes a weights file of them; the page then uses it like any other.

use std::{cell::RefCell, rc::Rc};

use js_sys::{Array, Object, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web::{
    dom::{
        Result, by_id, document, element, on, on_click, property, set_class, set_global, set_property,
        set_text, set_value, tell, text_of, value,
    },
    own::{BROUGHT, OwnModel},
    words::{word, words},
    worker,
};
use web_sys::{
    DataTransfer, DragEvent, ErrorEvent, Event, File, HtmlDialogElement, HtmlInputElement, MessageEvent,
    Worker,
};

/// Largest file that is read: more than the largest model that can be used.
const MOST_BYTES: f64 = 1.5e9;
/// Endings of files that hold models; others hold vocabularies.
const MODEL_ENDINGS: [&str; 6] = [".keras", ".weights.h5", ".h5", ".hdf5", ".safetensors", ".bpk"];

/// The worker at work, if one is.
type AtWork = Rc<RefCell<Option<Worker>>>;

/// Connects the dialog, and the page as a place to drop files on.
pub(crate) fn listen() -> Result<()> {
    let at_work = AtWork::default();
    on_click("own", || open(true))?;
    let stopped = at_work.clone();
    on(&*element("own-dialog")?, "close", move |_| {
        if let Some(worker) = stopped.borrow_mut().take() {
            worker.terminate();
        }
        busy(false);
    });
    on_click("own-close", || open(false))?;
    let this = at_work.clone();
    on_click("own-add", move || bring(&this))?;
    let page = document()?;
    on(&page, "dragover", |event| {
        if carries_files(&event) {
            event.prevent_default();
        }
    });
    on(&page, "drop", move |event| {
        if carries_files(&event) {
            event.prevent_default();
            if let Err(message) = take(&event, &at_work) {
                say(&message);
            }
        }
    });
    Ok(())
}

fn open(wanted: bool) {
    let Ok(dialog) = by_id::<HtmlDialogElement>("own-dialog") else { return };
    match wanted {
        // Fails only where it is open already.
        true => drop(dialog.show_modal()),
        false => dialog.close(),
    }
}

fn carries_files(event: &Event) -> bool {
    let carried = event.dyn_ref::<DragEvent>().and_then(DragEvent::data_transfer);
    carried.is_some_and(|carried| carried.types().includes(&JsValue::from_str("Files"), 0))
}

/// Puts dropped files into the dialog's fields, and begins when there is all that is needed.
fn take(event: &Event, at_work: &AtWork) -> Result<()> {
    let dropped = event.dyn_ref::<DragEvent>().and_then(DragEvent::data_transfer);
    let files = dropped.and_then(|dropped| dropped.files()).ok_or_else(|| word("own-nothing"))?;
    open(true);
    say("");
    for file in (0..files.length()).filter_map(|at| files.get(at)) {
        let name = file.name().to_ascii_lowercase();
        let is_model = MODEL_ENDINGS.iter().any(|ending| name.ends_with(ending));
        let field: HtmlInputElement = by_id(if is_model { "own-model" } else { "own-vocabulary" })?;
        if let Ok(one) = DataTransfer::new() {
            let items = property(&one, "items");
            if let Ok(add) = property(&items, "add").dyn_into::<js_sys::Function>() {
                // Fails only for what is no file.
                let _ = add.call1(&items, &file);
            }
            field.set_files(one.files().as_ref());
        }
    }
    if chosen("own-model").is_some() && chosen("own-vocabulary").is_some() {
        bring(at_work);
    }
    Ok(())
}

fn chosen(field: &str) -> Option<File> {
    by_id::<HtmlInputElement>(field).ok()?.files()?.get(0)
}

/// Says how it goes, in the dialog.
fn say(message: &str) {
    set_text("own-words", message);
}

fn busy(is_busy: bool) {
    if let Ok(button) = element("own-add") {
        set_property(&button, "disabled", &JsValue::from_bool(is_busy));
        set_class(&button, "busy", is_busy);
    }
}

fn bring(at_work: &AtWork) {
    let at_work = at_work.clone();
    // Files may be dropped while others are being read.
    if element("own-add").is_ok_and(|button| property(&button, "disabled").is_truthy()) {
        return;
    }
    busy(true);
    spawn_local(async move {
        if let Err(message) = try_bring(&at_work).await {
            busy(false);
            say(&message);
        }
    });
}

async fn try_bring(at_work: &AtWork) -> Result<()> {
    let model = chosen("own-model").ok_or_else(|| word("own-no-model"))?;
    say(&words("own-reading", &[("file", &model.name())]));
    let message = Array::of2(&model.name().into(), &read(&model).await?.into());
    if let Some(vocabulary) = chosen("own-vocabulary") {
        message.push(&vocabulary.name().into());
        message.push(&read(&vocabulary).await?.into());
    }
    // Closed meanwhile: nobody waits for it.
    if !by_id::<HtmlDialogElement>("own-dialog")?.open() {
        return Ok(());
    }
    let title = title_of(&model.name());
    *at_work.borrow_mut() = Some(start_worker(at_work, title, message)?);
    Ok(())
}

/// What the visitor calls the model; else its file's name.
fn title_of(file: &str) -> String {
    let given = value("own-title").unwrap_or_default();
    let given: String = given.trim().chars().take(80).collect();
    let stem = MODEL_ENDINGS.iter().find_map(|ending| file.strip_suffix(ending)).unwrap_or(file);
    if given.is_empty() { stem.chars().take(80).collect() } else { given }
}

async fn read(file: &File) -> Result<Uint8Array> {
    if file.size() > MOST_BYTES {
        return Err(words("own-large", &[("file", &file.name())]));
    }
    let bytes = JsFuture::from(file.array_buffer()).await;
    let unread = |error| words("own-unread", &[("file", &file.name()), ("error", &text_of(&error))]);
    bytes.map(|bytes| Uint8Array::new(&bytes)).map_err(unread)
}

/// Starts the program that reads such files, in a worker, so that the page lives on, whatever the file does to it.
fn start_worker(at_work: &AtWork, title: String, files: Array) -> Result<Worker> {
    let options = Object::new();
    set_property(&options, "type", &"module".into());
    set_property(&options, "name", &"exchange".into());
    let worker = worker::start("./start.js", &options)?;
    let (over, to) = (at_work.clone(), worker.clone());
    on(&worker, "message", move |event| {
        let answer = event.unchecked_ref::<MessageEvent>().data();
        if answer.is_null() {
            // It is ready. Fails only where it is gone, which it says by itself.
            return drop(to.post_message(&files));
        }
        finish(&over);
        match property(&answer, "weights").dyn_into::<Uint8Array>() {
            Ok(weights) => {
                let id = ["own-", &property(&answer, "hash").as_string().unwrap_or_default()].concat();
                let model = OwnModel { id, title: title.clone() };
                spawn_local(async move { hand_over(model, weights).await });
            }
            Err(_) => say(&property(&answer, "error").as_string().unwrap_or_else(|| word("engine-unknown"))),
        }
    });
    let over = at_work.clone();
    on(&worker, "error", move |event| {
        finish(&over);
        let error = event.dyn_ref::<ErrorEvent>().map(ErrorEvent::message).unwrap_or_default();
        say(&words("own-broke", &[("error", &error)]));
    });
    Ok(worker)
}

fn finish(at_work: &AtWork) {
    if let Some(worker) = at_work.borrow_mut().take() {
        worker.terminate();
    }
    busy(false);
}

/// Keeps a model, if the browser does, and gives it to the page.
async fn hand_over(model: OwnModel, weights: Uint8Array) {
    let kept = model.keep(&weights).await;
    let brought = Object::new();
    set_property(&brought, "id", &model.id.as_str().into());
    set_property(&brought, "title", &model.title.as_str().into());
    set_property(&brought, "file", &weights);
    if let Err(error) = kept {
        set_property(
            &brought,
            "problem",
            &words("own-not-kept", &[("model", &model.title), ("error", &error)]).into(),
        );
    }
    set_global("scriptoriumBrought", &brought);
    tell(BROUGHT);
    open(false);
    say("");
    for field in ["own-model", "own-vocabulary", "own-title"] {
        // The fields are there: they have just been read.
        let _ = set_value(field, "");
    }
}
