//! How often each character stands in a text.

use std::collections::BTreeMap;

/// The characters of a text, sorted, each with how often it stands there.
pub(crate) fn count(text: &str) -> BTreeMap<char, usize> {
    // Nearly all characters of most texts are ASCII, and a gigabyte of them should not take a minute.
    let mut ascii = [0usize; 128];
    let mut counts = BTreeMap::new();
    for character in text.chars() {
        match ascii.get_mut(character as usize) {
            Some(count) => *count += 1,
            None => *counts.entry(character).or_default() += 1,
        }
    }
    let ascii = (0..128u8).map(char::from).zip(ascii);
    counts.extend(ascii.filter(|&(_, count)| count > 0));
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_sorts() {
        let counts: Vec<_> = count("abba é\u{7f}é").into_iter().collect();
        assert_eq!(counts, [(' ', 1), ('a', 2), ('b', 2), ('\u{7f}', 1), ('é', 2)]);
    }
}
