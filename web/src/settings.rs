//! What can be set: by the form, by links and by embedding pages. One list of it, and one way to read it.
//!
//! Nothing here touches the browser, so that hostile input can be tried natively too.

mod choices;
mod setting;

pub use choices::{EngineChoice, View};
pub use setting::{FIELDS, Field, Setting, Unusable, Value};

use model::{Draw, Sampling};

/// All settings but those that depend on the models.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// What the page shows.
    pub view: View,
    /// What is divided by the temperature.
    pub draw: Draw,
    /// A script's temperature.
    pub temperature: f32,
    /// Those of a sweep's columns.
    pub temperatures: Vec<f32>,
    /// Characters to write.
    pub length: u32,
    /// Seed of the random stream.
    pub seed: u32,
    /// How many of the likeliest characters are drawn from; 0 is all.
    pub top_k: u32,
    /// The share of the probability that is drawn from; 1 is all.
    pub top_p: f32,
    /// Who is to write.
    pub engine: EngineChoice,
}

impl Default for Settings {
    /// The defaults of [`FIELDS`].
    fn default() -> Self {
        let mut settings = Self {
            view: View::default(),
            draw: Draw::default(),
            temperature: 0.0,
            temperatures: Vec::new(),
            length: 0,
            seed: 0,
            top_k: 0,
            top_p: 0.0,
            engine: EngineChoice::default(),
        };
        for field in &FIELDS {
            if let Ok(setting) = field.parse(field.default, &[]) {
                settings.set(setting.value);
            }
        }
        settings
    }
}

impl Settings {
    /// Takes a setting over.
    pub fn set(&mut self, value: Value) {
        match value {
            Value::View(view) => self.view = view,
            Value::Draw(draw) => self.draw = draw,
            Value::Temperature(temperature) => self.temperature = temperature,
            Value::Temperatures(temperatures) => self.temperatures = temperatures,
            Value::Length(length) => self.length = length,
            Value::Seed(seed) => self.seed = seed,
            Value::TopK(top_k) => self.top_k = top_k,
            Value::TopP(top_p) => self.top_p = top_p,
            Value::Engine(engine) => self.engine = engine,
            Value::Model(_) | Value::Prompt(_) => {}
        }
    }

    /// The temperatures of the scripts to write: one, or a sweep's.
    pub fn swept(&self) -> &[f32] {
        match self.view {
            View::Sweep => &self.temperatures,
            _ => std::slice::from_ref(&self.temperature),
        }
    }

    /// How a script's characters are drawn.
    pub fn sampling(&self) -> Sampling {
        Sampling { draw: self.draw, temperature: self.temperature, top_k: self.top_k, top_p: self.top_p }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_those_of_the_list() {
        let mut settings = Settings::default();
        assert_eq!(settings.swept(), [0.6]);
        assert_eq!((settings.length, settings.seed, settings.engine), (1200, 1, EngineChoice::Auto));
        assert_eq!(
            settings.sampling(),
            Sampling { draw: Draw::Logits, temperature: 0.6, top_k: 0, top_p: 1.0 }
        );
        settings.set(Value::View(View::Sweep));
        assert_eq!(settings.swept(), [0.2, 0.5, 0.8, 1.1]);
    }
}
