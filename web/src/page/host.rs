//! The page that this one is embedded in: which origins it may be of, and what it is told (docs/embedding.md).
//!
//! Every message is an object with `scriptorium: 1`, the protocol's version, and a `type`. Messages are taken from, and
//! sent to, the origins alone that the URL's `origins` names, and this page's own.

use js_sys::{Array, Object};
use wasm_bindgen::JsValue;
use web::{
    dom::{Result, set_property, window},
    embedding::{MARK, VERSION, is_origin},
    words::word,
};
use web_sys::{UrlSearchParams, Window};

use crate::sentences::link_unusable;

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
    /// Reads the URL's origins. Gives a sentence for each that cannot be used.
    pub(crate) fn from_url(parameters: &UrlSearchParams) -> Result<(Self, Vec<String>)> {
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
    pub(crate) fn is_there(&self) -> bool {
        self.window.is_some()
    }

    /// Whether messages of an origin are taken.
    pub(crate) fn may_hear(&self, origin: &str) -> bool {
        self.any || self.origins.iter().any(|allowed| allowed == origin)
    }

    /// Messages are taken from now on; these models there are.
    pub(crate) fn ready(&self, models: &[&str]) {
        let ids: Array = models.iter().map(|id| JsValue::from_str(id)).collect();
        self.send("ready", &[("models", &ids)]);
    }

    /// The page is so many pixels high.
    pub(crate) fn resize(&self, height: f64) {
        self.send("resize", &[("height", &JsValue::from_f64(height))]);
    }

    /// Text was added to a script.
    pub(crate) fn text(&self, row: usize, text: &str) {
        if self.is_there() {
            self.send("text", &[("row", &JsValue::from_f64(row as f64)), ("text", &JsValue::from_str(text))]);
        }
    }

    /// The scripts are complete, or were stopped.
    pub(crate) fn done(&self, texts: impl Iterator<Item = String>, stopped: bool) {
        if self.is_there() {
            let texts: Array = texts.map(|text| JsValue::from_str(&text)).collect();
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
        // The browser delivers it only if the origin is the one that is named.
        let to: Vec<&str> =
            if self.any { vec!["*"] } else { self.origins.iter().map(String::as_str).collect() };
        for origin in to {
            let _ = window.post_message(&message, origin);
        }
    }
}
