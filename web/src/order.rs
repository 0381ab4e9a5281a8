//! What an embedding page asks for (docs/embedding.md). All of a message is checked before anything is done.
//!
//! Nothing here touches the browser, so that hostile messages can be tried natively too.

use crate::limits::is_usable;

/// The protocol's version.
pub const VERSION: f64 = 1.0;
/// The property that carries it and tells our messages from others.
pub const MARK: &str = "scriptorium";
/// What `generate` and `set` may set.
const SETTABLE: [&str; 9] =
    ["model", "prompt", "temperature", "temperatures", "length", "seed", "topk", "topp", "engine"];

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// Set the fields and write.
    Generate,
    /// Set the fields.
    Set,
    /// Stop what is being written.
    Stop,
}

/// A message that can be obeyed.
#[derive(Debug, PartialEq, Eq)]
pub struct Order {
    /// What is to be done.
    pub deed: Deed,
    /// Settings and their values, each of which can be used.
    pub fields: Vec<(String, String)>,
}

/// Why a message cannot be obeyed.
#[derive(Debug, PartialEq, Eq)]
pub enum Fault {
    /// Of another version of the protocol.
    Version,
    /// Of no known type.
    Type,
    /// This field is none of those that the message may have.
    Field(String),
    /// This field's value cannot be used.
    Value(String),
}

impl Order {
    /// Reads a message: its version and type, and its other properties, of which a value is text or number; `None` for
    /// anything else.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(
        version: Option<f64>,
        kind: &str,
        properties: impl IntoIterator<Item = (String, Option<String>)>,
        models: &[&str],
    ) -> Result<Self, Fault> {
        if version != Some(VERSION) {
            return Err(Fault::Version);
        }
        let deed = match kind {
            "generate" => Deed::Generate,
            "set" => Deed::Set,
            "stop" => Deed::Stop,
            _ => return Err(Fault::Type),
        };
        let mut fields = Vec::new();
        for (name, value) in properties {
            if deed == Deed::Stop || !SETTABLE.contains(&name.as_str()) {
                return Err(Fault::Field(name.chars().take(40).collect()));
            }
            match value.filter(|value| name == "prompt" || is_usable(&name, value, models)) {
                Some(value) => fields.push((name, value)),
                None => return Err(Fault::Value(name)),
            }
        }
        Ok(Self { deed, fields })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(kind: &str, properties: &[(&str, Option<&str>)]) -> Result<Order, Fault> {
        let owned = |&(name, value): &(&str, Option<&str>)| (name.to_owned(), value.map(str::to_owned));
        Order::read(Some(VERSION), kind, properties.iter().map(owned), &["a"])
    }

    #[test]
    fn obeys_what_it_knows() {
        let order = read("set", &[("seed", Some("4")), ("prompt", Some("<b>"))]).unwrap();
        assert_eq!(order.deed, Deed::Set);
        assert_eq!(
            order.fields,
            [("seed", "4"), ("prompt", "<b>")].map(|(n, v)| (n.to_owned(), v.to_owned()))
        );
        assert_eq!(read("stop", &[]).unwrap().deed, Deed::Stop);
    }

    #[test]
    fn says_what_is_wrong() {
        assert_eq!(Order::read(None, "set", [], &[]), Err(Fault::Version));
        assert_eq!(Order::read(Some(1.5), "set", [], &[]), Err(Fault::Version));
        assert_eq!(read("format", &[]), Err(Fault::Type));
        assert_eq!(read("stop", &[("seed", Some("4"))]), Err(Fault::Field("seed".to_owned())));
        assert_eq!(read("set", &[("view", Some("write"))]), Err(Fault::Field("view".to_owned())));
        assert_eq!(read("set", &[(&"é".repeat(50), None)]), Err(Fault::Field("é".repeat(40))));
        assert_eq!(
            read("set", &[("seed", Some("4")), ("model", Some("c"))]),
            Err(Fault::Value("model".to_owned()))
        );
        assert_eq!(read("set", &[("prompt", None)]), Err(Fault::Value("prompt".to_owned())));
    }
}
