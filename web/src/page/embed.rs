//! Living in somebody else's page: its colours, and the messages between the two (docs/embedding.md).
//!
//! Every message is an object with `scriptorium: 1`, the protocol's version, and a `type`. Messages are taken from, and
//! sent to, the origins alone that the URL's `origins` names, and this page's own.

use std::rc::Rc;

use js_sys::{Array, Object};
use wasm_bindgen::{JsCast, JsValue, prelude::*};
use web::{
    dom::{Result, body, on, property, root, set_property, window},
    limits::{self, is_light, is_origin},
    order::{Deed, Fault, MARK, Order, VERSION},
    words::{word, words},
};
use web_sys::{HtmlElement, MessageEvent, ResizeObserver, UrlSearchParams, Window};

use crate::{
    address::unusable,
    app::App,
    settings::{message_value, remedy, set_field},
};

/// Colours that the URL may set, and what they are called in style.css.
const COLOURS: [(&str, &str); 3] = [("accent", "--accent"), ("paper", "--paper"), ("ink", "--ink")];

/// The page that this one is embedded in.
pub(crate) struct Host {
    /// That page, if there is one.
    window: Option<Window>,
    /// Origins to speak with.
    origins: Vec<String>,
    /// Whether every origin may.
    any: bool,
}

impl Host {
    /// Reads the URL's parameters for embedding, and sets the colours. Gives a sentence for each that cannot be used.
    pub(crate) fn from_url(parameters: &UrlSearchParams) -> Result<(Self, Vec<String>)> {
        let mut problems = Vec::new();
        let root = root()?;
        if let Some(theme) = parameters.get("theme") {
            match theme.as_str() {
                "auto" => {}
                "light" | "dark" => style(&root, "color-scheme", &theme),
                _ => problems.push(unusable("theme", &theme, &word("remedy-theme"), "auto")),
            }
        }
        for (name, property) in COLOURS {
            let Some(colour) = parameters.get(name) else { continue };
            let Some(digits) = limits::colour(&colour) else {
                problems.push(unusable(name, &colour, &word("remedy-colour"), "the page's own"));
                continue;
            };
            style(&root, property, &["#", digits].concat());
            match name {
                "accent" => style(&root, "--on-accent", if is_light(digits) { "#000000" } else { "#ffffff" }),
                "paper" => style(&root, "--card", &["#", digits].concat()),
                _ => style(&root, "--soft", &["#", digits].concat()),
            }
        }
        let own = window()?.location().origin().unwrap_or_default();
        let mut origins = vec![own];
        let mut any = false;
        if let Some(list) = parameters.get("origins") {
            for origin in list.split(',').map(str::trim).filter(|origin| !origin.is_empty()) {
                match origin {
                    "*" => any = true,
                    _ if is_origin(origin) => origins.push(origin.trim_end_matches('/').to_owned()),
                    _ => problems.push(unusable("origins", origin, &word("remedy-origins"), "none")),
                }
            }
        }
        let window = window()?;
        let parent = window.parent().ok().flatten().filter(|parent| *parent != window);
        Ok((Self { window: parent, origins, any }, problems))
    }

    /// Takes messages, and tells that the page is ready and how high it is.
    pub(crate) fn listen(&self, app: &Rc<App>) -> Result<()> {
        if self.window.is_none() {
            return Ok(());
        }
        let heard = app.clone();
        on(&*window()?, "message", move |event| {
            let event: MessageEvent = event.unchecked_into();
            let message = event.data();
            let is_ours = property(&message, MARK).is_truthy();
            if !is_ours || !heard.host().may_hear(&event.origin()) {
                return;
            }
            if let Err(error) = obey(&heard, &message) {
                heard.complain(&words("message-unknown", &[("error", &error)]));
            }
        });
        let ids: Array = app.models().list.iter().map(|model| JsValue::from_str(&model.id)).collect();
        self.send("ready", &[("models", &ids)]);
        let (told, page) = (app.clone(), body()?);
        let body = page.clone();
        let resized = Closure::<dyn FnMut()>::new(move || {
            let height = body.get_bounding_client_rect().height();
            told.host().send("resize", &[("height", &JsValue::from_f64(height.ceil()))]);
        });
        // Where there is no observer, the embedding page keeps the height it chose.
        if let Ok(observer) = ResizeObserver::new(resized.as_ref().unchecked_ref()) {
            observer.observe(&page);
        }
        resized.forget();
        Ok(())
    }

    fn may_hear(&self, origin: &str) -> bool {
        self.any || self.origins.iter().any(|allowed| allowed == origin)
    }

    /// Text was added to a script.
    pub(crate) fn text(&self, row: usize, text: &str) {
        if self.window.is_some() {
            self.send("text", &[("row", &JsValue::from_f64(row as f64)), ("text", &JsValue::from_str(text))]);
        }
    }

    /// The scripts are whole, or were stopped.
    pub(crate) fn done(&self, texts: &[String], stopped: bool) {
        if self.window.is_some() {
            let texts: Array = texts.iter().map(|text| JsValue::from_str(text)).collect();
            self.send("done", &[("texts", &texts), ("stopped", &JsValue::from_bool(stopped))]);
        }
    }

    /// Something is wrong.
    pub(crate) fn error(&self, message: &str) {
        self.send("error", &[("message", &JsValue::from_str(message))]);
    }

    fn send(&self, kind: &str, fields: &[(&str, &JsValue)]) {
        let Some(window) = &self.window else { return };
        let message = Object::new();
        set_property(&message, MARK, &JsValue::from_f64(VERSION));
        set_property(&message, "type", &JsValue::from_str(kind));
        for (name, value) in fields {
            set_property(&message, name, value);
        }
        // The browser delivers it only where the origin is the one that is named.
        let to: Vec<&str> =
            if self.any { vec!["*"] } else { self.origins.iter().map(String::as_str).collect() };
        for origin in to {
            let _ = window.post_message(&message, origin);
        }
    }
}

/// Does what a message says.
fn obey(app: &Rc<App>, message: &JsValue) -> Result<()> {
    let kind = property(message, "type").as_string().unwrap_or_default();
    let names = Object::keys(message.unchecked_ref::<Object>());
    let names = names.iter().filter_map(|name| name.as_string());
    let properties = names.filter(|name| name != MARK && name != "type").map(|name| {
        let value = message_value(message, &name);
        (name, value)
    });
    let order = Order::read(property(message, MARK).as_f64(), &kind, properties, &app.models().ids());
    let Order { deed, fields } = order.map_err(|fault| match fault {
        Fault::Version => word("message-version"),
        Fault::Type => word("message-type"),
        Fault::Field(name) => words("message-field", &[("name", &name)]),
        Fault::Value(name) => words("message-value", &[("name", &name), ("remedy", &remedy_for(&name, app))]),
    })?;
    if !app.has_model() {
        return Err(word("model-still-loading"));
    }
    let mut changes_model = false;
    for (name, value) in &fields {
        changes_model |= name == "model" && *value != web::dom::value("model")?;
        match name.as_str() {
            "prompt" => web::dom::set_value(name, value)?,
            _ => set_field(name, value)?,
        }
    }
    crate::settings::describe_temperature();
    match deed {
        Deed::Stop => app.stop(),
        // A model that is new writes as soon as it is there.
        _ if changes_model => app.change_model(),
        Deed::Generate => app.generate(),
        Deed::Set => {}
    }
    Ok(())
}

fn remedy_for(name: &str, app: &App) -> String {
    if name == "prompt" { word("remedy-prompt") } else { remedy(name, &app.models()) }
}

fn style(element: &HtmlElement, property: &str, value: &str) {
    // Fails only on a property that cannot be set.
    let _ = element.style().set_property(property, value);
}
