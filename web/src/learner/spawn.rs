//! Workers that this one starts.

use wasm_bindgen::JsValue;
use web::{dom::property, worker::construct};
use web_sys::Worker;

/// Starts a worker with the script that this one began with, of the same version: it runs the program of that name.
///
/// # Errors
/// The browser's reason.
pub(crate) fn spawn(name: &str) -> Result<Worker, JsValue> {
    construct(&property(&property(&js_sys::global(), "location"), "href"), Some(name))
}
