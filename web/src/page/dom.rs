//! The document: finding elements, listening, and the few things done to them.

use wasm_bindgen::{JsCast, JsValue, prelude::*};
use web_sys::{Document, Element, Event, EventTarget, HtmlElement, Window};

/// Why something in the browser did not work, as a sentence.
pub(crate) type Result<T> = std::result::Result<T, String>;

pub(crate) fn window() -> Result<Window> {
    web_sys::window().ok_or_else(|| "There is no window; open the page in a browser.".to_owned())
}

pub(crate) fn document() -> Result<Document> {
    window()?.document().ok_or_else(|| "The window has no document.".to_owned())
}

/// The element with an id, as what it is.
pub(crate) fn by_id<T: JsCast>(id: &str) -> Result<T> {
    document()?
        .get_element_by_id(id)
        .and_then(|element| element.dyn_into().ok())
        .ok_or_else(|| format!("The page lacks its element #{id}; reload it."))
}

/// Calls `handler` on every such event, for as long as the page lives.
pub(crate) fn on(target: &EventTarget, event: &str, handler: impl FnMut(Event) + 'static) {
    let closure = Closure::<dyn FnMut(Event)>::new(handler);
    // Only a callback that is no function could fail here.
    let _ = target.add_event_listener_with_callback(event, closure.as_ref().unchecked_ref());
    closure.forget();
}

/// Whether this document is the one for measuring.
pub(crate) fn is_bench_page() -> bool {
    document().ok().and_then(|document| document.body()).is_some_and(|body| body.has_attribute("data-bench"))
}

/// Shows a problem; an empty text takes it away.
pub(crate) fn notice(message: &str) {
    match by_id::<HtmlElement>("notice") {
        Ok(element) => {
            element.set_text_content(Some(message));
            element.set_hidden(message.is_empty());
        }
        // The measuring page has no place for it; its driver reads this instead.
        Err(_) if !message.is_empty() => set_global("peerError", &JsValue::from_str(message)),
        Err(_) => {}
    }
}

/// Sets a property of the window.
pub(crate) fn set_global(name: &str, value: &JsValue) {
    // Fails only on a frozen window.
    let _ = js_sys::Reflect::set(&js_sys::global(), &JsValue::from_str(name), value);
}

/// Puts or takes away a class.
pub(crate) fn set_class(element: &Element, class: &str, present: bool) {
    // Fails only on an empty name or one with a space.
    let _ = element.class_list().toggle_with_force(class, present);
}

/// Milliseconds since the navigation began.
pub(crate) fn now() -> f64 {
    window()
        .ok()
        .and_then(|window| window.performance())
        .map_or_else(js_sys::Date::now, |performance| performance.now())
}

/// An error of the browser as text.
pub(crate) fn text_of(error: &JsValue) -> String {
    error
        .dyn_ref::<js_sys::Error>()
        .map(|error| String::from(error.message()))
        .or_else(|| error.as_string())
        .unwrap_or_else(|| format!("{error:?}"))
}
