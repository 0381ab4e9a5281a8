//! The document: finding elements, listening, and the few things done to them.

use js_sys::Reflect;
use wasm_bindgen::{JsCast, JsValue, prelude::*};
use web_sys::{Document, Element, Event, EventTarget, HtmlElement, KeyboardEvent, Window, WorkerGlobalScope};

/// Why something in the browser did not work, as a sentence.
pub type Result<T> = std::result::Result<T, String>;

/// The window.
///
/// # Errors
/// Outside of a browser's page.
pub fn window() -> Result<Window> {
    web_sys::window().ok_or_else(|| "There is no window; open the page in a browser.".to_owned())
}

/// The document.
///
/// # Errors
/// Outside of a browser's page.
pub fn document() -> Result<Document> {
    window()?.document().ok_or_else(|| "The window has no document.".to_owned())
}

/// The element with an id, as what it is.
///
/// # Errors
/// If the page lacks it.
pub fn by_id<T: JsCast>(id: &str) -> Result<T> {
    document()?
        .get_element_by_id(id)
        .and_then(|element| element.dyn_into().ok())
        .ok_or_else(|| ["The page lacks its element #", id, "; reload it."].concat())
}

/// The element with an id, which the page has.
///
/// # Errors
/// If the page lacks it.
pub fn element(id: &str) -> Result<HtmlElement> {
    by_id(id)
}

/// Calls `handle` on every such event, for as long as the page lives.
pub fn on(target: &EventTarget, event: &str, handle: impl FnMut(Event) + 'static) {
    listen(target, event, Box::new(handle));
}

fn listen(target: &EventTarget, event: &str, handle: Box<dyn FnMut(Event)>) {
    let closure = Closure::<dyn FnMut(Event)>::new(handle);
    // Only a callback that is no function could fail here.
    let _ = target.add_event_listener_with_callback(event, closure.as_ref().unchecked_ref());
    closure.forget();
}

/// Has the other programs of the page hear, by an event of the window, that something has happened.
pub fn dispatch(what: &str) {
    if let (Ok(event), Ok(window)) = (Event::new(what), window()) {
        // Nothing cancels it.
        let _ = window.dispatch_event(&event);
    }
}

/// Calls `handle` whenever the element with an id is clicked.
///
/// # Errors
/// If the page lacks it.
pub fn on_click(id: &str, mut handle: impl FnMut() + 'static) -> Result<()> {
    on(&*element(id)?, "click", move |_| handle());
    Ok(())
}

/// All elements that a selector finds within `root`.
pub fn all(root: &Element, selector: &str) -> Vec<HtmlElement> {
    let Ok(list) = root.query_selector_all(selector) else { return Vec::new() };
    (0..list.length()).filter_map(|at| list.get(at)?.dyn_into().ok()).collect()
}

/// The document's root element.
///
/// # Errors
/// Outside of a browser's page.
pub fn root() -> Result<HtmlElement> {
    let root = document()?.document_element().and_then(|root| root.dyn_into().ok());
    root.ok_or_else(|| "The document is empty.".to_owned())
}

/// The document's body.
///
/// # Errors
/// Outside of a browser's page.
pub fn body() -> Result<HtmlElement> {
    document()?.body().ok_or_else(|| "The document is empty.".to_owned())
}

/// A new element with a class and a text: only ever as text.
///
/// # Errors
/// Outside of a browser's page.
pub fn create(tag: &str, class: &str, text: &str) -> Result<HtmlElement> {
    let made = document()?.create_element(tag).ok().and_then(|element| element.dyn_into().ok());
    let made: HtmlElement = made.ok_or("The browser makes no elements.")?;
    if !class.is_empty() {
        made.set_class_name(class);
    }
    if !text.is_empty() {
        made.set_text_content(Some(text));
    }
    Ok(made)
}

/// Puts a fresh element at the end of another.
pub fn append(parent: &Element, child: &Element) {
    // A fresh element can stand anywhere.
    let _ = parent.append_child(child);
}

/// Sets an element's text, if there is such an element.
pub fn set_text(id: &str, text: &str) {
    if let Ok(element) = element(id) {
        element.set_text_content(Some(text));
    }
}

/// Shows an element or takes it away, if there is such an element.
pub fn set_hidden(id: &str, hidden: bool) {
    if let Ok(element) = element(id) {
        element.set_hidden(hidden);
    }
}

/// Sets an attribute.
pub fn set(element: &Element, name: &str, value: &str) {
    // Fails only on a name that is no attribute's.
    let _ = element.set_attribute(name, value);
}

/// Puts or takes away a class.
pub fn set_class(element: &Element, class: &str, present: bool) {
    // Fails only on an empty name or one with a space.
    let _ = element.class_list().toggle_with_force(class, present);
}

/// The value of a field of any kind.
///
/// # Errors
/// If the page lacks it.
pub fn value(id: &str) -> Result<String> {
    Ok(property(&*element(id)?, "value").as_string().unwrap_or_default())
}

/// Sets the value of a field of any kind.
///
/// # Errors
/// If the page lacks it.
pub fn set_value(id: &str, value: &str) -> Result<()> {
    set_property(&*element(id)?, "value", &JsValue::from_str(value));
    Ok(())
}

/// A property of a JavaScript object; undefined if there is none.
pub fn property(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &JsValue::from_str(name)).unwrap_or_default()
}

/// Sets a property of a JavaScript object.
pub fn set_property(object: &JsValue, name: &str, value: &JsValue) {
    // Fails only on a frozen object.
    let _ = Reflect::set(object, &JsValue::from_str(name), value);
}

/// Sets a property of the window.
pub fn set_global(name: &str, value: &JsValue) {
    set_property(&js_sys::global(), name, value);
}

/// Shows a problem; an empty text takes it away.
pub fn notice(message: &str) {
    if let Ok(element) = element("notice") {
        element.set_text_content(Some(message));
        element.set_hidden(message.is_empty());
    }
}

/// Milliseconds since the navigation, or the worker, began.
pub fn now() -> f64 {
    let of_worker = || js_sys::global().dyn_into::<WorkerGlobalScope>().ok()?.performance();
    web_sys::window()
        .and_then(|window| window.performance())
        .or_else(of_worker)
        // A browser without that clock in workers still has this one, in full milliseconds.
        .map_or_else(js_sys::Date::now, |performance| performance.now())
}

/// An error of the browser as text.
pub fn text_of(error: &JsValue) -> String {
    let text = property(error, "message").as_string().or_else(|| error.as_string());
    text.unwrap_or_else(|| "no reason given".to_owned())
}

/// Makes a list of tabs work by mouse and keyboard (the pattern of the ARIA Authoring Practices); `choose` hears the
/// id of each tab that comes to be selected.
///
/// # Errors
/// If the page lacks the list.
pub fn tabs(list: &str, choose: impl Fn(&str) + Clone + 'static) -> Result<()> {
    let tabs = all(&*element(list)?, "[role=tab]");
    for (at, tab) in tabs.iter().enumerate() {
        let (id, choose_this) = (tab.id(), choose.clone());
        on(tab, "click", move |_| {
            select_tab(&id);
            choose_this(&id);
        });
        let others = tabs.clone();
        on(tab, "keydown", move |event| {
            let key = event.dyn_ref::<KeyboardEvent>().map(KeyboardEvent::key).unwrap_or_default();
            let next = match key.as_str() {
                "ArrowRight" => (at + 1) % others.len(),
                "ArrowLeft" => (at + others.len() - 1) % others.len(),
                "Home" => 0,
                "End" => others.len() - 1,
                _ => return,
            };
            event.prevent_default();
            others[next].click();
            // Focus moves with the selection; a tab that is there can have it.
            let _ = others[next].focus();
        });
    }
    Ok(())
}

/// Marks a tab as the selected one of its list, and nothing else.
pub fn select_tab(id: &str) {
    let Ok(chosen) = element(id) else { return };
    let Some(list) = chosen.parent_element() else { return };
    for tab in all(&list, "[role=tab]") {
        let selected = tab == chosen;
        set(&tab, "aria-selected", if selected { "true" } else { "false" });
        tab.set_tab_index(if selected { 0 } else { -1 });
    }
}
