//! One setting of a training.

use std::ops::RangeInclusive;

use crate::messages::learner::TrainSettings;

/// A value that a setting cannot have; [`Field::remedy`] names what it can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unusable;

/// What a setting is set to.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// One of a few.
    Choice(String),
    /// A number.
    Number(f64),
}

/// A setting: form, links and messages know it by the same name.
#[derive(Debug)]
pub struct Field {
    name: &'static str,
    /// What it is if nobody sets it, in the recipe `sequence` and in the notebook's.
    defaults: [&'static str; 2],
    kind: Kind,
}

/// What a setting can be, and where it goes.
#[derive(Debug)]
pub(super) enum Kind {
    /// One of a few.
    Choice(&'static [&'static str], fn(&mut TrainSettings) -> &mut String),
    /// A whole number.
    Integer(RangeInclusive<u32>, fn(&mut TrainSettings) -> &mut u32),
    /// A number for which this is true.
    Number(fn(f64) -> bool, fn(&mut TrainSettings) -> &mut f64),
}

impl Field {
    pub(super) const fn new(name: &'static str, defaults: [&'static str; 2], kind: Kind) -> Self {
        Self { name, defaults, kind }
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// What it is if nobody sets it.
    pub fn default(&self, recipe: &str) -> &'static str {
        self.defaults[usize::from(recipe == "notebook")]
    }

    /// The id of its field in the page: names of trainings' settings that other settings have too begin with `train-` already.
    pub fn id(&self) -> String {
        let prefix = if self.name.starts_with("train-") { "" } else { "train-" };
        [prefix, self.name].concat()
    }

    /// The name of the words that say what it can be.
    pub fn remedy(&self) -> String {
        ["remedy-", self.name].concat()
    }

    /// Reads a value and puts it where it belongs; one that cannot be used leaves all as it is.
    ///
    /// # Errors
    /// If it cannot have this value.
    pub fn read(&self, text: &str, settings: &mut TrainSettings) -> Result<(), Unusable> {
        let text = text.trim();
        match &self.kind {
            Kind::Choice(choices, place) => {
                let choice = choices.iter().find(|choice| **choice == text).ok_or(Unusable)?;
                (*choice).clone_into(place(settings));
            }
            Kind::Integer(range, place) => {
                let number = text.parse().ok().filter(|number| range.contains(number));
                *place(settings) = number.ok_or(Unusable)?;
            }
            Kind::Number(is_usable, place) => {
                let number = model::parse_decimal_f64(text).filter(|&number| is_usable(number));
                *place(settings) = number.ok_or(Unusable)?;
            }
        }
        Ok(())
    }

    /// Its value in these settings.
    pub fn value(&self, settings: &TrainSettings) -> Value {
        // The places are found by whoever may write there.
        let mut settings = settings.clone();
        match &self.kind {
            Kind::Choice(_, place) => Value::Choice(place(&mut settings).clone()),
            Kind::Integer(_, place) => Value::Number(f64::from(*place(&mut settings))),
            Kind::Number(_, place) => Value::Number(*place(&mut settings)),
        }
    }
}
