//! The printed figures of a corpus.

use std::fmt;

use anyhow::Result;
use corpus::{Figures, RareCharacter, SHOWN, WINDOW_STEP};
use model::Vocab;
use serde::Serialize;

use super::Corpus;

/// Rare characters that are printed; JSON has them all.
const RARE_SHOWN: usize = 16;

/// The figures of a corpus.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Name of the corpus.
    pub name: String,
    /// The figures of the text as it is trained on.
    #[serde(flatten)]
    pub figures: Figures,
    /// Its rare characters, as it was read.
    pub rare: Vec<Replaced>,
}

/// A rare character and what stands for it.
#[derive(Debug, Serialize)]
pub struct Replaced {
    /// The character, how often it stands in the text as it was read, and the nearest common one.
    #[serde(flatten)]
    pub rare: RareCharacter,
    /// What stands in its place; empty if it is left out.
    pub becomes: String,
}

impl Report {
    /// Counts a corpus.
    ///
    /// # Errors
    /// If the text has too few or too many distinct characters for a model.
    pub fn new(corpus: &Corpus) -> Result<Self> {
        Vocab::from_text(&corpus.text)?;
        let replaced = |rare: &RareCharacter| Replaced {
            rare: rare.clone(),
            becomes: corpus.treatment.replacement(rare),
        };
        Ok(Self {
            name: corpus.name.clone(),
            figures: Figures::new(&corpus.text),
            rare: corpus.rare.iter().map(replaced).collect(),
        })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let figures = &self.figures;
        let [windows, window, vocab] = figures.one_hot_shape;
        writeln!(f, "corpus               {}", self.name)?;
        writeln!(f, "sha256               {}", figures.sha256)?;
        writeln!(f, "characters           {}", figures.characters)?;
        writeln!(f, "distinct characters  {}", figures.distinct)?;
        writeln!(f, "vocabulary           {:?}", figures.vocabulary)?;
        if !self.rare.is_empty() {
            writeln!(f, "rare characters      {}", self.rare())?;
        }
        writeln!(f, "windows of {window}, step {WINDOW_STEP}  {windows}")?;
        writeln!(f, "one-hot shape        ({windows}, {window}, {vocab})")?;
        if let Some(index) = figures.first_target_index {
            writeln!(f, "first target index   {index}")?;
        }
        for (number, (text, next)) in SHOWN.zip(&figures.examples) {
            writeln!(f, "window {number}            {text:?} => {next:?}")?;
        }
        write!(f, "\n{}…", figures.first_look.trim_end())
    }
}

impl Report {
    /// The rare characters in one line: `3 ('é' 5 times, now "e"; '☕' once, left out)`.
    fn rare(&self) -> String {
        let describe = |Replaced { rare, becomes }: &Replaced| {
            let times = match rare.count {
                1 => "once".to_owned(),
                count => format!("{count} times"),
            };
            let becomes = match becomes.as_str() {
                "" => ", left out".to_owned(),
                same if *same == *rare.character.encode_utf8(&mut [0; 4]) => String::new(),
                becomes => format!(", now {becomes:?}"),
            };
            format!("{:?} {times}{becomes}", rare.character)
        };
        let mut shown: Vec<String> = self.rare.iter().take(RARE_SHOWN).map(describe).collect();
        let more = self.rare.len().saturating_sub(RARE_SHOWN);
        if more > 0 {
            shown.push(format!("{more} more with --json"));
        }
        format!("{} ({})", self.rare.len(), shown.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use corpus::{Rare, rare_characters};

    use super::*;

    fn report(treatment: Rare) -> String {
        let text = format!("{}ÉÉ☕", "BEEbee ".repeat(2_000));
        let rare = rare_characters(&text);
        let text = treatment.apply(text, &rare);
        Report::new(&Corpus { name: "x".to_owned(), text, treatment, rare }).unwrap().to_string()
    }

    #[test]
    fn says_what_becomes_of_rare_characters() {
        let line = "rare characters      2 ('É' 2 times";
        assert!(report(Rare::Keep).contains(&format!("{line}; '☕' once)")), "{}", report(Rare::Keep));
        assert!(report(Rare::Fold).contains(&format!("{line}, now \"E\"; '☕' once, left out)")));
        assert!(report(Rare::Drop).contains(&format!("{line}, left out; '☕' once, left out)")));
    }
}
