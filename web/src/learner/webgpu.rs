//! Whether there is WebGPU.

use js_sys::{Function, Promise};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web::dom::property;

/// The graphics adapter that this browser has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Adapter {
    /// A graphics processor's.
    Hardware,
    /// The processor's, in software: it has nothing that the CPU does not have.
    Software,
    /// None.
    Missing,
}

/// Asks the browser for it.
pub(crate) async fn adapter() -> Adapter {
    match request().await {
        Some(adapter) => {
            let is_software = |object: &JsValue| property(object, "isFallbackAdapter").is_truthy();
            match is_software(&adapter) || is_software(&property(&adapter, "info")) {
                true => Adapter::Software,
                false => Adapter::Hardware,
            }
        }
        None => Adapter::Missing,
    }
}

async fn request() -> Option<JsValue> {
    let gpu = property(&property(&js_sys::global(), "navigator"), "gpu");
    let request: Function = property(&gpu, "requestAdapter").dyn_into().ok()?;
    let promise: Promise = request.call0(&gpu).ok()?.dyn_into().ok()?;
    JsFuture::from(promise).await.ok().filter(JsValue::is_truthy)
}
