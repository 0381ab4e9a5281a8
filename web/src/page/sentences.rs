//! Sentences for settings that cannot be used.

use web::{
    settings::Field,
    words::{word, words},
};

use crate::models::Models;

/// Most characters of a link's value that are repeated.
const MAX_SHOWN: usize = 40;

/// What a setting can be.
pub(crate) fn remedy(field: &Field, models: &Models) -> String {
    if field.name == "model" {
        return words("remedy-model", &[("models", &models.ids().join(", "))]);
    }
    word(&field.remedy())
}

/// A link's parameter cannot be used.
pub(crate) fn link_unusable(name: &str, value: &str, remedy: &str, default: &str) -> String {
    let shown: String = value.chars().take(MAX_SHOWN).collect();
    words("link-unusable", &[("name", name), ("value", &shown), ("remedy", remedy), ("default", default)])
}

/// Makes an error's text a sentence.
pub(crate) fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(|c| c.to_ascii_uppercase().to_string()).unwrap_or_default();
    [&first, characters.as_str(), "."].concat()
}
