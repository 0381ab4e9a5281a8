//! What the fields of the page say.

use crate::{
    dom::{body, value},
    settings::{Setting, Settings, View},
};

/// What the page shows.
pub fn view() -> View {
    let name = body().ok().and_then(|body| body.get_attribute("data-view"));
    name.and_then(|name| View::parse(&name)).unwrap_or_default()
}

/// The settings of these fields, and of all others the defaults; so too of a field that cannot be used.
pub fn settings_of(names: &[&str]) -> Settings {
    let mut settings = Settings::default();
    for name in names {
        let text = value(name).unwrap_or_default();
        if let Ok(Setting { value, .. }) = Setting::parse(name, &text, &[]) {
            settings.set(value);
        }
    }
    settings
}
