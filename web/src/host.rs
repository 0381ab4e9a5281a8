//! The page that this one is embedded in: which origins it may be of, and what it is told (docs/embedding.md).
//!
//! Every message is an object with `scriptorium: 1`, the protocol's version, and a `type`. Messages are taken from, and
//! sent to, the origins alone that the URL's `origins` names, and this page's own.

use js_sys::{Array, Object};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{UrlSearchParams, Window};

use crate::{
    dom::{Result, property, set_property, window},
    embedding::{MARK, VERSION, is_origin},
    fields::link_unusable,
    numbers::plain,
    words::word,
};

/// The page that this one is embedded in.
#[derive(Debug)]
pub struct Host {
    /// That page, if there is one.
    window: Option<Window>,
    /// Origins to speak with.
    origins: Vec<String>,
    /// Whether every origin may.
    any: bool,
}

impl Host {
    /// Reads the URL's origins. Gives a sentence for each that cannot be used.
    ///
    /// # Errors
    /// Outside of a browser's page.
    pub fn from_url(parameters: &UrlSearchParams) -> Result<(Self, Vec<String>)> {
        let window = window()?;
        let mut host = Self {
            window: window.parent().ok().flatten().filter(|parent| *parent != window),
            origins: vec![window.location().origin().unwrap_or_default()],
            any: false,
        };
        let mut problems = Vec::new();
        let list = parameters.get("origins").unwrap_or_default();
        for origin in list.split(',').map(str::trim).filter(|origin| !origin.is_empty()) {
            match origin {
                "*" => host.any = true,
                _ if is_origin(origin) => host.origins.push(origin.trim_end_matches('/').to_owned()),
                _ => problems.push(link_unusable("origins", origin, &word("remedy-origins"), "none")),
            }
        }
        Ok((host, problems))
    }

    /// Whether there is such a page.
    pub fn is_there(&self) -> bool {
        self.window.is_some()
    }

    /// Whether messages of an origin are taken.
    pub fn may_hear(&self, origin: &str) -> bool {
        self.any || self.origins.iter().any(|allowed| allowed == origin)
    }

    /// Messages are taken from now on; these models there are.
    pub fn ready(&self, models: &[&str]) {
        let ids: Array = models.iter().map(|id| JsValue::from_str(id)).collect();
        self.send("ready", &[("models", &ids)]);
    }

    /// The page is so many pixels high.
    pub fn resize(&self, height: f64) {
        self.send("resize", &[("height", &JsValue::from_f64(height))]);
    }

    /// Text was added to a script.
    pub fn text(&self, row: usize, text: &str) {
        if self.is_there() {
            self.send("text", &[("row", &JsValue::from_f64(row as f64)), ("text", &JsValue::from_str(text))]);
        }
    }

    /// The scripts are complete, or were stopped.
    pub fn done(&self, texts: impl Iterator<Item = String>, stopped: bool) {
        if self.is_there() {
            let texts: Array = texts.map(|text| JsValue::from_str(&text)).collect();
            self.send("done", &[("texts", &texts), ("stopped", &JsValue::from_bool(stopped))]);
        }
    }

    /// Some steps of a training are done: its epoch, steps of that so far and in all, and the loss of late.
    pub fn step(&self, epoch: u32, step: f64, steps: f64, loss: f64) {
        let fields = [("epoch", f64::from(epoch)), ("step", step), ("steps", steps), ("loss", loss)];
        self.numbers("step", &fields, &[]);
    }

    /// An epoch of a training is done.
    pub fn epoch(&self, epoch: u32, loss: f64, val_loss: f64, best: bool) {
        let fields = [("epoch", f64::from(epoch)), ("loss", loss), ("val_loss", val_loss)];
        self.numbers("epoch", &fields, &[("best", &JsValue::from_bool(best))]);
    }

    /// A training is over: how it ended, and the name of its model.
    pub fn trained(&self, outcome: &str, model: &str) {
        self.send(
            "trained",
            &[("outcome", &JsValue::from_str(outcome)), ("model", &JsValue::from_str(model))],
        );
    }

    fn numbers(&self, kind: &str, numbers: &[(&str, f64)], others: &[(&str, &JsValue)]) {
        let values: Vec<(&str, JsValue)> =
            numbers.iter().map(|(name, number)| (*name, JsValue::from_f64(*number))).collect();
        let fields: Vec<(&str, &JsValue)> =
            values.iter().map(|(name, value)| (*name, value)).chain(others.iter().copied()).collect();
        self.send(kind, &fields);
    }

    /// Something is wrong.
    pub fn error(&self, message: &str) {
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
        // The browser delivers it only if the origin is the one that is named.
        let to: Vec<&str> =
            if self.any { vec!["*"] } else { self.origins.iter().map(String::as_str).collect() };
        for origin in to {
            let _ = window.post_message(&message, origin);
        }
    }
}

/// The properties of a message but for its version and type. A value is a text or a number; `None` stands for anything else.
pub fn properties_of(message: &JsValue) -> impl Iterator<Item = (String, Option<String>)> {
    let names =
        Object::keys(message.unchecked_ref::<Object>()).into_iter().filter_map(|name| name.as_string());
    names.filter(|name| name != MARK && name != "type").map(|name| {
        let value = text_of(&property(message, &name));
        (name, value)
    })
}

/// A setting's value in a message: a text or a number.
fn text_of(value: &JsValue) -> Option<String> {
    value.as_string().or_else(|| value.as_f64().map(plain))
}
