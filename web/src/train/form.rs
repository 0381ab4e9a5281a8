//! The settings in the form, and in the page's address: never the text.

use wasm_bindgen::JsValue;
use web::{
    dom::{Result, document, element, set, set_property, set_text, set_value, value},
    fields::link_unusable,
    link,
    messages::learner::TrainSettings,
    numbers::plain,
    recipe::{self, FIELDS, Field, RECIPES},
    words::{word, words},
};

/// Fills the form with defaults and with what the page's address says. Gives a sentence for each parameter that cannot be
/// used.
pub(crate) fn fill() -> Result<Vec<String>> {
    let parameters = link::parameters()?;
    let given = |field: &Field| parameters.get(field.name()).map(|text| text.trim().to_owned());
    let asked = FIELDS.first().and_then(given).unwrap_or_default();
    let recipe = RECIPES.into_iter().find(|known| *known == asked).unwrap_or(RECIPES[0]);
    let mut settings = recipe::settings_of(recipe);
    let mut problems = Vec::new();
    for field in &FIELDS {
        let default = field.default(recipe);
        set_value(&field.id(), default)?;
        let Some(text) = given(field) else { continue };
        match field.read(&text, &mut settings) {
            Ok(()) => set_value(&field.id(), &text)?,
            Err(_) => {
                problems.push(link_unusable(field.name(), &text, &word(&field.remedy()), default));
            }
        }
    }
    show_recipe()?;
    Ok(problems)
}

/// Puts the settings into the page's address, those alone that are not the recipe's own.
pub(crate) fn write_link(settings: &TrainSettings) -> Result<()> {
    let parameters = link::parameters()?;
    parameters.set("view", "train");
    let recipes = recipe::settings_of(&settings.recipe);
    for field in &FIELDS {
        let text = text_of(field, settings);
        let is_own = field.value(settings) == field.value(&recipes);
        let is_said = field.name() == "recipe" || !is_own;
        match is_said {
            true => parameters.set(field.name(), &text),
            false => parameters.delete(field.name()),
        }
    }
    link::show(&parameters)
}

/// A setting as its field shows it.
fn text_of(field: &Field, settings: &TrainSettings) -> String {
    match field.value(settings) {
        recipe::Value::Choice(choice) => choice,
        recipe::Value::Number(number) => plain(number),
    }
}

/// What the form says.
///
/// # Errors
/// A sentence for the first field that cannot be used; the field is marked.
pub(crate) fn settings() -> Result<TrainSettings> {
    let mut settings = recipe::settings_of(&value("train-recipe")?);
    for field in &FIELDS {
        let text = value(&field.id())?;
        let read = field.read(&text, &mut settings);
        mark(&field.id(), read.is_err());
        if read.is_err() {
            let remedy = word(&field.remedy());
            let places = [("name", field.name()), ("value", &text), ("remedy", &remedy)];
            go_to(&field.id());
            return Err(words("field-unusable", &places));
        }
    }
    Ok(settings)
}

/// Shows settings that came from elsewhere, as a checkpoint's.
pub(crate) fn show(settings: &TrainSettings) -> Result<()> {
    for field in &FIELDS {
        set_value(&field.id(), &text_of(field, settings))?;
    }
    show_recipe()
}

/// Another recipe was chosen: what was as the other recipe has it becomes as this one has it.
pub(crate) fn change_recipe() -> Result<()> {
    let recipe = value("train-recipe")?;
    let other = RECIPES.into_iter().find(|other| *other != recipe).unwrap_or_default();
    for field in FIELDS.iter().skip(1) {
        if value(&field.id())?.trim() == field.default(other) {
            set_value(&field.id(), field.default(&recipe))?;
        }
    }
    show_recipe()
}

/// Says what the recipe is, and takes away what it does not let choose.
fn show_recipe() -> Result<()> {
    let recipe = value("train-recipe")?;
    let is_notebook = recipe == "notebook";
    set_text("train-recipe-words", &word(if is_notebook { "recipe-notebook" } else { "recipe-sequence" }));
    if is_notebook && let Some(time) = recipe::field("time") {
        set_value(&time.id(), time.default(&recipe))?;
    }
    disable("train-time", is_notebook);
    Ok(())
}

/// Makes what the program says of a setting a sentence.
pub(crate) fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(|c| c.to_ascii_uppercase().to_string()).unwrap_or_default();
    let end = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    [&first, characters.as_str(), end].concat()
}

/// Marks the field that something is wrong with, by the name that the program has for it, and takes the visitor there.
pub(crate) fn blame(name: &str) {
    let name = name.replace('_', "-");
    let prefixed = ["train-", &name].concat();
    let field = recipe::field(&name).or_else(|| recipe::field(&prefixed));
    let id = match (name.as_str(), field) {
        (_, Some(field)) => field.id(),
        ("text", None) => "train-text".to_owned(),
        ("model", None) => "train-from".to_owned(),
        ("series" | "episodes", None) => ["train-", &name].concat(),
        _ => return,
    };
    mark(&id, true);
    go_to(&id);
}

/// Takes the visitor to a field, which may lie in a part of the form that is folded away.
fn go_to(id: &str) {
    let Ok(field) = element(id) else { return };
    if let Ok(Some(part)) = field.closest("details") {
        set(&part, "open", "");
    }
    // Whoever cannot be taken there has the sentence, which names it.
    let _ = field.focus();
}

/// Nothing is wrong any more.
pub(crate) fn forgive() {
    for field in &FIELDS {
        mark(&field.id(), false);
    }
    for id in ["train-text", "train-from", "train-series", "train-episodes"] {
        mark(id, false);
    }
}

fn mark(id: &str, is_wrong: bool) {
    let Ok(field) = element(id) else { return };
    match is_wrong {
        true => set(&field, "aria-invalid", "true"),
        // Fails for no name.
        false => drop(field.remove_attribute("aria-invalid")),
    }
}

/// Whether an element has the focus.
pub(crate) fn has_focus(id: &str) -> bool {
    document().ok().and_then(|document| document.active_element()).is_some_and(|element| element.id() == id)
}

/// Whether an element can be used.
pub(crate) fn disable(id: &str, is_disabled: bool) {
    if let Ok(element) = element(id) {
        set_property(&element, "disabled", &JsValue::from_bool(is_disabled));
    }
}
