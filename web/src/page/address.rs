//! The page's address: every setting is in it, so that a link writes the same script again.

use wasm_bindgen::JsValue;
use web::{
    dom::{Result, parameters, value, window},
    fields,
    settings::{FIELDS, Value},
};

use crate::{
    form,
    models::{Model, Models},
    sentences::{link_unusable, remedy},
    view,
};

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
    for field in &FIELDS {
        let default = match field.name {
            "model" => &chosen.id,
            "prompt" => &chosen.prompts[0],
            _ => field.default,
        };
        let mut setting = field.parse(default, &models.ids());
        if let Some(text) = parameters.get(field.name) {
            match field.parse(&text, &models.ids()) {
                Ok(wanted) => setting = Ok(wanted),
                Err(_) => problems.push(link_unusable(field.name, &text, &remedy(field, models), default)),
            }
        }
        // A default can be used.
        let Ok(setting) = setting else { continue };
        form::show(&setting)?;
        if let Value::Model(id) = &setting.value {
            chosen = models.by_id(id).unwrap_or(chosen);
        }
    }
    view::show_plain(parameters.get("plain").is_some_and(|value| value == "1"));
    let is_of_other_weights = parameters.get("hash").is_some_and(|hash| hash != chosen.short_hash());
    Ok(Link { problems, is_of_other_weights })
}

/// Puts the settings of the script that is being written into the URL. `length` is the entire script's.
pub(crate) fn write(model: &Model, length: u32) -> Result<()> {
    let parameters = parameters()?;
    for field in &FIELDS {
        let value = match field.name {
            "view" => fields::view().name().to_owned(),
            "length" => length.to_string(),
            name => value(name)?,
        };
        // What is seldom set says nothing as long as it is as it was.
        if !field.is_seldom_set || value != field.default || parameters.get(field.name).is_some() {
            parameters.set(field.name, &value);
        }
    }
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
