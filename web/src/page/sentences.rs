//! Sentences for settings that cannot be used.

use web::{
    settings::Field,
    words::{word, words},
};

use crate::models::Models;

/// What a setting can be.
pub(crate) fn remedy(field: &Field, models: &Models) -> String {
    if field.name == "model" {
        return words("remedy-model", &[("models", &models.ids().join(", "))]);
    }
    word(&field.remedy())
}

/// Makes an error's text a sentence.
pub(crate) fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(|c| c.to_ascii_uppercase().to_string()).unwrap_or_default();
    [&first, characters.as_str(), "."].concat()
}
