//! One setting, the list of all that there are, and how each is read.

use std::ops::RangeInclusive;

use model::{Draw, MAX_LENGTH, MAX_TEMPERATURE};

use super::choices::{EngineChoice, View};
use crate::numbers::number;

/// Fewest and most columns of a sweep.
const COLUMNS: RangeInclusive<usize> = 3..=6;

/// A setting that can be used.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting {
    /// Which one.
    pub field: &'static Field,
    /// As it was written, which is what its field of the form shows.
    pub text: String,
    /// As it is used.
    pub value: Value,
}

/// What a setting is set to.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// What the page shows.
    View(View),
    /// The model of this name.
    Model(String),
    /// A script's temperature.
    Temperature(f32),
    /// Those of a sweep's columns.
    Temperatures(Vec<f32>),
    /// What is divided by them.
    Draw(Draw),
    /// Characters to write.
    Length(u32),
    /// Seed of the random stream.
    Seed(u32),
    /// How many of the likeliest characters are drawn from; 0 is all.
    TopK(u32),
    /// The share of the probability that is drawn from; 1 is all.
    TopP(f32),
    /// Who is to write.
    Engine(EngineChoice),
    /// What the script begins with.
    Prompt(String),
}

/// Why a setting cannot be used.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Unusable {
    /// There is none of this name.
    Name,
    /// It cannot have this value; [`Field::remedy`] names what it can have.
    Value(&'static Field),
}

impl Setting {
    /// Reads a setting; `models` are the names of the models that there are.
    ///
    /// # Errors
    /// If there is no such setting, or if it cannot have this value.
    pub fn parse(name: &str, text: &str, models: &[&str]) -> Result<Self, Unusable> {
        Field::by_name(name).ok_or(Unusable::Name)?.parse(text, models)
    }
}

/// A setting: the form, links and messages know it by the same name.
#[derive(Debug)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// What it is if nobody sets it; the default model and prompt depend on the models.
    pub default: &'static str,
    /// Whether links leave it out as long as it is the default.
    pub is_seldom_set: bool,
    /// Reads a text, given the names of the models.
    read: Read,
}

/// All settings, in the order in which links have them. The model comes before the prompt, whose default depends on it.
pub static FIELDS: [Field; 11] = [
    Field::seldom("view", "write", |text, _| View::parse(text).map(Value::View)),
    Field::usual("model", "", |text, models| models.contains(&text).then(|| Value::Model(text.to_owned()))),
    Field::usual("temperature", "0.6", |text, _| temperature(text).map(Value::Temperature)),
    Field::seldom("temperatures", "0.2, 0.5, 0.8, 1.1", |text, _| {
        temperatures(text).map(Value::Temperatures)
    }),
    Field::seldom("draw", "logits", |text, _| Draw::parse(text).map(Value::Draw)),
    Field::usual("length", "1200", |text, _| integer(text, 1..=MAX_LENGTH).map(Value::Length)),
    Field::usual("seed", "1", |text, _| integer(text, 0..=u32::MAX).map(Value::Seed)),
    Field::seldom("topk", "0", |text, _| integer(text, 0..=u32::MAX).map(Value::TopK)),
    Field::seldom("topp", "1", |text, _| number(text).filter(|p| *p > 0.0 && *p <= 1.0).map(Value::TopP)),
    Field::usual("engine", "auto", |text, _| EngineChoice::parse(text).map(Value::Engine)),
    Field::usual("prompt", "", |text, _| Some(Value::Prompt(text.to_owned()))),
];

type Read = fn(&str, &[&str]) -> Option<Value>;

impl Field {
    const fn usual(name: &'static str, default: &'static str, read: Read) -> Self {
        Self { name, default, is_seldom_set: false, read }
    }

    const fn seldom(name: &'static str, default: &'static str, read: Read) -> Self {
        Self { name, default, is_seldom_set: true, read }
    }

    /// The setting of a name, if there is one.
    pub fn by_name(name: &str) -> Option<&'static Self> {
        FIELDS.iter().find(|field| field.name == name)
    }

    /// Whether messages may set it: an embedding page chooses the view once, by its link.
    pub fn is_in_messages(&self) -> bool {
        self.name != "view"
    }

    /// Reads a value of this setting; `models` are the names of the models that there are.
    ///
    /// # Errors
    /// If it cannot have this value.
    pub fn parse(&'static self, text: &str, models: &[&str]) -> Result<Setting, Unusable> {
        // Only in a prompt does space at its ends mean something.
        let text = if self.name == "prompt" { text } else { text.trim() };
        let value = (self.read)(text, models).ok_or(Unusable::Value(self))?;
        Ok(Setting { field: self, text: text.to_owned(), value })
    }

    /// The name of the words that say what it can be.
    pub fn remedy(&self) -> String {
        ["remedy-", self.name].concat()
    }
}

impl PartialEq for Field {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

fn integer(text: &str, range: RangeInclusive<u32>) -> Option<u32> {
    text.parse().ok().filter(|number| range.contains(number))
}

fn temperature(text: &str) -> Option<f32> {
    number(text).filter(|temperature| (0.0..=MAX_TEMPERATURE).contains(temperature))
}

fn temperatures(text: &str) -> Option<Vec<f32>> {
    let all: Option<Vec<f32>> = text.split(',').map(temperature).collect();
    all.filter(|all| COLUMNS.contains(&all.len()))
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;

    #[test]
    fn settings_have_their_limits() {
        let models = ["a", "b"];
        let is_usable = |name: &str, text: &str| Setting::parse(name, text, &models).is_ok();
        for (name, good, bad) in [
            ("model", "b", "c"),
            ("temperature", " 0.5 ", "NaN"),
            ("temperature", "1e2", "100.1"),
            ("temperatures", "0.1,0.2, 0.3", "0.1,0.2"),
            ("draw", "probabilities", "softmax"),
            ("length", "1000000", "1000001"),
            ("seed", "4294967295", "-1"),
            ("topk", "0", "0.5"),
            ("topp", "1", "0"),
            ("view", "sweep", "inside"),
            ("view", "train", "learn"),
            ("engine", "cpu", "gpu"),
            ("engine", "auto", ""),
        ] {
            assert!(is_usable(name, good), "{name} {good}");
            assert!(!is_usable(name, bad), "{name} {bad}");
        }
        assert_eq!(Setting::parse("__proto__", "x", &models), Err(Unusable::Name));
        for field in &FIELDS {
            assert!(field.name == "model" || is_usable(field.name, field.default), "{}", field.name);
        }
    }

    #[test]
    fn what_is_written_stays_beside_what_it_means() {
        let read = |name, text| Setting::parse(name, text, &[]).map(|setting| (setting.text, setting.value));
        assert_eq!(read("temperature", " 1e-1 "), Ok(("1e-1".to_owned(), Value::Temperature(0.1))));
        assert_eq!(read("prompt", " A:\n"), Ok((" A:\n".to_owned(), Value::Prompt(" A:\n".to_owned()))));
        assert_eq!(read("view", "surprise").map(|(_, value)| value), Ok(Value::View(View::Surprise)));
    }

    #[test]
    fn the_page_has_a_remedy_for_each_setting() {
        let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../index.html");
        let page = fs::read_to_string(page).unwrap();
        for field in &FIELDS {
            assert!(page.contains(&format!("data-word=\"{}\"", field.remedy())), "{}", field.name);
        }
    }
}
