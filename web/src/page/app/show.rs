//! What the visitor sees change.

use wasm_bindgen::JsCast;
use web_sys::{HtmlButtonElement, HtmlElement, Text};

use crate::dom::{Result, by_id, document, set_class};

/// Text after which a new chunk of the script begins, at the next line.
const CHUNK_BYTES: usize = 3000;

/// A sentence about what is going on; screen readers hear it, so it changes seldom.
pub(super) fn status(text: &str) {
    if let Ok(status) = by_id::<HtmlElement>("status") {
        status.set_text_content(Some(text));
    }
}

/// The speed while writing: seen, not read aloud.
pub(super) fn speed(text: &str) {
    if let Ok(article) = by_id::<HtmlElement>("script") {
        article.set_title(text);
    }
}

/// What is known of the engine; `state` is for tests and styles.
pub(super) fn engine_note(text: &str, state: &str) {
    if let Ok(note) = by_id::<HtmlElement>("engine-note") {
        note.set_text_content(Some(text));
        // Fails only on a name that is no attribute's.
        let _ = note.set_attribute("data-state", state);
    }
}

/// Which buttons can be pressed.
pub(super) fn buttons(can_generate: bool, can_stop: bool) {
    for (id, enabled) in [("generate", can_generate), ("stop", can_stop)] {
        if let Ok(button) = by_id::<HtmlButtonElement>(id) {
            button.set_disabled(!enabled);
        }
    }
}

/// Clears the page for a new script.
pub(super) fn begin(prompt: &str) -> Result<()> {
    by_id::<HtmlElement>("prompt-shown")?.set_text_content(Some(prompt));
    by_id::<HtmlElement>("script")?.set_text_content(None);
    cast("");
    buttons(true, true);
    status("Writing…");
    writing(true);
    Ok(())
}

/// Adds text to the script: only ever as text. `chunk` is the text of the last chunk so far.
///
/// The script is cut into chunks of whole lines, each a block of its own: adding to the last one does not lay
/// the others out again, so a long script does not slow down. The first stays inline, after the prompt.
pub(super) fn append(text: &str, chunk: &mut String) {
    let Ok(script) = by_id::<HtmlElement>("script") else { return };
    chunk.push_str(text);
    let end = chunk.rfind('\n').filter(|_| chunk.len() >= CHUNK_BYTES);
    let next = end.map(|end| chunk.split_off(end + 1));
    match script.last_element_child() {
        None => add_chunk(&script, "span", chunk),
        Some(last) => match last.first_child().filter(|_| next.is_none()) {
            // Only what is new: the text node grows, which cannot fail.
            Some(node) => drop(node.unchecked_into::<Text>().append_data(text)),
            None => last.set_text_content(Some(chunk)),
        },
    }
    if let Some(next) = next {
        add_chunk(&script, "div", &next);
        *chunk = next;
    }
}

fn add_chunk(script: &HtmlElement, tag: &str, text: &str) {
    if let Ok(chunk) = document().and_then(|document| document.create_element(tag).map_err(|_| String::new()))
    {
        chunk.set_text_content(Some(text));
        // A fresh element can stand anywhere.
        let _ = script.append_child(&chunk);
    }
}

/// The script is done.
pub(super) fn end(summary: &str) {
    writing(false);
    buttons(true, false);
    status(summary);
}

fn writing(present: bool) {
    if let Some(body) = document().ok().and_then(|document| document.body()) {
        set_class(&body, "writing", present);
    }
}

/// Lists who speaks in the script.
pub(super) fn cast(script: &str) {
    let (Ok(list), Ok(document)) = (by_id::<HtmlElement>("cast"), document()) else { return };
    list.set_text_content(None);
    for (name, lines) in model::cast(script).members {
        let (Ok(item), Ok(count)) = (document.create_element("li"), document.create_element("span")) else {
            return;
        };
        item.set_text_content(Some(&name));
        count.set_text_content(Some(&lines.to_string()));
        // Appending fresh elements to one another cannot fail.
        let _ = item.append_child(&count);
        let _ = list.append_child(&item);
    }
}
