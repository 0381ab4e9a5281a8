//! Commands of an embedding page. All of a message is checked before anything is done.

use crate::settings::{Field, Setting};

/// The protocol's version.
pub const VERSION: f64 = 1.0;
/// The property that carries it and tells our messages from others.
pub const MARK: &str = "scriptorium";
/// Most characters of an unknown field's name that are repeated to whoever sent it.
pub(super) const MAX_NAME: usize = 40;

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Change the settings and write.
    Generate,
    /// Change the settings.
    Set,
    /// Train; what the message says of that is another program's to read.
    Train,
    /// Stop what is being written, or trained.
    Stop,
}

/// A message that can be obeyed.
#[derive(Debug, PartialEq)]
pub struct Command {
    /// What is to be done.
    pub action: Action,
    /// Settings to change before that.
    pub settings: Vec<Setting>,
}

/// Why a message cannot be obeyed.
#[derive(Debug, PartialEq)]
pub enum Fault {
    /// Of another version of the protocol.
    Version,
    /// Of no known type.
    Type,
    /// This field is none of those that the message may have.
    Field(String),
    /// This setting's value cannot be used.
    Value(&'static Field),
}

impl Command {
    /// Reads a message: its version and type, and its other properties, of which a value is text or number; `None` for
    /// anything else.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(
        version: Option<f64>,
        kind: &str,
        properties: impl IntoIterator<Item = (String, Option<String>)>,
        models: &[&str],
    ) -> Result<Self, Fault> {
        if version != Some(VERSION) {
            return Err(Fault::Version);
        }
        let action = match kind {
            "generate" => Action::Generate,
            "set" => Action::Set,
            "train" => Action::Train,
            "stop" => Action::Stop,
            _ => return Err(Fault::Type),
        };
        let mut settings = Vec::new();
        if action == Action::Train {
            return Ok(Self { action, settings });
        }
        for (name, value) in properties {
            let field =
                Field::by_name(&name).filter(|field| action != Action::Stop && field.is_in_messages());
            let field = field.ok_or_else(|| Fault::Field(name.chars().take(MAX_NAME).collect()))?;
            let value = value.ok_or(Fault::Value(field))?;
            settings.push(field.parse(&value, models).map_err(|_| Fault::Value(field))?);
        }
        Ok(Self { action, settings })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(kind: &str, properties: &[(&str, Option<&str>)]) -> Result<Command, Fault> {
        let owned = |&(name, value): &(&str, Option<&str>)| (name.to_owned(), value.map(str::to_owned));
        Command::parse(Some(VERSION), kind, properties.iter().map(owned), &["a"])
    }

    /// Which setting's value cannot be used.
    fn unusable(kind: &str, properties: &[(&str, Option<&str>)]) -> &'static str {
        match parse(kind, properties) {
            Err(Fault::Value(field)) => field.name,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn obeys_what_it_knows() {
        let command = parse("set", &[("seed", Some("4")), ("prompt", Some("<b>"))]).unwrap();
        assert_eq!(command.action, Action::Set);
        let settings: Vec<_> =
            command.settings.iter().map(|setting| (setting.field.name, setting.text.as_str())).collect();
        assert_eq!(settings, [("seed", "4"), ("prompt", "<b>")]);
        assert_eq!(parse("stop", &[]).unwrap().action, Action::Stop);
        assert_eq!(parse("train", &[("hidden", Some("x"))]).unwrap().action, Action::Train);
    }

    #[test]
    fn says_what_is_wrong() {
        assert_eq!(Command::parse(None, "set", [], &[]), Err(Fault::Version));
        assert_eq!(Command::parse(Some(1.5), "set", [], &[]), Err(Fault::Version));
        assert_eq!(parse("format", &[]), Err(Fault::Type));
        assert_eq!(parse("stop", &[("seed", Some("4"))]), Err(Fault::Field("seed".to_owned())));
        assert_eq!(parse("set", &[("view", Some("write"))]), Err(Fault::Field("view".to_owned())));
        assert_eq!(parse("set", &[(&"é".repeat(50), None)]), Err(Fault::Field("é".repeat(40))));
        assert_eq!(unusable("set", &[("seed", Some("4")), ("model", Some("c"))]), "model");
        assert_eq!(unusable("set", &[("prompt", None)]), "prompt");
    }
}
