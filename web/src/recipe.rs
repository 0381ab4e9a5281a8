//! The settings of a training: one list of them, and the one way to read each, for form, links and messages.
//!
//! Nothing here touches the browser, so that hostile input can be tried natively too.

mod field;
mod list;

pub use self::field::{Field, Unusable, Value};
pub use list::FIELDS;

use crate::messages::learner::TrainSettings;

/// The recipes, by the names that `training::RecipeName` has.
pub const RECIPES: [&str; 2] = ["sequence", "notebook"];

/// The setting of a name, if there is one.
pub fn field(name: &str) -> Option<&'static Field> {
    FIELDS.iter().find(|field| field.name() == name)
}

/// A recipe's own settings; those of the first recipe, for a name that is none's.
pub fn settings_of(recipe: &str) -> TrainSettings {
    let mut settings = TrainSettings {
        recipe: String::new(),
        hidden: 0,
        layers: 0,
        batch: 0,
        time: 0,
        epochs: 0,
        learning_rate: 0.0,
        dropout: 0.0,
        recurrent_dropout: 0.0,
        weight_decay: 0.0,
        average: 0.0,
        patience: 0,
        split: 0.0,
        seed: 0,
        minutes: 0.0,
        engine: String::new(),
        workers: 0,
        sample_secs: 0.0,
    };
    for field in &FIELDS {
        // A default can be used.
        let _ = field.read(field.default(recipe), &mut settings);
    }
    settings
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;

    #[test]
    fn every_default_can_be_used_and_is_the_recipes_own() {
        for recipe in RECIPES {
            let mut settings = settings_of(recipe);
            for field in &FIELDS {
                assert_eq!(field.read(field.default(recipe), &mut settings), Ok(()), "{}", field.name());
            }
            assert_eq!(settings.recipe, recipe);
        }
        let (sequence, notebook) = (settings_of("sequence"), settings_of("notebook"));
        assert_eq!((sequence.batch, sequence.time, sequence.epochs), (16, 100, 10));
        assert_eq!((notebook.batch, notebook.time, notebook.epochs), (128, 20, 1));
        assert_eq!((sequence.learning_rate, notebook.learning_rate), (1e-2, 1e-3));
        assert_eq!((sequence.split, notebook.split), (0.9, 0.7));
        assert_eq!(settings_of("neither").recipe, "sequence");
    }

    #[test]
    fn settings_have_their_limits() {
        for (name, good, bad) in [
            ("recipe", "notebook", "Notebook"),
            ("hidden", " 512 ", "0"),
            ("hidden", "2048", "2049"),
            ("layers", "2", "9"),
            ("epochs", "1", "0"),
            ("minutes", "0.5", "-1"),
            ("batch", "4096", "4097"),
            ("time", "1", "1.5"),
            ("learning-rate", "1e-3", "0"),
            ("learning-rate", "1", "NaN"),
            ("dropout", "0.5", "1"),
            ("average", "0.999", "inf"),
            ("weight-decay", "1", "1.1"),
            ("split", "0.9", "1"),
            ("train-seed", "4294967295", "4294967296"),
            ("train-engine", "cpu", "gpu"),
            ("workers", "0", "65"),
            ("samples", "0", ""),
        ] {
            let field = super::field(name).unwrap();
            let mut settings = settings_of("sequence");
            assert_eq!(field.read(good, &mut settings), Ok(()), "{name} {good}");
            let before = settings.clone();
            assert_eq!(field.read(bad, &mut settings), Err(Unusable), "{name} {bad}");
            assert_eq!(settings, before, "{name} {bad}");
        }
        assert!(field("__proto__").is_none());
    }

    #[test]
    fn the_page_has_a_field_and_a_remedy_for_each_setting() {
        let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../index.html");
        let page = fs::read_to_string(page).unwrap();
        for field in &FIELDS {
            assert!(page.contains(&format!("id=\"{}\"", field.id())), "{}", field.id());
            assert!(page.contains(&format!("data-word=\"{}\"", field.remedy())), "{}", field.remedy());
        }
    }
}
