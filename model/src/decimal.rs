//! Decimal numbers, read and written in a few lines: those of core are 15 KB of tables and code in the page.

/// A number for people: at most six decimals, without zeros at their end; a very large or very small one with a power
/// of ten.
pub(crate) fn decimal(number: f32) -> String {
    // Up to here the millionths fit a u64.
    const LARGE: f64 = 1e12;
    const SMALL: f64 = 1e-6;
    // From here on, a number with six decimals is rounded to ten.
    const TEN: f64 = 9.999_999_5;
    if number.is_nan() {
        return "NaN".to_owned();
    }
    let sign = if number < 0.0 { "-" } else { "" };
    let mut size = f64::from(number).abs();
    if size == f64::INFINITY {
        return [sign, "inf"].concat();
    }
    let mut power = 0;
    if size >= LARGE {
        while size >= TEN {
            (size, power) = (size / 10.0, power + 1);
        }
    } else if size < SMALL && size > 0.0 {
        while size < TEN / 10.0 {
            (size, power) = (size * 10.0, power - 1);
        }
    }
    let millionths = (size * 1e6 + 0.5) as u64;
    let digits = format!("{sign}{}.{:06}", millionths / 1_000_000, millionths % 1_000_000);
    let digits = digits.trim_end_matches('0').trim_end_matches('.');
    if power == 0 { digits.to_owned() } else { format!("{digits}e{power}") }
}

/// Reads a decimal number with or without a sign, a fraction and a power of ten; `None` for anything else and for
/// what is beyond a f32.
///
/// Every f32 from 0 to 20 comes back as it was written by `to_string`. Others may err in the last place.
pub fn parse(text: &str) -> Option<f32> {
    let number = parse_f64(text)? as f32;
    number.is_finite().then_some(number)
}

/// The same for a f64, which may be infinite. What has at most 15 digits and a power of ten of at most 22 is read exactly.
pub fn parse_f64(text: &str) -> Option<f64> {
    let (negative, text) = sign(text);
    let (digits, power) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (integer, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if integer.is_empty() && fraction.is_empty() {
        return None;
    }
    let (below, power) = sign(power);
    let power = power.bytes().try_fold(None, |power, byte| {
        // As much as it takes to be sure of 0 or infinity.
        Some(Some((power.unwrap_or(0) * 10 + digit(byte)? as i32).min(1_000)))
    })??;
    let mut power = if below { -power } else { power };
    let mut mantissa = 0u64;
    for (byte, behind) in integer.bytes().map(|byte| (byte, 0)).chain(fraction.bytes().map(|byte| (byte, 1)))
    {
        let digit = digit(byte)?;
        if mantissa < u64::MAX / 100 {
            mantissa = mantissa * 10 + digit;
            power -= behind;
        } else {
            power += 1 - behind;
        }
    }
    let mut scale = 1.0f64;
    for _ in 0..power.unsigned_abs().min(1_000) {
        scale *= 10.0;
    }
    let number = match mantissa {
        0 => 0.0,
        // A quotient, as a power of ten up to 22 is exact in a f64, and a tenth is not.
        _ if power < 0 => mantissa as f64 / scale,
        _ => mantissa as f64 * scale,
    };
    Some(if negative { -number } else { number })
}

/// Whether there is a minus, and what stands behind the sign.
fn sign(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

fn digit(byte: u8) -> Option<u64> {
    byte.is_ascii_digit().then(|| u64::from(byte - b'0'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{draw::uniform, test_prelude::test};

    #[test]
    fn writes_for_people() {
        for (number, expected) in [
            (0.0, "0"),
            (-0.0, "0"),
            (-1.0, "-1"),
            (1.1, "1.1"),
            (-0.5, "-0.5"),
            (0.000_01, "0.00001"),
            (1.0 / 3.0, "0.333333"),
            (0.999_999_9, "1"),
            (100.0, "100"),
            (16_777_216.0, "16777216"),
            (1e38, "1e38"),
            (f32::MAX, "3.402823e38"),
            (-2.5e-9, "-2.5e-9"),
            (1e-9, "1e-9"),
            (f32::NAN, "NaN"),
            (f32::INFINITY, "inf"),
            (f32::NEG_INFINITY, "-inf"),
        ] {
            assert_eq!(decimal(number), expected);
        }
    }

    #[test]
    fn reads_what_rust_writes() {
        for step in 0..20_000 {
            // All magnitudes, as the square of the square of a small number is very small.
            let share = uniform(5, 0, step);
            for number in [20.0 * share, 20.0 * share.powi(4), share.powi(16), f32::from_bits(step)] {
                assert_eq!(parse(&number.to_string()).map(f32::to_bits), Some(number.to_bits()), "{number}");
            }
        }
    }

    #[test]
    fn reads_settings_exactly() {
        for text in ["0.01", "1e-3", "0.9", "0.7", "0.999", "0.0005", "123456.789", "1e22", "5e-7", "-0.1"] {
            assert_eq!(parse_f64(text), text.parse().ok(), "{text}");
        }
        assert_eq!(parse_f64("1e999"), Some(f64::INFINITY));
        assert_eq!(parse_f64("inf"), None);
    }

    #[test]
    fn reads_and_refuses() {
        for (text, expected) in [
            ("1.5", 1.5),
            ("-1.5", -1.5),
            ("+2", 2.0),
            ("15e-1", 1.5),
            ("0.15E+1", 1.5),
            (".5", 0.5),
            ("7.", 7.0),
            ("1e-999999999999", 0.0),
            ("0e999999999999", 0.0),
            ("1.00000000000000000000000000000000000000001", 1.0),
            ("100000000000000000000000000000", 1e29),
        ] {
            assert_eq!(parse(text), Some(expected), "{text}");
        }
        for text in [
            "",
            "-",
            "+-1",
            ".",
            "e5",
            "1e",
            "1e+",
            "1e1.5",
            "1.2.3",
            " 1",
            "1 ",
            "0x1",
            "NaN",
            "inf",
            "1e39",
            "1e999999999999",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
