//! Commands of the page that this one is embedded in (docs/embedding.md).

use std::rc::Rc;

use wasm_bindgen::{JsCast, JsValue, prelude::*};
use web::{
    dom::{Result, body, dispatch, element, notice, on, property, set_global, value, window},
    embedding::{Action, Command, Fault, MARK},
    host::properties_of,
    names::{MESSAGE, SAID},
    settings::Value,
    words::{word, words},
};
use web_sys::{MessageEvent, ResizeObserver};

use crate::{app::App, form, sentences::remedy};

/// Takes commands, and reports that the page is ready and how high it is.
pub(crate) fn listen(app: &Rc<App>) -> Result<()> {
    if !app.host().is_there() {
        return Ok(());
    }
    let this = app.clone();
    on(&*window()?, "message", move |event| {
        let event: MessageEvent = event.unchecked_into();
        let message = event.data();
        let is_ours = property(&message, MARK).is_truthy();
        if is_ours && this.host().may_hear(&event.origin()) {
            let outcome = obey(&this, &message);
            this.report(outcome.map_err(|error| words("message-unknown", &[("error", &error)])));
        }
    });
    app.host().ready(&app.menu().models().ids());
    report_height(app)
}

fn report_height(app: &Rc<App>) -> Result<()> {
    let (this, page) = (app.clone(), body()?);
    let body = page.clone();
    let resized = Closure::<dyn FnMut()>::new(move || {
        this.host().resize(body.get_bounding_client_rect().height().ceil());
    });
    // Without an observer the embedding page keeps the height it chose.
    if let Ok(observer) = ResizeObserver::new(resized.as_ref().unchecked_ref()) {
        observer.observe(&page);
    }
    resized.forget();
    Ok(())
}

/// Does what a message says.
fn obey(app: &Rc<App>, message: &JsValue) -> Result<()> {
    let Command { action, settings } = read(app, message)?;
    if action == Action::Train || action == Action::Stop {
        pass_on(action, message)?;
    }
    if action == Action::Train {
        return Ok(());
    }
    if !app.has_model() {
        return Err(word("model-still-loading"));
    }
    // What was wrong before is so no more; what is wrong now is said again.
    notice("");
    let mut changes_model = false;
    for setting in &settings {
        if let Value::Model(id) = &setting.value {
            changes_model |= *id != value("model")?;
        }
        form::show(setting)?;
    }
    form::describe_temperature();
    match action {
        Action::Stop => app.stop(),
        // A model that is new writes as soon as it is there.
        _ if changes_model => app.change_model(),
        Action::Generate => app.generate(),
        Action::Set | Action::Train => {}
    }
    Ok(())
}

/// Leaves a message to the tab Train, which is opened if that is what it takes.
fn pass_on(action: Action, message: &JsValue) -> Result<()> {
    if action == Action::Train {
        // Where one may not train, it is not there.
        element("tab-train").map_err(|_| word("message-train"))?.click();
    }
    set_global(MESSAGE, message);
    dispatch(SAID);
    Ok(())
}

fn read(app: &App, message: &JsValue) -> Result<Command> {
    let version = property(message, MARK).as_f64();
    let kind = property(message, "type").as_string().unwrap_or_default();
    let models = app.menu().models();
    Command::parse(version, &kind, properties_of(message), &models.ids()).map_err(|fault| match fault {
        Fault::Version => word("message-version"),
        Fault::Type => word("message-type"),
        Fault::Field(name) => words("message-field", &[("name", &name)]),
        Fault::Value(field) => {
            words("message-value", &[("name", field.name), ("remedy", &remedy(field, &models))])
        }
    })
}
