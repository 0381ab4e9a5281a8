//! Who speaks in a script.

/// Longest speaker's name, in characters.
const MAX_NAME: usize = 32;
/// Most words in a speaker's name.
const MAX_WORDS: usize = 4;

/// The cast of a script: each speaker with the number of lines spoken.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cast {
    /// Names and line counts: most lines first, then by name.
    pub members: Vec<(String, usize)>,
}

impl Cast {
    /// Counts a line that `name` speaks. The order is kept line by line: sorting would bring an algorithm of several
    /// kilobytes into the page.
    pub fn count(&mut self, name: &str) {
        let known = self.members.iter().position(|(member, _)| member == name);
        let mut at = known.unwrap_or_else(|| {
            self.members.push((name.to_owned(), 0));
            self.members.len() - 1
        });
        self.members[at].1 += 1;
        let comes_first = |a: &(String, usize), b: &(String, usize)| (b.1, &a.0) < (a.1, &b.0);
        while at > 0 && comes_first(&self.members[at], &self.members[at - 1]) {
            self.members.swap(at, at - 1);
            at -= 1;
        }
    }
}

/// The cast of `script`: the names that stand before a colon at the start of a line.
pub fn cast(script: &str) -> Cast {
    let mut cast = Cast::default();
    script.lines().filter_map(speaker).for_each(|name| cast.count(name));
    cast
}

/// The speaker of a line, if it begins with a name and a colon. A remark in brackets after the name, as in
/// `KIRA [on viewscreen]:`, is not part of it.
pub(super) fn speaker(line: &str) -> Option<&str> {
    let (before, _) = line.split_once(':')?;
    let name = before.split_once(['[', '(']).map_or(before, |(name, _)| name).trim();
    let length = name.chars().count();
    let words = name.split_whitespace().count();
    let named = (1..=MAX_NAME).contains(&length)
        && (1..=MAX_WORDS).contains(&words)
        && name.split_whitespace().all(is_name_word);
    named.then_some(name)
}

/// A word of a name begins with a capital or a digit and holds nothing but letters, digits and `'.-&#`.
fn is_name_word(word: &str) -> bool {
    word.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit() || c == '&' || c == '#')
        && word.chars().all(|c| c.is_alphanumeric() || "'’.-&#".contains(c))
        && (word.contains(char::is_alphabetic) || !word.contains('.'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_prelude::test;

    #[test]
    fn lists_speakers_by_lines() {
        let script = "FIRST CITIZEN: Speak.\nFirst Citizen:\nYou are all resolved.\n\
                      O'BRIEN: Aye.\nO'BRIEN [OC]: Sir.\nDAX: Then it is so: go.\n";
        let names: Vec<_> = cast(script).members;
        let expected = [("O'BRIEN", 2), ("DAX", 1), ("FIRST CITIZEN", 1), ("First Citizen", 1)];
        assert_eq!(names, expected.map(|(name, count)| (name.to_owned(), count)));
    }

    #[test]
    fn passes_over_what_is_no_name() {
        for line in [
            "then it is so: go",
            "Come to me and hear what I have to say: listen",
            "",
            ": nothing",
            "[Ops]",
            "He said: go",
        ] {
            assert_eq!(speaker(line), None, "{line}");
        }
    }
}
