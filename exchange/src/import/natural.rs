//! The order that people give names: `layer9` before `layer10`.

use std::cmp::Ordering;

/// Compares two paths of names, with dots or slashes between them: name by name, and numbers in them as numbers.
pub(crate) fn natural(left: &str, right: &str) -> Ordering {
    let steps = |path| str::split(path, ['.', '/']).map(|name| pieces(name).collect::<Vec<_>>());
    steps(left).cmp(steps(right)).then_with(|| left.cmp(right))
}

/// A name's runs of digits and what is between them. A run of digits is compared by its length first, without the
/// zeros in front of it.
fn pieces(name: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut rest = name;
    std::iter::from_fn(move || {
        let digits = rest.starts_with(|c: char| c.is_ascii_digit());
        let end = rest.find(|c: char| c.is_ascii_digit() != digits).unwrap_or(rest.len());
        let (piece, after) = rest.split_at(end);
        rest = after;
        let number = piece.trim_start_matches('0');
        match (piece.is_empty(), digits) {
            (true, _) => None,
            (false, true) => Some((number.len(), number)),
            (false, false) => Some((0, piece)),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_numbers() {
        let sorted =
            ["a.l0", "a.l1", "lstm.x", "lstm2.x", "lstm_2.x", "lstm_09", "lstm_9", "lstm_10", "lstm_10.a"];
        let mut names = sorted;
        names.reverse();
        names.sort_by(|a, b| natural(a, b));
        assert_eq!(names, sorted);
    }
}
