//! The page's address: every setting is in it, so that a link writes the same script again.

use wasm_bindgen::JsValue;
use web::{
    dom::{Result, body, parameters, set, value, window},
    limits::{FIELDS, is_usable},
    words::words,
};

use crate::{
    models::{Model, Models},
    settings::{remedy, set_field},
    view,
};

/// A sentence for a parameter that cannot be used.
pub(crate) fn unusable(name: &str, value: &str, remedy: &str, default: &str) -> String {
    let shown: String = value.chars().take(40).collect();
    words("link-unusable", &[("name", name), ("value", &shown), ("remedy", remedy), ("default", default)])
}

/// What a link asked for.
pub(crate) struct Link {
    /// A sentence for each parameter that cannot be used; the default stands in for it.
    pub(crate) problems: Vec<String>,
    /// Whether it was made for other weights than there are now.
    pub(crate) is_of_other_weights: bool,
}

/// Fills the form from the URL.
pub(crate) fn fill_form(models: &Models) -> Result<Link> {
    let parameters = parameters()?;
    let mut problems = Vec::new();
    let mut chosen = &models.list[0];
    for (name, default) in FIELDS {
        let default = if name == "model" { &models.list[0].id } else { default };
        let wanted = parameters.get(name);
        let value = match &wanted {
            Some(value) if is_usable(name, value, &models.ids()) => value.trim(),
            Some(value) => {
                problems.push(unusable(name, value, &remedy(name, models), default));
                default
            }
            None => default,
        };
        match name {
            "view" => set(&*body()?, "data-view", value),
            _ => set_field(name, value)?,
        }
        if name == "model" {
            chosen = models.by_id(value).unwrap_or(chosen);
        }
    }
    web::dom::set_value("prompt", &parameters.get("prompt").unwrap_or_else(|| chosen.prompts[0].clone()))?;
    view::show_plain(parameters.get("plain").is_some_and(|value| value == "1"));
    let is_of_other_weights = parameters.get("hash").is_some_and(|hash| hash != chosen.short_hash());
    Ok(Link { problems, is_of_other_weights })
}

/// Puts the settings of the script that is being written into the URL. `length` is the whole script's.
pub(crate) fn write(model: &Model, length: u32) -> Result<()> {
    let parameters = parameters()?;
    for (name, default) in FIELDS {
        let value = match name {
            "view" => crate::settings::view(),
            "length" => length.to_string(),
            _ => value(name)?,
        };
        // What is seldom set says nothing as long as it is as it was.
        let is_seldom_set = matches!(name, "view" | "temperatures" | "topk" | "topp");
        if !is_seldom_set || value != default || parameters.get(name).is_some() {
            parameters.set(name, &value);
        }
    }
    parameters.set("prompt", &value("prompt")?);
    match view::is_plain() {
        true => parameters.set("plain", "1"),
        false => parameters.delete("plain"),
    }
    parameters.set("hash", model.short_hash());
    let url = ["?", &String::from(parameters.to_string())].concat();
    if let Ok(history) = window()?.history() {
        // Refused in some sandboxed frames; the script is written all the same.
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&url));
    }
    Ok(())
}
