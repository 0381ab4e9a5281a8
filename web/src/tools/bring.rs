//! A model of the visitor's own: a file from Keras or PyTorch, or several, and a vocabulary, dropped on the page or chosen in
//! a dialog.
//! A worker makes a weights file of them; the page then uses it like any other.

use std::{cell::RefCell, rc::Rc};

use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web::{
    dom::{
        Result, by_id, document, element, on, on_click, property, set_class, set_property, set_text,
        set_value, text_of, value,
    },
    messages::{self, Files, FromImporter, Importer},
    own::{Brought, OwnModel},
    task,
    words::{word, words},
    worker::{Fault, Remote},
};
use web_sys::{DataTransfer, DragEvent, Event, File, HtmlDialogElement, HtmlInputElement};

/// Largest file that is read: more than the largest model that can be used.
const MAX_BYTES: f64 = 1.5e9;
/// Endings of files that hold models, and of those that hold parts of one; others hold vocabularies.
const MODEL_ENDINGS: [&str; 13] = [
    ".keras",
    ".weights.h5",
    ".h5",
    ".hdf5",
    ".safetensors",
    ".bpk",
    ".zip",
    ".pb",
    ".index",
    ".bin",
    "model.json",
    "config.json",
    "metadata.json",
];

/// The worker at work, if one is.
type AtWork = Rc<RefCell<Option<Remote<Importer>>>>;

/// Connects the dialog, and the page as a place to drop files on.
pub(crate) fn listen() -> Result<()> {
    let at_work = AtWork::default();
    on_click("own", || open(true))?;
    let stopped = at_work.clone();
    on(&*element("own-dialog")?, "close", move |_| finish(&stopped));
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
        // Fails only if it is open already.
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
    for (field, is_for_models) in [("own-model", true), ("own-vocabulary", false)] {
        let Ok(all) = DataTransfer::new() else { break };
        let items = property(&all, "items");
        let Ok(add) = property(&items, "add").dyn_into::<js_sys::Function>() else { break };
        let mut is_empty = true;
        for file in (0..files.length()).filter_map(|at| files.get(at)) {
            if is_of_model(&file) == is_for_models {
                // Fails only for what is no file.
                let _ = add.call1(&items, &file);
                is_empty = false;
            }
        }
        if !is_empty {
            by_id::<HtmlInputElement>(field)?.set_files(all.files().as_ref());
        }
    }
    if !chosen("own-model").is_empty() && !chosen("own-vocabulary").is_empty() {
        bring(at_work);
    }
    Ok(())
}

/// Whether a file holds a model or a part of one, by its name.
fn is_of_model(file: &File) -> bool {
    let name = file.name().to_ascii_lowercase();
    name.contains(".data-") || MODEL_ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// The files of a field.
fn chosen(field: &str) -> Vec<File> {
    let files = by_id::<HtmlInputElement>(field).ok().and_then(|field| field.files());
    files.map_or(Vec::new(), |files| (0..files.length()).filter_map(|at| files.get(at)).collect())
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
    task::spawn(async move { try_bring(&at_work).await }, |message| {
        busy(false);
        say(message);
    });
}

async fn try_bring(at_work: &AtWork) -> Result<()> {
    let mut files = chosen("own-model");
    if files.is_empty() {
        files = chosen("own-folder");
        files.retain(is_of_model);
    }
    let first = files.first().ok_or_else(|| word("own-no-model"))?;
    // Of a folder, the folder's.
    let path = property(first, "webkitRelativePath").as_string().unwrap_or_default();
    let name = path.split_once('/').map_or_else(|| first.name(), |(folder, _)| folder.to_owned());
    say(&words("own-reading", &[("file", &name)]));
    let vocabulary = match chosen("own-vocabulary").first() {
        Some(vocabulary) => Some(read(vocabulary).await?),
        None => None,
    };
    let title = title_of(&name);
    let mut model = Vec::new();
    for file in &files {
        model.push(read(file).await?);
    }
    let files = Files { model, vocabulary };
    // Closed meanwhile: nobody waits for it.
    if !by_id::<HtmlDialogElement>("own-dialog")?.open() {
        return Ok(());
    }
    *at_work.borrow_mut() = Some(start_worker(at_work, title, files)?);
    Ok(())
}

/// What the visitor calls the model; else its file's name.
fn title_of(file: &str) -> String {
    let given = value("own-title").unwrap_or_default();
    let title = match given.trim() {
        "" => {
            let stem = MODEL_ENDINGS.iter().find_map(|ending| file.strip_suffix(ending)).unwrap_or_default();
            if stem.is_empty() { file } else { stem }
        }
        given => given,
    };
    title.chars().take(80).collect()
}

async fn read(file: &File) -> Result<messages::File> {
    let name = file.name();
    if file.size() > MAX_BYTES {
        return Err(words("own-large", &[("file", &name)]));
    }
    match JsFuture::from(file.array_buffer()).await {
        Ok(bytes) => Ok(messages::File { name, bytes: Uint8Array::new(&bytes) }),
        Err(error) => Err(words("own-unread", &[("file", &name), ("error", &text_of(&error))])),
    }
}

/// Starts the program that reads such files, in a worker, so that the page lives on, whatever the file does to it.
fn start_worker(at_work: &AtWork, title: String, files: Files) -> Result<Remote<Importer>> {
    let at_work = at_work.clone();
    Remote::start(move |remote: &Remote<Importer>, message| {
        let broke = |reason: &str| words("own-broke", &[("error", reason)]);
        let said = match message {
            Ok(FromImporter::Started) => match remote.send(&files) {
                Ok(()) => return,
                Err(error) => broke(&error),
            },
            Ok(FromImporter::Read { weights, hash, notes }) => {
                let OwnModel { id, title } = OwnModel::new(&hash, title.clone());
                finish(&at_work);
                return hand_over(&Brought { id, title, file: weights, in_use: true }, &notes);
            }
            Ok(FromImporter::Failed { message }) => message,
            Err(Fault::Unknown) => word("engine-unknown"),
            Err(Fault::Broken(reason)) => broke(&reason),
        };
        finish(&at_work);
        say(&said);
    })
}

/// Ends the worker, if one is at work.
fn finish(at_work: &AtWork) {
    if let Some(remote) = at_work.borrow_mut().take() {
        remote.end();
    }
    busy(false);
}

/// Gives a model to the page. What is to be said of it stays to be read.
fn hand_over(model: &Brought, notes: &str) {
    model.hand_over();
    open(!notes.is_empty());
    say(&if notes.is_empty() { String::new() } else { words("own-notes", &[("notes", notes)]) });
    for field in ["own-model", "own-folder", "own-vocabulary", "own-title"] {
        // The fields are there: they have just been read.
        let _ = set_value(field, "");
    }
}
