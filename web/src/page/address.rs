//! The settings in the page's address: a link writes the same script again.

use web::{
    dom::{Result, element, value},
    fields::{self, link_unusable},
    link, own,
    settings::{FIELDS, Setting, Value, View},
    words::{word, words},
};

use crate::{
    form,
    models::{Model, Models},
    sentences::remedy,
    view,
};

/// What a link asked for.
pub(crate) struct Link {
    /// A sentence for each parameter that cannot be used, and for a script that is withheld.
    pub(crate) problems: Vec<String>,
    /// Whether its script cannot be written: its model is not here, or has changed.
    pub(crate) is_withheld: bool,
}

/// Fills the form from the URL.
pub(crate) fn fill_form(models: &Models) -> Result<Link> {
    let parameters = link::parameters()?;
    let (mut problems, mut is_withheld) = (Vec::new(), false);
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
                Ok(Setting { value: Value::View(View::Train), .. }) if element("tab-train").is_err() => {}
                Ok(wanted) => setting = Ok(wanted),
                Err(_) if field.name == "model" && own::is_own(&text) => {
                    is_withheld = true;
                    problems.push(word("own-elsewhere"));
                }
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
    if !is_withheld && parameters.get("hash").is_some_and(|hash| hash != chosen.short_hash()) {
        is_withheld = true;
        problems.push(words("weights-changed", &[("model", &chosen.title)]));
    }
    Ok(Link { problems, is_withheld })
}

/// Puts the settings of the script that is being written into the address. `length` is the entire script's.
pub(crate) fn write(model: &Model, length: u32) -> Result<()> {
    let parameters = link::parameters()?;
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
    link::show(&parameters)
}
