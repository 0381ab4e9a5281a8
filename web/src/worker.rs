//! Starting a program in a worker.

use js_sys::{Array, Function, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Worker;

use crate::{
    dom::{Result, property, text_of},
    words::words,
};

/// Starts a program of the page in a worker, with the options that `Worker` takes.
///
/// # Errors
/// Where the browser has no workers, or refuses this one.
pub fn start(program: &str, options: &Object) -> Result<Worker> {
    let refused = |error: JsValue| words("no-worker", &[("error", &text_of(&error))]);
    let constructor: Function = property(&js_sys::global(), "Worker").dyn_into().map_err(refused)?;
    Reflect::construct(&constructor, &Array::of2(&program.into(), options))
        .and_then(JsValue::dyn_into)
        .map_err(refused)
}
