//! Whether this browser can run the engine, and if not, why.

use js_sys::{Function, Promise};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use web::{
    dom::{Result, property, window},
    words::word,
};

fn get(object: &JsValue, name: &str) -> Option<JsValue> {
    Some(property(object, name)).filter(|value| !value.is_undefined() && !value.is_null())
}

/// The graphics adapter's name, or why there is none and what helps.
pub(crate) async fn adapter() -> Result<String> {
    let window = window()?;
    // An insecure origin hides WebGPU, so it must be asked about first.
    if !window.is_secure_context() {
        return Err(word("insecure"));
    }
    let navigator = get(&window, "navigator").unwrap_or_default();
    let Some(gpu) = get(&navigator, "gpu") else {
        return Err(word("no-webgpu"));
    };
    let no_adapter = || word("no-adapter");
    let request: Function =
        get(&gpu, "requestAdapter").and_then(|f| f.dyn_into().ok()).ok_or_else(no_adapter)?;
    let promise: Promise =
        request.call0(&gpu).ok().and_then(|promise| promise.dyn_into().ok()).ok_or_else(no_adapter)?;
    let adapter = JsFuture::from(promise).await.map_err(|_| no_adapter())?;
    if adapter.is_null() || adapter.is_undefined() {
        return Err(no_adapter());
    }
    let info = get(&adapter, "info").unwrap_or_default();
    let names: Vec<String> = ["description", "vendor", "architecture"]
        .iter()
        .filter_map(|name| get(&info, name)?.as_string())
        .filter(|name| !name.is_empty())
        .collect();
    Ok(names.first().cloned().unwrap_or_else(|| word("some-adapter")))
}
