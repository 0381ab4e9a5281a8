//! What a message of an embedding page says of a training. All of it is checked before anything is done.

use super::command::MAX_NAME;
use crate::recipe::{self, Field};

/// The field with the text to learn from.
const TEXT: &str = "text";

/// A training that an embedding page asks for.
#[derive(Debug, Default)]
pub struct TrainCommand {
    /// The text to learn from; if it says none, the one that is there.
    pub text: Option<String>,
    /// Settings to change, each with its new value, which can be used.
    pub settings: Vec<(&'static Field, String)>,
}

/// Why a training cannot be begun.
#[derive(Debug)]
pub enum TrainFault {
    /// This field is none of those that the message may have.
    Field(String),
    /// The text is none.
    Text,
    /// This setting's value cannot be used.
    Value(&'static Field),
}

impl TrainCommand {
    /// Reads a message's other properties than its version and type, of which a value is text or number; `None` for
    /// anything else.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(properties: impl IntoIterator<Item = (String, Option<String>)>) -> Result<Self, TrainFault> {
        let mut command = Self::default();
        // Only whether a value can be used is asked here.
        let mut settings = recipe::settings_of("");
        for (name, value) in properties {
            if name == TEXT {
                command.text = Some(value.ok_or(TrainFault::Text)?);
                continue;
            }
            let field = recipe::field(&name)
                .ok_or_else(|| TrainFault::Field(name.chars().take(MAX_NAME).collect()))?;
            let value = value.ok_or(TrainFault::Value(field))?;
            field.read(&value, &mut settings).map_err(|_| TrainFault::Value(field))?;
            // The recipe comes first: it decides what the others are if nobody sets them.
            let place = if field.name() == "recipe" { 0 } else { command.settings.len() };
            command.settings.insert(place, (field, value));
        }
        Ok(command)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(properties: &[(&str, Option<&str>)]) -> Result<TrainCommand, String> {
        let owned = |&(name, value): &(&str, Option<&str>)| (name.to_owned(), value.map(str::to_owned));
        TrainCommand::parse(properties.iter().map(owned)).map_err(|fault| match fault {
            TrainFault::Field(name) => name,
            TrainFault::Text => "text".to_owned(),
            TrainFault::Value(field) => field.name().to_owned(),
        })
    }

    #[test]
    fn takes_a_text_and_settings_of_which_the_recipe_is_first() {
        let command =
            parse(&[("hidden", Some("64")), ("text", Some("<b>")), ("recipe", Some("notebook"))]).unwrap();
        assert_eq!(command.text.as_deref(), Some("<b>"));
        let settings: Vec<_> =
            command.settings.iter().map(|(field, text)| (field.name(), text.as_str())).collect();
        assert_eq!(settings, [("recipe", "notebook"), ("hidden", "64")]);
    }

    #[test]
    fn says_what_is_wrong() {
        assert_eq!(parse(&[("hidden", Some("0"))]).unwrap_err(), "hidden");
        assert_eq!(parse(&[("hidden", None)]).unwrap_err(), "hidden");
        assert_eq!(parse(&[("text", None)]).unwrap_err(), "text");
        assert_eq!(parse(&[("prompt", Some("a"))]).unwrap_err(), "prompt");
        assert_eq!(parse(&[(&"é".repeat(50), Some("a"))]).unwrap_err(), "é".repeat(40));
    }
}
