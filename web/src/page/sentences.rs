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
