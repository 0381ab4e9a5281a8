//! Taking a script along: copying, downloading, sharing.

use js_sys::{Function, Promise, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web::{
    dom::{Result, append, body, create, document, notice, on_click, property, set, set_text, value, window},
    names::WEIGHTS,
    own,
    words::{word, words},
};

use crate::book::script;

/// Connects the buttons.
pub(crate) fn listen() -> Result<()> {
    on_click("copy", || with_script(|text| copy(text, "copied")))?;
    on_click("share", || {
        with_script(|_| {
            // The address has all settings of the script that is there.
            copy(
                window()
                    .and_then(|window| window.location().href().map_err(|_| String::new()))
                    .unwrap_or_default(),
                // Elsewhere nobody has a model that the visitor brought.
                match value("model") {
                    Ok(model) if own::is_own(&model) => "copied-own-link",
                    _ => "copied-link",
                },
            );
        });
    })?;
    on_click("own-save", || {
        if let Err(message) = save_model() {
            notice(&message);
        }
    })?;
    on_click("save-text", || with_script(|text| download("script.txt", &text)))?;
    on_click("save-fountain", || {
        with_script(|text| download("script.fountain", &model::fountain(&text, "Scriptorium")));
    })
}

/// Saves the weights file of the model in use.
fn save_model() -> Result<()> {
    let weights = property(&*window()?, WEIGHTS).dyn_into();
    let weights: Uint8Array = weights.map_err(|_| word("model-still-loading"))?;
    web::download::download("model.safetensors", &weights, "application/octet-stream")
}

fn with_script(act: impl FnOnce(String)) {
    let text = script();
    if text.is_empty() { notice(&word("nothing-there")) } else { act(text) }
}

/// Puts a text into the clipboard and says so with the word `done`; if the browser refuses, shows the text.
pub(crate) fn copy(text: String, done: &'static str) {
    spawn_local(async move {
        if write_to_clipboard(&text).await || copy_by_command(&text).unwrap_or(false) {
            set_text("status", &word(done));
        } else {
            notice(&words("not-copied", &[("text", &text)]));
        }
    });
}

async fn write_to_clipboard(text: &str) -> bool {
    // Missing on pages that are not secure, though the binding does not know that.
    let clipboard = window().map(|window| property(&window.navigator(), "clipboard")).unwrap_or_default();
    let Ok(write) = property(&clipboard, "writeText").dyn_into::<Function>() else { return false };
    let Ok(promise) = write.call1(&clipboard, &JsValue::from_str(text)) else { return false };
    match promise.dyn_into::<Promise>() {
        Ok(promise) => JsFuture::from(promise).await.is_ok(),
        Err(_) => false,
    }
}

/// The older way, which works on pages that are not secure.
fn copy_by_command(text: &str) -> Result<bool> {
    let field = create("textarea", "", "")?;
    set(&field, "class", "unseen");
    web::dom::set_property(&field, "value", &JsValue::from_str(text));
    append(&*body()?, &field);
    let call = |object: &JsValue, name: &str, argument: &JsValue| {
        let function = property(object, name).dyn_into::<Function>().ok()?;
        function.call1(object, argument).ok()
    };
    call(&field, "select", &JsValue::UNDEFINED);
    let document = document()?;
    let copied = call(&document, "execCommand", &JsValue::from_str("copy"));
    field.remove();
    Ok(copied.is_some_and(|copied| copied.is_truthy()))
}

/// Saves a text as a file.
fn download(name: &str, text: &str) {
    let text = Uint8Array::from(text.as_bytes());
    if let Err(message) = web::download::download(name, &text, "text/plain;charset=utf-8") {
        notice(&message);
    }
}
