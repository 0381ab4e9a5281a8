//! What the fields of the page say.

use crate::{
    dom::{Result, body, value},
    settings::{Field, Settings, View},
    words::{word, words},
};

/// Most characters of a link's value that are repeated.
const MAX_SHOWN: usize = 40;

/// What the page shows.
pub fn view() -> View {
    let name = body().ok().and_then(|body| body.get_attribute("data-view"));
    name.and_then(|name| View::parse(&name)).unwrap_or_default()
}

/// The settings of these fields, and of all others the defaults.
///
/// # Errors
/// A sentence for the first field that cannot be used.
pub fn settings_of(names: &[&str]) -> Result<Settings> {
    let mut settings = Settings::default();
    for field in names.iter().filter_map(|name| Field::by_name(name)) {
        let text = value(field.name)?;
        let setting = field.parse(&text, &[]).map_err(|_| unusable(field, &text, &word(&field.remedy())))?;
        settings.set(setting.value);
    }
    Ok(settings)
}

/// The sentence for a field that cannot be used; `remedy` says what it can be.
pub fn unusable(field: &Field, text: &str, remedy: &str) -> String {
    words("field-unusable", &[("name", field.name), ("value", text), ("remedy", remedy)])
}

/// The sentence for a link's parameter that cannot be used; `default` stands in for it.
pub fn link_unusable(name: &str, value: &str, remedy: &str, default: &str) -> String {
    let shown: String = value.chars().take(MAX_SHOWN).collect();
    words("link-unusable", &[("name", name), ("value", &shown), ("remedy", remedy), ("default", default)])
}
