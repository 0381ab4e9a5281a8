//! The browser's storage: caches, which pages that are not secure do not have, and of which every use may fail or keep
//! silent.

use js_sys::{Array, Function, Promise};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Cache, Url};

use crate::dom::{Result, property, text_of, window};

/// Milliseconds after which storage that says nothing is taken for broken.
const PATIENCE_MILLISECONDS: i32 = 5_000;

/// The cache of a name.
///
/// # Errors
/// The browser's reason, if it keeps nothing.
pub async fn open(name: &str) -> Result<Cache> {
    let window = window()?;
    // Missing on pages that are not secure, though the binding does not know that.
    if property(&window, "caches").is_falsy() {
        return Err("it keeps nothing for pages that are not secure".to_owned());
    }
    let caches = window.caches().map_err(|error| text_of(&error))?;
    answered(caches.open(name)).await?.dyn_into().map_err(|_| "it has no storage".to_owned())
}

/// The folder that the page is in: sites of one origin have one storage.
///
/// # Errors
/// Outside of a browser's page.
pub fn site() -> Result<Url> {
    let page = window()?.location().href().map_err(|error| text_of(&error))?;
    Url::new_with_base("./", &page).map_err(|error| text_of(&error))
}

/// Asks the browser not to clear what the site keeps when room gets scarce. It may say no, or ask the visitor.
pub fn ask_to_persist() {
    let Ok(window) = window() else { return };
    let storage = property(&window.navigator(), "storage");
    if let Ok(persist) = property(&storage, "persist").dyn_into::<Function>() {
        // What it answers changes nothing here.
        let answer = persist.call0(&storage).and_then(JsValue::dyn_into::<Promise>);
        if let Ok(answer) = answer {
            wasm_bindgen_futures::spawn_local(async move { drop(JsFuture::from(answer).await) });
        }
    }
}

/// What storage answers to a short question.
///
/// # Errors
/// The browser's reason, or that it says nothing.
pub async fn answered(promise: Promise) -> Result<JsValue> {
    let silence = Promise::new(&mut |_, reject| {
        let why = JsValue::from_str("it does not answer");
        let timer = web_sys::window().map(|window| {
            window.set_timeout_with_callback_and_timeout_and_arguments_1(&reject, PATIENCE_MILLISECONDS, &why)
        });
        // Without a clock it is waited for.
        drop(timer);
    });
    settled(Promise::race(&Array::of2(&promise, &silence))).await
}

/// What a promise comes to.
///
/// # Errors
/// The browser's reason, if it is rejected.
pub async fn settled(promise: Promise) -> Result<JsValue> {
    JsFuture::from(promise).await.map_err(|error| text_of(&error))
}
