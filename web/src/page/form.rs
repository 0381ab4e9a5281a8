//! The form: what the visitor asks for. Links and embedding pages may fill it too.

use model::{Draw, Request, Vocab};
use wasm_bindgen::JsValue;
use web::{
    dom::{Result, element, set_property, set_text, set_value, value},
    fields::{settings_of, unusable, view},
    settings::{FIELDS, Setting, Settings, Value, View},
    words::{word, words},
};

use crate::{models::Models, sentences::remedy, view};

/// Shows a setting.
pub(crate) fn show(setting: &Setting) -> Result<()> {
    match setting.value {
        Value::View(view) => {
            view::show_view(view);
            return Ok(());
        }
        Value::Temperature(temperature) => fit_slider(temperature, &setting.text)?,
        _ => {}
    }
    set_value(setting.field.name, &setting.text)
}

/// Lets the slider hold a temperature: it would move one that a link asks for to its own end and step.
fn fit_slider(temperature: f32, text: &str) -> Result<()> {
    let slider = element("temperature")?;
    if temperature > 1.5 {
        set_property(&slider, "max", &JsValue::from_str(text));
    }
    if (temperature * 20.0).fract() != 0.0 {
        set_property(&slider, "step", &JsValue::from_str("any"));
    }
    Ok(())
}

/// What the form says: every field that the view asks for is read.
pub(crate) fn settings(models: &Models) -> Result<Settings> {
    let view = view();
    let mut settings = Settings { view, ..Settings::default() };
    for field in &FIELDS {
        match (field.name, view) {
            ("view", _) | ("temperature", View::Sweep) => continue,
            ("temperatures", _) if view != View::Sweep => continue,
            _ => {}
        }
        let text = value(field.name)?;
        let setting =
            field.parse(&text, &models.ids()).map_err(|_| unusable(field, &text, &remedy(field, models)))?;
        settings.set(setting.value);
    }
    Ok(settings)
}

/// What is to be written: a script, or one for each temperature of a sweep.
pub(crate) fn requests(settings: &Settings, vocab: &Vocab) -> Result<Vec<Request>> {
    let prompt = value("prompt")?;
    let request = Request::of_checked(vocab, &prompt, settings.sampling(), settings.length, settings.seed)
        .map_err(|error| words("prompt-unusable", &[("error", &error.to_string())]))?;
    // The same numbers of the same random stream for each, so that nothing but the temperature tells them apart.
    let requests = settings.swept().iter().map(|&temperature| Request { temperature, ..request.clone() });
    Ok(requests.collect())
}

/// Says beside the temperatures what they do.
pub(crate) fn describe_temperature() {
    set_text("temperature-shown", &value("temperature").unwrap_or_default());
    // A slider has no value that cannot be used.
    let Ok(settings) = settings_of(&["temperature", "draw"]) else { return };
    let is_of_logits = settings.draw == Draw::Logits;
    let name = match settings.temperature {
        _ if !is_of_logits => "t-probabilities",
        t if t <= 0.0 => "t-greedy",
        t if t < 0.35 => "t-careful",
        t if t < 0.75 => "t-balanced",
        t if t < 1.05 => "t-lively",
        _ => "t-wild",
    };
    let name = word(name);
    set_text("temperature-words", &name);
    // Of logits the columns show it.
    set_text("temperatures-words", if is_of_logits { "" } else { &name });
}
