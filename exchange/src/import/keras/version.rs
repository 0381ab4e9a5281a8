//! What the LSTM layers of a Keras do unless they are told otherwise, by its version: files of weights alone say nothing else.

/// The gates' function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Gates {
    Sigmoid,
    /// `hard_sigmoid` in this version, or in some releases that call themselves so.
    Asked(String),
    /// The file names no version.
    Unknown,
}

/// The default of a version, as files name it: `2.1.5`, or TensorFlow's own `2.2.4-tf`.
///
/// Keras changed it with 2.3, TensorFlow with 2.0, which calls its Keras 2.2.4-tf as 1.14 and 1.15 do.
pub(super) fn default_gates(version: Option<&str>) -> Gates {
    let Some(version) = version else { return Gates::Unknown };
    let mut numbers = version.split(['.', '-']).map_while(|number| number.parse::<u32>().ok());
    match (numbers.next(), numbers.next().unwrap_or(0)) {
        (None, _) => Gates::Unknown,
        (Some(major), minor) if (major, minor) < (2, 3) => Gates::Asked(crate::error::shown(version)),
        _ => Gates::Sigmoid,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hard_before_2_3() {
        for old in ["2.1.5", "2.2.4-tf", "2.1.6-tf", "1.2.2", "2.2"] {
            assert_eq!(default_gates(Some(old)), Gates::Asked(old.to_owned()));
        }
        for new in ["2.3.0", "2.3.0-tf", "2.10.0", "3.0.0", "3.15.1"] {
            assert_eq!(default_gates(Some(new)), Gates::Sigmoid);
        }
        assert_eq!(default_gates(None), Gates::Unknown);
        assert_eq!(default_gates(Some("nightly")), Gates::Unknown);
    }
}
