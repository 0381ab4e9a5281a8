//! Workers that this one starts.

use js_sys::{Array, Function, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use web::dom::{property, set_property};
use web_sys::Worker;

/// Starts a worker with the script that this one began with, of the same version: it runs the program of that name.
///
/// # Errors
/// The browser's reason.
pub(crate) fn spawn(name: &str) -> Result<Worker, JsValue> {
    let options = Object::new();
    set_property(&options, "type", &"module".into());
    set_property(&options, "name", &name.into());
    let constructor: Function = property(&js_sys::global(), "Worker").dyn_into()?;
    let script = property(&property(&js_sys::global(), "location"), "href");
    Reflect::construct(&constructor, &Array::of2(&script, &options)).and_then(JsValue::dyn_into)
}
