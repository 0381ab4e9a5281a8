//! Numbers as texts.

/// A decimal number.
pub fn number(text: &str) -> Option<f32> {
    model::parse_decimal(text.trim())
}

/// A number with so many digits behind the point, as the browser writes it.
pub fn fixed(number: f64, digits: u8) -> String {
    let text = js_sys::Number::from(number).to_fixed(digits);
    text.map_or_else(|_| String::new(), String::from)
}
