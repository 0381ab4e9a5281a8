//! Numbers and times for people.

use web::{numbers::fixed, words::words};

/// A loss, with as many digits as Keras prints.
pub(crate) fn loss(number: f64) -> String {
    fixed(number, 4)
}

/// Some time, in the unit that suits it.
pub(crate) fn time(secs: f64) -> String {
    let (name, number) = match secs {
        secs if secs < 1.0 => ("time-moment", 0.0),
        secs if secs < 90.0 => ("time-seconds", secs),
        secs if secs < 5400.0 => ("time-minutes", secs / 60.0),
        _ => ("time-hours", secs / 3600.0),
    };
    let digits = if name == "time-hours" { 1 } else { 0 };
    match name {
        "time-moment" => words("time-moment", &[]),
        "time-seconds" => words("time-seconds", &[("number", &fixed(number, digits))]),
        "time-minutes" => words("time-minutes", &[("number", &fixed(number, digits))]),
        _ => words("time-hours", &[("number", &fixed(number, digits))]),
    }
}
