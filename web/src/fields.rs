//! Numbers in fields.

use model::Sampling;

use crate::dom::value;

/// A decimal number.
pub fn number(text: &str) -> Option<f32> {
    model::parse_decimal(text.trim())
}

/// A number with so many digits behind the point, as the browser writes it.
pub fn fixed(number: f64, digits: u8) -> String {
    let text = js_sys::Number::from(number).to_fixed(digits);
    text.map_or_else(|_| String::new(), String::from)
}

/// How the form has characters drawn; what cannot be used counts as its default.
pub fn sampling() -> Sampling {
    let field = |id: &str| value(id).ok().and_then(|text| number(&text));
    Sampling {
        temperature: field("temperature").filter(|t| *t >= 0.0).unwrap_or(0.6),
        top_k: field("topk").filter(|k| *k >= 0.0).unwrap_or(0.0) as u32,
        top_p: field("topp").filter(|p| *p > 0.0 && *p <= 1.0).unwrap_or(1.0),
    }
}
