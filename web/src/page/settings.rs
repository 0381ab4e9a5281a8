//! What the visitor asks for: the form's fields, which links and embedding pages may fill too.

use model::{Request, Vocab};
use wasm_bindgen::JsValue;
use web::{
    dom::{Result, body, property, set_property, set_text, set_value, value},
    fields::number,
    limits::{is_usable, temperatures},
    words::{word, words},
};

use crate::models::Models;

/// Which engine the visitor wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Choice {
    /// The faster of those that work.
    Auto,
    /// The burn model on WebGPU.
    WebGpu,
    /// The plain loop in the page.
    Cpu,
}

/// What the page does: "write", "sweep" or "surprise".
pub(crate) fn view() -> String {
    body().ok().and_then(|body| body.get_attribute("data-view")).unwrap_or_default()
}

/// What a field can take.
pub(crate) fn remedy(name: &str, models: &Models) -> String {
    if name == "model" {
        return words("remedy-model", &[("models", &models.ids().join(", "))]);
    }
    word(&["remedy-", name].concat())
}

/// Sets a field to a value that it can take.
pub(crate) fn set_field(name: &str, value: &str) -> Result<()> {
    if name == "temperature" {
        // A slider would move a value from a link to its own end and step.
        let wanted = number(value).unwrap_or(0.6);
        let slider = web::dom::element(name)?;
        if wanted > 1.5 {
            set_property(&slider, "max", &JsValue::from_str(value));
        }
        if (wanted * 20.0).fract() != 0.0 {
            set_property(&slider, "step", &JsValue::from_str("any"));
        }
    }
    set_value(name, value)
}

/// What the form asks to be written: a script, or one for each temperature of a sweep.
pub(crate) fn requests(vocab: &Vocab, models: &Models) -> Result<Vec<Request>> {
    let unusable = |name: &str, value: &str| {
        let remedy = remedy(name, models);
        words("field-unusable", &[("name", name), ("value", value), ("remedy", &remedy)])
    };
    let field = |name: &str| {
        let value = value(name)?;
        match is_usable(name, &value, &models.ids()) {
            true => Ok(value),
            false => Err(unusable(name, &value)),
        }
    };
    let whole = |name: &str| Ok::<u32, String>(field(name)?.trim().parse().unwrap_or(0));
    let swept = match view().as_str() {
        "sweep" => temperatures(&field("temperatures")?).unwrap_or_default(),
        _ => vec![number(&field("temperature")?).unwrap_or(0.0)],
    };
    let (length, seed, top_k) = (whole("length")?, whole("seed")?, whole("topk")?);
    let top_p = number(&field("topp")?).unwrap_or(1.0);
    let prompt = value("prompt")?;
    let request = Request::new(vocab, &prompt, 0.0, u64::from(length), seed)
        .and_then(|request| request.with_top(top_k, top_p))
        .map_err(|error| sentence(&error.to_string()))?;
    // The same numbers of the same random stream for each, so that nothing but the temperature tells them apart.
    Ok(swept.into_iter().map(|temperature| Request { temperature, ..request.clone() }).collect())
}

/// Which engine is to write.
pub(crate) fn choice() -> Choice {
    match value("engine").unwrap_or_default().as_str() {
        "webgpu" => Choice::WebGpu,
        "cpu" => Choice::Cpu,
        _ => Choice::Auto,
    }
}

/// Says beside the slider what its value does.
pub(crate) fn describe_temperature() {
    let value = value("temperature").unwrap_or_default();
    set_text("temperature-shown", &value);
    let name = match number(&value).unwrap_or(0.0) {
        t if t <= 0.0 => "t-greedy",
        t if t < 0.35 => "t-careful",
        t if t < 0.75 => "t-balanced",
        t if t < 1.05 => "t-lively",
        _ => "t-wild",
    };
    set_text("temperature-words", &word(name));
}

/// A field's value in a message of an embedding page: a text or a number.
pub(crate) fn message_value(message: &JsValue, name: &str) -> Option<String> {
    let value = property(message, name);
    let of_number = |number| js_sys::Number::from(number).to_string_with_radix(10).ok().map(String::from);
    value.as_string().or_else(|| value.as_f64().and_then(of_number))
}

/// Makes an error's text a sentence.
pub(crate) fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(|c| c.to_ascii_uppercase().to_string()).unwrap_or_default();
    [&first, characters.as_str(), "."].concat()
}
