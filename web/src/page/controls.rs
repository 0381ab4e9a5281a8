//! What the visitor presses, and what it does.

use std::rc::Rc;

use web::{
    dom::{Result, all, document, element, notice, on, on_click, root, set_value, tabs, window},
    fields::view,
    names::BROUGHT,
    random,
    settings::View,
};

use crate::{app::App, form, view};

/// Seeds of the dice have no more digits than one can remember.
const DICE_SEEDS: u32 = 1_000_000;

/// Connects the controls.
pub(crate) fn listen(app: &Rc<App>) -> Result<()> {
    listen_to_form(app)?;
    let this = app.clone();
    on_click("stop", move || this.stop())?;
    let this = app.clone();
    on_click("continue", move || this.go_on())?;
    on(&*element("plain")?, "change", |_| view::show_plain(view::is_plain()));
    let this = app.clone();
    tabs("views", move |tab| {
        if let Some(view) = tab.strip_prefix("tab-").and_then(View::parse) {
            this.choose_view(view);
        }
    })?;
    let this = app.clone();
    let document = document()?;
    on(&document.clone(), "visibilitychange", move |_| match document.hidden() {
        true => this.writing().pause(),
        false => this.writing().resume(),
    });
    let this = app.clone();
    on(&*window()?, BROUGHT, move |_| {
        let app = this.clone();
        this.spawn(async move { app.take_brought().await });
    });
    let this = app.clone();
    on_click("forget", move || {
        let app = this.clone();
        this.spawn(async move { app.forget().await });
    })?;
    app.writing().cast().listen()
}

fn listen_to_form(app: &Rc<App>) -> Result<()> {
    let this = app.clone();
    on(&*element("form")?, "submit", move |event| {
        event.prevent_default();
        if view().is_of_scripts() {
            notice("");
            this.generate();
            view::bring_into_sight();
        }
    });
    for name in ["temperature", "draw"] {
        on(&*element(name)?, "input", |_| form::describe_temperature());
    }
    let this = app.clone();
    on(&*element("model")?, "change", move |_| this.change_model());
    let this = app.clone();
    on_click("dice", move || {
        let seed = random::seed().map(|seed| (seed % DICE_SEEDS).to_string());
        this.report(seed.and_then(|seed| set_value("seed", &seed)));
    })?;
    let this = app.clone();
    on_click("opening", move || this.open_anew())?;
    for preset in all(&*root()?, "[data-temperatures]") {
        on(&preset.clone(), "click", move |_| {
            for name in ["temperatures", "draw"] {
                let text = preset.get_attribute(&["data-", name].concat()).unwrap_or_default();
                // The field is there: it stands beside.
                let _ = set_value(name, &text);
            }
            form::describe_temperature();
        });
    }
    Ok(())
}
