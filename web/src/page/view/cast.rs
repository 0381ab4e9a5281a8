//! The list of who speaks.

use std::{cell::RefCell, rc::Rc};

use model::Cast;
use wasm_bindgen::JsCast;
use web::{
    dom::{Result, all, append, create, document, element, on, set, set_class},
    words::{word, words},
};
use web_sys::Element;

/// The cast of the script, where a name can be picked to highlight its lines.
#[derive(Default)]
pub(crate) struct CastList {
    /// Names as they stand in the list.
    shown: RefCell<Vec<String>>,
    picked: Rc<RefCell<Option<String>>>,
}

impl CastList {
    /// The name that is picked.
    pub(crate) fn picked(&self) -> Rc<RefCell<Option<String>>> {
        self.picked.clone()
    }

    /// Listens to clicks on names.
    pub(crate) fn listen(&self) -> Result<()> {
        let list = element("cast")?;
        let picked = self.picked.clone();
        on(&list.clone(), "click", move |event| {
            let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
            let Some(button) = target.and_then(|target| target.closest("button").ok()?) else { return };
            let name = button.get_attribute("data-name");
            let name = if *picked.borrow() == name { None } else { name };
            show_picked(&list, name.as_deref());
            *picked.borrow_mut() = name;
        });
        Ok(())
    }

    /// Shows the cast. The list is made anew only if its names or their order change.
    pub(crate) fn show(&self, cast: &Cast) {
        let Ok(list) = element("cast") else { return };
        let same = self.shown.borrow().iter().eq(cast.members.iter().map(|(name, _)| name));
        if !same {
            // Focus would be lost with the button that has it.
            let focused = document().ok().and_then(|document| document.active_element());
            let focused = focused.and_then(|element| element.get_attribute("data-name"));
            list.set_text_content(None);
            for (name, _) in &cast.members {
                let _ = add_name(&list, name, focused.as_deref());
            }
            *self.shown.borrow_mut() = cast.members.iter().map(|(name, _)| name.clone()).collect();
            mark_buttons(&list, self.picked.borrow().as_deref());
        }
        for (count, (_, lines)) in all(&list, "span").iter().zip(&cast.members) {
            let text = match lines {
                1 => word("one-line"),
                lines => words("lines", &[("count", &lines.to_string())]),
            };
            count.set_text_content(Some(&text));
        }
    }
}

fn add_name(list: &Element, name: &str, focused: Option<&str>) -> Result<()> {
    let (item, button) = (create("li", "", "")?, create("button", "name", name)?);
    set(&button, "type", "button");
    set(&button, "data-name", name);
    append(&item, &button);
    let count = create("span", "", "")?;
    append(&item, &count);
    append(list, &item);
    if focused == Some(name) {
        // Focus can be had: it was in this place.
        let _ = button.focus();
    }
    Ok(())
}

fn mark_buttons(list: &Element, picked: Option<&str>) {
    for button in all(list, "button") {
        let is_picked = picked.is_some() && button.get_attribute("data-name").as_deref() == picked;
        set(&button, "aria-pressed", if is_picked { "true" } else { "false" });
    }
}

fn show_picked(list: &Element, picked: Option<&str>) {
    mark_buttons(list, picked);
    let Ok(script) = element("script") else { return };
    let mut first = true;
    for line in all(&script, ".line") {
        let is_picked = picked.is_some() && line.get_attribute("data-who").as_deref() == picked;
        set_class(&line, "picked", is_picked);
        if is_picked && std::mem::take(&mut first) {
            line.scroll_into_view_with_scroll_into_view_options(&{
                let options = web_sys::ScrollIntoViewOptions::new();
                options.set_block(web_sys::ScrollLogicalPosition::Nearest);
                options
            });
        }
    }
}
