//! The dialog that gives a snippet to embed the page with.

use web::{
    dom::{Result, by_id, element, on, on_click, set_value, value},
    link,
};
use web_sys::HtmlDialogElement;

use crate::save::copy;

/// What can be chosen beside what the frame would do by itself: the link's parameters, each in the field of its name.
const CHOICES: [&str; 3] = ["theme", "train", "origins"];

/// Connects the dialog.
pub(crate) fn listen() -> Result<()> {
    on_click("embed", || {
        if let (Ok(dialog), Ok(())) = (by_id::<HtmlDialogElement>("embed-dialog"), show_snippet()) {
            // Fails only if it is open already.
            let _ = dialog.show_modal();
        }
    })?;
    on_click("embed-close", || {
        if let Ok(dialog) = by_id::<HtmlDialogElement>("embed-dialog") {
            dialog.close();
        }
    })?;
    on_click("snippet-copy", || copy(value("snippet").unwrap_or_default(), "copied"))?;
    for name in CHOICES {
        on(&*element(&field(name))?, "input", |_| drop(show_snippet()));
    }
    Ok(())
}

fn show_snippet() -> Result<()> {
    let parameters = link::parameters()?;
    parameters.set("embed", "1");
    for name in CHOICES {
        match value(&field(name))?.trim() {
            "" => parameters.delete(name),
            value => parameters.set(name, value),
        }
    }
    // The parameters are percent-encoded but for the ampersands between them.
    let url = link::address(&parameters)?.replace('&', "&amp;");
    let snippet = [
        "<iframe src=\"",
        &url,
        "\" title=\"Scriptorium\" width=\"100%\" height=\"600\" style=\"border:0\" loading=\"lazy\"></iframe>",
    ];
    set_value("snippet", &snippet.concat())
}

fn field(name: &str) -> String {
    ["embed-", name].concat()
}
