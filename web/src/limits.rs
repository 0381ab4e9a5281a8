//! What the settings can be: those of links, of embedding pages and of the form alike.
//!
//! Nothing here touches the browser, so that hostile input can be tried natively too.

use model::{MAX_LENGTH, MAX_TEMPERATURE};

use crate::fields::number;

/// The settings that links may have, with their defaults; those of the model and the prompt depend on the models.
pub const FIELDS: [(&str, &str); 9] = [
    ("view", "write"),
    ("model", ""),
    ("temperature", "0.6"),
    ("temperatures", "0.2, 0.5, 0.8, 1.1"),
    ("length", "1200"),
    ("seed", "1"),
    ("topk", "0"),
    ("topp", "1"),
    ("engine", "auto"),
];
/// Fewest and most columns of a sweep.
const COLUMNS: std::ops::RangeInclusive<usize> = 3..=6;

/// Whether a setting can be this value; `models` are the names of those that there are.
pub fn is_usable(name: &str, value: &str, models: &[&str]) -> bool {
    let value = value.trim();
    match name {
        "model" => models.contains(&value),
        "temperature" => number(value).is_some_and(|t| (0.0..=MAX_TEMPERATURE).contains(&t)),
        "temperatures" => temperatures(value).is_some(),
        "length" => value.parse().is_ok_and(|n: u32| (1..=MAX_LENGTH).contains(&n)),
        "seed" | "topk" => value.parse::<u32>().is_ok(),
        "topp" => number(value).is_some_and(|p| p > 0.0 && p <= 1.0),
        "view" => matches!(value, "write" | "sweep" | "surprise"),
        "engine" => matches!(value, "auto" | "webgpu" | "cpu"),
        _ => false,
    }
}

/// A sweep's temperatures, if they can be used.
pub fn temperatures(text: &str) -> Option<Vec<f32>> {
    let all: Option<Vec<f32>> = text.split(',').map(number).collect();
    let usable = |t: &f32| (0.0..=MAX_TEMPERATURE).contains(t);
    all.filter(|all| COLUMNS.contains(&all.len()) && all.iter().all(usable))
}

/// Whether a text is an origin, as `https://example.org` or `http://localhost:8000`.
pub fn is_origin(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| {
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte))
    })
}

/// The six hexadecimal digits of a colour, with or without `#` in front; nothing for anything else.
pub fn colour(text: &str) -> Option<&str> {
    let digits = text.trim_start_matches('#');
    (digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(digits)
}

/// Whether black is better to be read than white on a colour: by its luma (Rec. 601).
pub fn is_light(digits: &str) -> bool {
    let channel =
        |at: usize| digits.get(at..at + 2).and_then(|two| u32::from_str_radix(two, 16).ok()).unwrap_or(0);
    channel(0) * 299 + channel(2) * 587 + channel(4) * 114 > 128 * 1000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_an_origin() {
        for text in ["https://example.org", "http://localhost:8000", "http://[::1]:80", "https://a.b/"] {
            assert!(is_origin(text), "{text}");
        }
        for text in
            ["example.org", "https://", "https://a/b", "ftp://a", "https://a b", "https://a?b", "null"]
        {
            assert!(!is_origin(text), "{text}");
        }
    }

    #[test]
    fn knows_a_colour_and_what_can_be_read_on_it() {
        assert_eq!(colour("#9a4a1f"), Some("9a4a1f"));
        for text in ["9a4a1", "9a4a1g", "#9a4a1f0", "", "ééé"] {
            assert_eq!(colour(text), None, "{text}");
        }
        assert_eq!(["ffffff", "9a4a1f", "000000", "e8a06f"].map(is_light), [true, false, false, true]);
    }

    #[test]
    fn settings_have_their_limits() {
        let models = ["a", "b"];
        for (name, good, bad) in [
            ("model", "b", "c"),
            ("temperature", " 0.5 ", "NaN"),
            ("temperature", "1e2", "100.1"),
            ("temperatures", "0.1,0.2, 0.3", "0.1,0.2"),
            ("length", "1000000", "1000001"),
            ("seed", "4294967295", "-1"),
            ("topk", "0", "0.5"),
            ("topp", "1", "0"),
            ("view", "sweep", "inside"),
            ("engine", "cpu", "gpu"),
            ("engine", "auto", ""),
        ] {
            assert!(is_usable(name, good, &models), "{name} {good}");
            assert!(!is_usable(name, bad, &models), "{name} {bad}");
        }
        assert!(!is_usable("prompt", "x", &models) && !is_usable("__proto__", "x", &models));
        for (name, default) in FIELDS {
            assert!(name == "model" || is_usable(name, default, &models), "{name}");
        }
    }
}
