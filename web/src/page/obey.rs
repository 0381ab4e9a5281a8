//! Commands of the page that this one is embedded in (docs/embedding.md).

use std::rc::Rc;

use js_sys::Object;
use wasm_bindgen::{JsCast, JsValue, prelude::*};
use web::{
    dom::{Result, body, notice, on, property, value, window},
    embedding::{Action, Command, Fault, MARK},
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
        Action::Set => {}
    }
    Ok(())
}

fn read(app: &App, message: &JsValue) -> Result<Command> {
    let version = property(message, MARK).as_f64();
    let kind = property(message, "type").as_string().unwrap_or_default();
    let names = Object::keys(message.unchecked_ref::<Object>());
    let names = names.iter().filter_map(|name| name.as_string());
    let properties = names.filter(|name| name != MARK && name != "type").map(|name| {
        let value = text_of(&property(message, &name));
        (name, value)
    });
    let models = app.menu().models();
    Command::parse(version, &kind, properties, &models.ids()).map_err(|fault| match fault {
        Fault::Version => word("message-version"),
        Fault::Type => word("message-type"),
        Fault::Field(name) => words("message-field", &[("name", &name)]),
        Fault::Value(field) => {
            words("message-value", &[("name", field.name), ("remedy", &remedy(field, &models))])
        }
    })
}

/// A setting's value in a message: a text or a number.
fn text_of(value: &JsValue) -> Option<String> {
    let of_number = |number| js_sys::Number::from(number).to_string_with_radix(10).ok().map(String::from);
    value.as_string().or_else(|| value.as_f64().and_then(of_number))
}
