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

/// A number with as many digits as it takes, as the browser writes it.
pub fn plain(number: f64) -> String {
    let text = js_sys::Number::from(number).to_string_with_radix(10);
    text.map_or_else(|_| String::new(), String::from)
}

/// A number with separators, as people read it.
pub fn grouped(number: f64) -> String {
    let digits = ((number + 0.5) as u64).to_string();
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_by_thousands() {
        let shown = [0.4, 12.0, 999.6, 54321.0, 1234567.0].map(grouped);
        assert_eq!(shown, ["0", "12", "1,000", "54,321", "1,234,567"]);
    }
}
