//! Temperatures side by side.

use std::rc::Rc;

use model::Request;
use web::{
    dom::{Result, append, create, element, set},
    numbers::fixed,
    words::words,
};

use super::script::ScriptView;

/// Makes a column for each request, and in each the prompt.
pub(crate) fn columns(requests: &[Request], prompt: &str) -> Result<Vec<ScriptView>> {
    let sweep = element("sweep")?;
    sweep.set_text_content(None);
    let mut views = Vec::new();
    for (request, number) in requests.iter().zip(0u32..) {
        let (column, script) = (create("section", "column", "")?, create("div", "script", "")?);
        let shown = fixed(f64::from(request.temperature), 2);
        let shown = shown.strip_suffix('0').unwrap_or(&shown);
        let heading = create("h2", "", &words("column", &[("temperature", shown)]))?;
        heading.set_id(&["column-", &number.to_string()].concat());
        set(&column, "aria-labelledby", &heading.id());
        // A box that scrolls can be reached by keyboard.
        script.set_tab_index(0);
        set(&script, "role", "group");
        set(&script, "aria-labelledby", &heading.id());
        append(&column, &heading);
        append(&column, &script);
        append(&sweep, &column);
        views.push(ScriptView::new(script.into(), prompt, Rc::default()));
    }
    Ok(views)
}
