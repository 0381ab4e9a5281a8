//! What the fields of the page say.

use crate::{
    dom::{Result, body, value},
    settings::{Setting, Settings, View},
    words::{word, words},
};

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
    for name in names {
        let text = value(name)?;
        let setting = Setting::parse(name, &text, &[]).map_err(|_| {
            let remedy = word(&["remedy-", name].concat());
            words("field-unusable", &[("name", name), ("value", &text), ("remedy", &remedy)])
        })?;
        settings.set(setting.value);
    }
    Ok(settings)
}
