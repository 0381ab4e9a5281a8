//! Characters that stand in a text but a few times: each costs a model a row and a column, and it learns neither.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{count::count, plain::plain};

/// What becomes of rare characters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Rare {
    /// They stay.
    #[default]
    Keep,
    /// The nearest common character stands for each, where there is one; the others are left out.
    Fold,
    /// They are left out.
    Drop,
}

/// A character that is rare in a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RareCharacter {
    /// Which one.
    pub character: char,
    /// How often it stands there.
    pub count: usize,
    /// The nearest common character, or a few of them; `None` if nothing is near.
    pub nearest: Option<String>,
}

impl Rare {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Keep, Self::Fold, Self::Drop];

    /// What users write.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Fold => "fold",
            Self::Drop => "drop",
        }
    }

    /// What users read about it, in one line.
    pub fn about(self) -> &'static str {
        match self {
            Self::Keep => "They stay",
            Self::Fold => {
                "The nearest common character stands for each, where there is one; others are left out"
            }
            Self::Drop => "They are left out",
        }
    }

    /// What stands in the text for a rare character. Nothing: it is left out.
    pub fn replacement(self, rare: &RareCharacter) -> String {
        match self {
            Self::Keep => rare.character.to_string(),
            Self::Fold => rare.nearest.clone().unwrap_or_default(),
            Self::Drop => String::new(),
        }
    }

    /// How many characters of a text, of which `rare` are the [`rare_characters`], become others, and how many are left
    /// out.
    pub fn counts(self, rare: &[RareCharacter]) -> (usize, usize) {
        let (mut folded, mut left_out) = (0, 0);
        if self != Self::Keep {
            for rare in rare {
                match self.replacement(rare).as_str() {
                    "" => left_out += rare.count,
                    _ => folded += rare.count,
                }
            }
        }
        (folded, left_out)
    }

    /// The text after this, of which `rare` are the [`rare_characters`].
    pub fn apply(self, text: String, rare: &[RareCharacter]) -> String {
        // A gigabyte is not copied without need.
        if self == Self::Keep || rare.is_empty() {
            return text;
        }
        let replacements: BTreeMap<char, String> =
            rare.iter().map(|rare| (rare.character, self.replacement(rare))).collect();
        let mut result = String::with_capacity(text.len());
        for character in text.chars() {
            match replacements.get(&character) {
                Some(replacement) => result.push_str(replacement),
                None => result.push(character),
            }
        }
        result
    }
}

/// The rare characters of a text, sorted by code point.
///
/// Rare is what stands there less than once in 100,000 characters, or less than ten times and less than once in 2,000.
pub fn rare_characters(text: &str) -> Vec<RareCharacter> {
    let counts = count(text);
    let length: usize = counts.values().sum();
    let is_rare = |count: usize| {
        count.saturating_mul(100_000) < length || (count < 10 && count.saturating_mul(2_000) < length)
    };
    let is_common = |character: char| counts.get(&character).is_some_and(|&count| !is_rare(count));
    let rare = counts.iter().filter(|&(_, &count)| is_rare(count));
    rare.map(|(&character, &count)| RareCharacter {
        character,
        count,
        nearest: plain(character).into_iter().find(|plain| plain.chars().all(is_common)),
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A text in which letters of both cases, `'`, `-`, a space and a full stop are common, but for `q` and `Q`.
    fn common() -> String {
        let letters = ('a'..='z').chain('A'..='Z').filter(|c| !c.eq_ignore_ascii_case(&'q'));
        letters.chain("' -.\n".chars()).collect::<String>().repeat(400)
    }

    #[track_caller]
    fn check(added: &str, how: Rare, expected: &str) {
        let text = common();
        let whole = format!("{text}{added}");
        let rare = rare_characters(&whole);
        assert_eq!(how.apply(whole, &rare), format!("{text}{expected}"), "{rare:?}");
    }

    #[test]
    fn folds_to_the_nearest_common_character() {
        check("É é ñ Å", Rare::Fold, "E e n A");
        check("‘don’t’ — a\u{a0}b–c‑d", Rare::Fold, "'don't' - a b-c-d");
        check("ﬁnd… Ａ²ß", Rare::Fold, "find... Ass");
        check("x\u{301}\u{ad}\u{200b}y", Rare::Fold, "xy");
        check("qQ☕€", Rare::Fold, "");
        check("Łódź, ø", Rare::Fold, "Lodz o");
    }

    #[test]
    fn leaves_out_or_keeps() {
        check("É☕", Rare::Drop, "");
        check("É☕", Rare::Keep, "É☕");
    }

    #[test]
    fn says_how_many() {
        let rare = rare_characters(&format!("{}ÉÉ☕", common()));
        assert_eq!(Rare::ALL.map(|how| how.counts(&rare)), [(0, 0), (2, 1), (0, 3)]);
    }

    #[test]
    fn case_comes_before_accents() {
        let text = format!("{}É", "été ".repeat(5_000));
        let rare = rare_characters(&text);
        assert_eq!(rare, [RareCharacter { character: 'É', count: 1, nearest: Some("é".to_owned()) }]);
    }

    #[test]
    fn what_is_rare_depends_on_the_length() {
        let rare = |count: usize, length: usize| {
            let text = format!("{}{}", "z".repeat(count), "a".repeat(length - count));
            !rare_characters(&text).is_empty()
        };
        assert!(!rare(1, 2_000) && rare(1, 2_001));
        assert!(rare(9, 18_001) && !rare(9, 18_000) && !rare(10, 1_000_000) && rare(10, 1_000_001));
        assert!(rare_characters("").is_empty());
    }
}
