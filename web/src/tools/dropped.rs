//! Files that were dropped, those inside folders too.

use js_sys::{Array, Function, Promise};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web::dom::property;
use web_sys::{DataTransfer, File};

/// How deep folders are followed: `variables/` in a folder in an archive's.
const MAX_DEPTH: usize = 3;
/// The most files: more than a model has.
const MAX_FILES: usize = 200;

/// What was dropped: it is there only as long as the drop is being heard.
pub(crate) struct Dropped {
    files: Vec<File>,
    /// What folders are found by.
    entries: Vec<JsValue>,
}

impl Dropped {
    /// Takes hold of it.
    pub(crate) fn new(carried: &DataTransfer) -> Self {
        let files = carried.files();
        let files = files.iter().flat_map(|files| (0..files.length()).filter_map(|at| files.get(at)));
        let items = Array::from(&property(carried, "items"));
        let entries = items.iter().map(|item| call(&item, "webkitGetAsEntry"));
        Self { files: files.collect(), entries: entries.filter(JsValue::is_object).collect() }
    }

    /// The name of a folder among it.
    pub(crate) fn folder(&self) -> Option<String> {
        let folder = self.entries.iter().find(|entry| property(entry, "isDirectory").is_truthy())?;
        property(folder, "name").as_string()
    }

    /// Its files; what cannot be read is not among them.
    pub(crate) async fn files(self) -> Vec<File> {
        if self.folder().is_none() {
            return self.files;
        }
        let mut files = Vec::new();
        let mut open: Vec<(JsValue, usize)> = self.entries.into_iter().map(|entry| (entry, 0)).collect();
        while let Some((entry, depth)) = open.pop() {
            if property(&entry, "isFile").is_truthy() {
                let file = asked(&entry, "file").await;
                files.extend(file.and_then(|file| file.dyn_into::<File>().ok()));
            } else if depth < MAX_DEPTH {
                let reader = call(&entry, "createReader");
                // Some browsers give a hundred at a time.
                while let Some(some) = asked(&reader, "readEntries").await.map(|some| Array::from(&some)) {
                    if some.length() == 0 || open.len() + files.len() > MAX_FILES {
                        break;
                    }
                    open.extend(some.iter().map(|entry| (entry, depth + 1)));
                }
            }
        }
        files
    }
}

/// Calls a method without arguments.
fn call(object: &JsValue, method: &str) -> JsValue {
    let method = property(object, method).dyn_into::<Function>();
    method.ok().and_then(|method| method.call0(object).ok()).unwrap_or_default()
}

/// What a method gives to the function that it takes; none if it calls the one for errors.
async fn asked(object: &JsValue, method: &str) -> Option<JsValue> {
    let method = property(object, method).dyn_into::<Function>().ok()?;
    let promise = Promise::new(&mut |resolve, reject| {
        // What it throws is what it does not answer.
        if method.call2(object, &resolve, &reject).is_err() {
            let _ = reject.call0(&JsValue::UNDEFINED);
        }
    });
    JsFuture::from(promise).await.ok()
}
