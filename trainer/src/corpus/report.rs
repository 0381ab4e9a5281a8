//! The figures of a corpus, as the notebook prints them.

use std::fmt;

use anyhow::Result;
use model::Vocab;
use serde::Serialize;
use training::{WINDOW, WINDOW_STEP, windows};

use super::Corpus;

/// Windows whose last characters and targets are shown.
const SHOWN: std::ops::Range<usize> = 10..15;
/// Characters of the first look at the text.
const FIRST_LOOK: usize = 400;

/// The figures of a corpus.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Name of the corpus.
    pub name: String,
    /// sha256 of the text.
    pub sha256: String,
    /// Length in characters.
    pub characters: usize,
    /// Number of distinct characters.
    pub distinct: usize,
    /// The distinct characters, sorted.
    pub vocabulary: String,
    /// Number of training windows of the notebook's recipe.
    pub windows: usize,
    /// Shape of the notebook's one-hot input: windows, characters a window, vocabulary.
    pub one_hot_shape: [usize; 3],
    /// Id of the first window's target.
    pub first_target_index: Option<u32>,
    /// Windows 10 to 14: each window's text and the character that follows it.
    pub examples: Vec<(String, char)>,
    /// The beginning of the text.
    pub first_look: String,
}

impl Report {
    /// Counts a corpus.
    ///
    /// # Errors
    /// If the text has too few or too many distinct characters for a model.
    pub fn new(corpus: &Corpus) -> Result<Self> {
        let vocab = Vocab::from_text(&corpus.text)?;
        let text: Vec<char> = corpus.text.chars().collect();
        let windows = windows(text.len());
        let window = |index: usize| {
            let start = index * WINDOW_STEP;
            let shown = text[start..start + WINDOW].iter().collect();
            (shown, text[start + WINDOW])
        };
        Ok(Self {
            name: corpus.name.clone(),
            sha256: corpus.sha256(),
            characters: text.len(),
            distinct: vocab.len(),
            vocabulary: vocab.characters().iter().collect(),
            windows,
            one_hot_shape: [windows, WINDOW, vocab.len()],
            first_target_index: text.get(WINDOW).and_then(|&c| vocab.id(c)),
            examples: SHOWN.take_while(|&index| index < windows).map(window).collect(),
            first_look: text.iter().take(FIRST_LOOK).collect(),
        })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [windows, window, vocab] = self.one_hot_shape;
        writeln!(f, "corpus               {}", self.name)?;
        writeln!(f, "sha256               {}", self.sha256)?;
        writeln!(f, "characters           {}", self.characters)?;
        writeln!(f, "distinct characters  {}", self.distinct)?;
        writeln!(f, "vocabulary           {:?}", self.vocabulary)?;
        writeln!(f, "windows of {window}, step {WINDOW_STEP}  {windows}")?;
        writeln!(f, "one-hot shape        ({windows}, {window}, {vocab})")?;
        if let Some(index) = self.first_target_index {
            writeln!(f, "first target index   {index}")?;
        }
        for (number, (text, next)) in SHOWN.zip(&self.examples) {
            writeln!(f, "window {number}            {text:?} => {next:?}")?;
        }
        write!(f, "\n{}…", self.first_look.trim_end())
    }
}
