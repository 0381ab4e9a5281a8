//! What the visitor asks for: the form's fields and the URL's parameters.

use wasm_bindgen::JsValue;
use web_sys::{HtmlElement, HtmlInputElement, HtmlSelectElement, HtmlTextAreaElement, UrlSearchParams};

use crate::{
    dom::{Result, by_id, window},
    models::{MODELS, Model},
};

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

/// The form's content, not yet checked against a model.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Settings {
    pub(crate) model: Model,
    pub(crate) prompt: String,
    pub(crate) temperature: f32,
    pub(crate) top_k: u32,
    pub(crate) top_p: f32,
    pub(crate) length: u64,
    pub(crate) seed: u32,
    pub(crate) choice: Choice,
}

/// The fields that links may set, with their defaults; the prompt's depends on the model.
const FIELDS: [(&str, &str); 5] =
    [("model", MODELS[0].id), ("temperature", "0.6"), ("length", "1200"), ("seed", "1"), ("engine", "auto")];

/// Fills the form from the URL's parameters. Returns a sentence for each that cannot be used; the default
/// stands in for it.
pub(crate) fn fill_from_url() -> Result<Vec<String>> {
    let parameters = parameters()?;
    let mut problems = Vec::new();
    for (name, default) in FIELDS {
        let wanted = parameters.get(name);
        let value = match &wanted {
            Some(value) if is_usable(name, value) => value.trim(),
            Some(value) => {
                let shown: String = value.chars().take(40).collect();
                problems.push(format!(
                    "The link's {name} “{shown}” cannot be used ({}); {default} stands in for it.",
                    remedy(name)
                ));
                default
            }
            None => default,
        };
        set_value(name, value)?;
    }
    if limits(&parameters).is_none() {
        problems.push("The link's topk or topp cannot be used (give a whole number from 0, and one above 0 and up to 1); all characters are drawn from.".to_owned());
    }
    let model = model()?;
    let prompt = parameters.get("prompt").unwrap_or_else(|| model.prompt.to_owned());
    by_id::<HtmlTextAreaElement>("prompt")?.set_value(&prompt);
    describe_temperature()?;
    Ok(problems)
}

/// The URL's `topk` and `topp`: 0 and 1 where they are not given, nothing where they cannot be used.
fn limits(parameters: &UrlSearchParams) -> Option<(u32, f32)> {
    let top_k = parameters.get("topk").map_or(Some(0), |text| text.trim().parse().ok())?;
    let top_p = parameters.get("topp").map_or(Some(1.0), |text| number(&text))?;
    (top_p > 0.0 && top_p <= 1.0).then_some((top_k, top_p))
}

/// The URL's parameters.
pub(crate) fn parameters() -> Result<UrlSearchParams> {
    let search = window()?.location().search().unwrap_or_default();
    UrlSearchParams::new_with_str(&search).map_err(|_| "The link's parameters cannot be read.".to_owned())
}

/// Puts the settings into the URL, so that copying the address shares them.
pub(crate) fn write_to_url(settings: &Settings) -> Result<()> {
    let parameters = parameters()?;
    let choice = match settings.choice {
        Choice::Auto => "auto",
        Choice::WebGpu => "webgpu",
        Choice::Cpu => "cpu",
    };
    parameters.set("model", settings.model.id);
    parameters.set("prompt", &settings.prompt);
    parameters.set("temperature", &settings.temperature.to_string());
    parameters.set("length", &settings.length.to_string());
    parameters.set("seed", &settings.seed.to_string());
    parameters.set("engine", choice);
    let url = format!("?{}", String::from(parameters.to_string()));
    if let Ok(history) = window()?.history() {
        // Refused in some sandboxed frames; the script is written all the same.
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&url));
    }
    Ok(())
}

fn is_usable(name: &str, value: &str) -> bool {
    let value = value.trim();
    match name {
        "model" => Model::by_id(value).is_some(),
        "temperature" => number(value).is_some_and(|t| (0.0..=model::MAX_TEMPERATURE).contains(&t)),
        "length" => value.parse().is_ok_and(|n: u32| (1..=model::MAX_LENGTH).contains(&n)),
        "seed" => value.parse::<u32>().is_ok(),
        _ => matches!(value, "auto" | "webgpu" | "cpu"),
    }
}

fn remedy(name: &str) -> String {
    match name {
        "model" => {
            let ids: Vec<&str> = MODELS.iter().map(|model| model.id).collect();
            format!("there are {}", ids.join(", "))
        }
        "temperature" => format!("give a number from 0 to {}", model::MAX_TEMPERATURE),
        "length" => format!("give a number from 1 to {}", model::MAX_LENGTH),
        "seed" => format!("give a whole number from 0 to {}", u32::MAX),
        _ => "give auto, webgpu or cpu".to_owned(),
    }
}

/// A number as the browser reads it: Rust's own reading would bring a table of ten kilobytes.
fn number(text: &str) -> Option<f32> {
    let number = f64::try_from(JsValue::from_str(text.trim())).ok()?;
    (!text.trim().is_empty() && !number.is_nan()).then_some(number as f32)
}

fn set_value(name: &str, value: &str) -> Result<()> {
    if matches!(name, "model" | "engine") {
        by_id::<HtmlSelectElement>(name)?.set_value(value);
        return Ok(());
    }
    let input = by_id::<HtmlInputElement>(name)?;
    if name == "temperature" {
        // A slider would move a value from a link to its own end and step.
        let wanted = number(value).unwrap_or(0.6);
        if wanted > 1.5 {
            input.set_max(value);
        }
        if (wanted * 20.0).fract() != 0.0 {
            input.set_step("any");
        }
    }
    input.set_value(value);
    Ok(())
}

fn model() -> Result<Model> {
    let id = by_id::<HtmlSelectElement>("model")?.value();
    Ok(Model::by_id(&id).unwrap_or(MODELS[0]))
}

/// Reads the form.
pub(crate) fn read_form() -> Result<Settings> {
    let field = |id: &str| Ok::<_, String>(by_id::<HtmlInputElement>(id)?.value().trim().to_owned());
    let whole = |id: &str, title: &str| {
        let text = field(id)?;
        text.parse::<u64>()
            .map_err(|_| format!("The {title} “{text}” is not a whole number; {}.", remedy(id)))
    };
    let seed = whole("seed", "seed")?;
    let choice = match by_id::<HtmlSelectElement>("engine")?.value().as_str() {
        "webgpu" => Choice::WebGpu,
        "cpu" => Choice::Cpu,
        _ => Choice::Auto,
    };
    let (top_k, top_p) = limits(&parameters()?).unwrap_or((0, 1.0));
    Ok(Settings {
        model: model()?,
        prompt: by_id::<HtmlTextAreaElement>("prompt")?.value(),
        temperature: number(&field("temperature")?).unwrap_or(f32::NAN),
        top_k,
        top_p,
        length: whole("length", "length")?,
        seed: u32::try_from(seed)
            .map_err(|_| format!("The seed {seed} is too large; {}.", remedy("seed")))?,
        choice,
    })
}

/// Says beside the slider what its value does.
pub(crate) fn describe_temperature() -> Result<()> {
    let value = by_id::<HtmlInputElement>("temperature")?.value();
    let temperature = number(&value).unwrap_or(0.0);
    by_id::<HtmlElement>("temperature-shown")?.set_text_content(Some(&value));
    let words = match temperature {
        t if t <= 0.0 => "Always the likeliest character: repeats itself.",
        t if t < 0.35 => "Careful: plain words, soon going round in circles.",
        t if t < 0.75 => "Balanced: reads like the original.",
        t if t < 1.05 => "Lively: surprising turns, some invented words.",
        _ => "Wild: spelling dissolves.",
    };
    by_id::<HtmlElement>("temperature-words")?.set_text_content(Some(words));
    Ok(())
}
