//! Taking a script along: copying, downloading, sharing.

use js_sys::{Array, Function, Promise};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web::{
    dom::{Result, append, body, create, document, notice, on_click, property, set, set_text, value, window},
    own,
    words::{word, words},
};
use web_sys::{Blob, BlobPropertyBag, HtmlElement};

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
    on_click("save-text", || with_script(|text| download("script.txt", &text)))?;
    on_click("save-fountain", || {
        with_script(|text| download("script.fountain", &model::fountain(&text, "Scriptorium")));
    })
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

/// Saves a text as a file, as a link with `download` does.
fn download(name: &str, text: &str) {
    if let Err(message) = try_download(name, text) {
        notice(&message);
    }
}

fn try_download(name: &str, text: &str) -> Result<()> {
    let refused = |_| word("not-saved");
    let options = BlobPropertyBag::new();
    options.set_type("text/plain;charset=utf-8");
    let parts = Array::of1(&JsValue::from_str(text));
    let blob = Blob::new_with_str_sequence_and_options(&parts, &options).map_err(refused)?;
    let url = web_sys::Url::create_object_url_with_blob(&blob).map_err(refused)?;
    let link: HtmlElement = create("a", "", "")?;
    set(&link, "href", &url);
    set(&link, "download", name);
    link.click();
    web_sys::Url::revoke_object_url(&url).map_err(refused)
}
