//! What the visitor sees change.

mod cast;
mod script;
mod sweep;

pub(crate) use cast::CastList;
pub(crate) use script::ScriptView;
pub(crate) use sweep::columns;

use wasm_bindgen::JsValue;
use web::{
    dom::{all, body, element, property, set, set_class, set_hidden, set_property, set_text},
    numbers::fixed,
    settings::View,
    words::{word, words},
};

/// A sentence about what is going on; screen readers hear it, so it changes seldom.
pub(crate) fn status(text: &str) {
    set_text("status", text);
}

/// What is known of the engine; `state` is for tests and styles.
pub(crate) fn engine_note(text: &str, state: &str) {
    set_text("engine-note", text);
    if let Ok(note) = element("engine-note") {
        set(&note, "data-state", state);
    }
    set_hidden("engine-progress", true);
}

/// How much of the engine is there.
pub(crate) fn engine_progress(bytes: f64, all: f64) {
    let megabytes = |bytes: f64| fixed(bytes / 1e6, 1);
    if let (Ok(progress), true) = (element("engine-progress"), all > 0.0) {
        set_text(
            "engine-note",
            &words("engine-fetching", &[("bytes", &megabytes(bytes)), ("all", &megabytes(all))]),
        );
        progress.set_hidden(false);
        set_property(&progress, "max", &JsValue::from_f64(all));
        set_property(&progress, "value", &JsValue::from_f64(bytes));
    }
}

/// Which buttons can be pressed.
pub(crate) fn buttons(can_generate: bool, can_stop: bool, can_continue: bool) {
    for (id, enabled) in [("generate", can_generate), ("stop", can_stop), ("continue", can_continue)] {
        if let Ok(button) = element(id) {
            set_property(&button, "disabled", &JsValue::from_bool(!enabled));
        }
    }
}

/// Whether text is being added; styles and tests see it.
pub(crate) fn writing(present: bool) {
    if let Ok(body) = body() {
        set_class(&body, "writing", present);
    }
    if present {
        status(&word("writing"));
    }
}

/// Whether the visitor wants the script as plain text.
pub(crate) fn is_plain() -> bool {
    element("plain").is_ok_and(|switch| property(&switch, "checked").is_truthy())
}

/// Shows the script formatted or plain.
pub(crate) fn show_plain(plain: bool) {
    if let (Ok(switch), Ok(paper)) = (element("plain"), element("paper")) {
        set_property(&switch, "checked", &JsValue::from_bool(plain));
        set_class(&paper, "plain-text", plain);
    }
}

/// Scrolls to what is being written if less than its beginning is seen, as on a phone.
pub(crate) fn bring_into_sight() {
    let height = web::dom::window().map(|window| property(&window, "innerHeight")).unwrap_or_default();
    for id in ["paper", "sweep"] {
        let Ok(part) = element(id) else { continue };
        let place = part.get_bounding_client_rect();
        if place.height() > 0.0 && height.as_f64().is_some_and(|height| place.top() > height - 160.0) {
            part.scroll_into_view();
        }
    }
}

/// Shows what belongs to the chosen view and hides what does not.
pub(crate) fn show_view(view: View) {
    let Ok(body) = body() else { return };
    let view = view.name();
    set(&body, "data-view", view);
    let tab = ["tab-", view].concat();
    web::dom::select_tab(&tab);
    if let Ok(panel) = element("view") {
        set(&panel, "aria-labelledby", &tab);
    }
    for part in all(&body, "[data-in]") {
        let views = part.get_attribute("data-in").unwrap_or_default();
        part.set_hidden(!views.split(' ').any(|one| one == view));
    }
}
