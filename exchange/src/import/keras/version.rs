//! What the LSTM layers of a Keras do, by its version, as files name it: `2.1.5`, or TensorFlow's own `2.2.4-tf`.

use crate::{
    error::shown,
    import::gates::{Slope, Unsaid},
};

/// The name by which several releases of TensorFlow, with the one default and with the other, call their Keras.
const AMBIGUOUS: &str = "2.2.4-tf";

/// A version's first two numbers.
fn numbers(version: Option<&str>) -> Option<(u32, u32)> {
    let mut numbers = version?.split(['.', '-']).map_while(|number| number.parse::<u32>().ok());
    Some((numbers.next()?, numbers.next().unwrap_or(0)))
}

/// How steep a version's `hard_sigmoid` is; `unknown`, if there is none.
pub(super) fn slope(version: Option<&str>, unknown: Slope) -> Slope {
    match numbers(version) {
        None => unknown,
        Some((major, _)) if major < 3 => Slope::Fifth,
        Some(_) => Slope::Sixth,
    }
}

/// The gates of a version's LSTM layers unless they are told otherwise: files of weights alone say nothing else.
///
/// Keras changed it with 2.3, TensorFlow with 2.0, which calls its Keras 2.2.4-tf as 1.14 and 1.15 do.
pub(super) fn default_gates(version: Option<&str>) -> Unsaid {
    match (numbers(version), version) {
        (Some(_), Some(AMBIGUOUS)) => Unsaid::Asked(AMBIGUOUS.to_owned()),
        (Some(numbers), Some(version)) if numbers < (2, 3) => Unsaid::Hard(shown(version)),
        (Some(_), _) => Unsaid::Sigmoid,
        (None, _) => Unsaid::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hard_before_2_3() {
        for old in ["2.1.5", "2.2.4", "2.1.6-tf", "1.2.2", "2.2"] {
            assert_eq!(default_gates(Some(old)), Unsaid::Hard(old.to_owned()));
        }
        assert_eq!(default_gates(Some("2.2.4-tf")), Unsaid::Asked("2.2.4-tf".to_owned()));
        for new in ["2.3.0", "2.3.0-tf", "2.10.0", "3.0.0", "3.15.1"] {
            assert_eq!(default_gates(Some(new)), Unsaid::Sigmoid);
        }
        assert_eq!(default_gates(None), Unsaid::Unknown);
        assert_eq!(default_gates(Some("nightly")), Unsaid::Unknown);
    }

    #[test]
    fn less_steep_in_keras_3() {
        for (version, expected) in
            [("2.1.5", Slope::Fifth), ("2.15.0", Slope::Fifth), ("3.0.0", Slope::Sixth), ("x", Slope::Sixth)]
        {
            assert_eq!(slope(Some(version), Slope::Sixth), expected, "{version}");
        }
        assert_eq!(slope(None, Slope::Fifth), Slope::Fifth);
    }
}
