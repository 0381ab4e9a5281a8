//! The text that is trained on.

use corpus::{Choice, CorpusError, Figures, Offered, Rare, RareCharacter, rare_characters};
use js_sys::Uint8Array;
use web::messages::learner::{self, Series, TextChoice, TextFigures, TextFile};

use crate::refusal::Refusal;

/// What stands between two files of a text.
const BETWEEN_FILES: &str = "\n\n";

/// A text as it is trained on.
#[derive(Debug)]
pub(crate) struct Text {
    /// Its name, for people and for the weights' card.
    pub(crate) name: String,
    /// The text itself.
    pub(crate) text: String,
    /// Its sha256.
    pub(crate) sha256: String,
}

/// Reads files as one text, of which a part may be chosen.
///
/// # Errors
/// What is wrong with a file or with the choice.
pub(crate) fn read(files: &[TextFile], choice: &TextChoice) -> Result<(Text, TextFigures), Refusal> {
    let (name, whole, series) = match files {
        [] => return Err(Refusal::new("text", "There is no text; paste one or choose a file.")),
        [file] if corpus::is_json(&file.name) => episodes(file, choice)?,
        files => plain(files)?,
    };
    let rare = rare_characters(&whole);
    let how = match choice.rare {
        learner::Rare::Keep => Rare::Keep,
        learner::Rare::Fold => Rare::Fold,
        learner::Rare::Drop => Rare::Drop,
    };
    let (folded, left_out) = how.counts(&rare);
    let text = how.apply(whole, &rare);
    if text.is_empty() {
        return Err(Refusal::new("text", "The text is empty; bring at least a few thousand characters."));
    }
    let Figures { sha256, characters, vocabulary, windows, examples, first_look, .. } = Figures::new(&text);
    let examples = examples.into_iter().map(|(window, next)| (window, next.to_string())).collect();
    let figures = TextFigures {
        name: name.clone(),
        sha256: sha256.clone(),
        characters: characters as f64,
        vocabulary,
        windows: windows as f64,
        examples,
        first_look,
        rare: rare
            .iter()
            .map(|RareCharacter { character, count, .. }| (character.to_string(), *count as f64))
            .collect(),
        folded: folded as f64,
        left_out: left_out as f64,
        series,
        text: Uint8Array::from(text.as_bytes()),
    };
    Ok((Text { name, text, sha256 }, figures))
}

/// A file's text; line ends are one.
fn decode(file: &TextFile) -> Result<String, Refusal> {
    corpus::text(file.bytes.to_vec()).map_err(|error| wrong(file, &error))
}

/// Plain text, of several files one after another.
fn plain(files: &[TextFile]) -> Result<(String, String, Vec<Series>), Refusal> {
    if let Some(json) = files.iter().find(|file| corpus::is_json(&file.name)) {
        let name = &json.name;
        let message = format!("{name} has series and episodes, and is a text of its own; choose it alone.");
        return Err(Refusal::new("text", message));
    }
    let texts = files.iter().map(decode).collect::<Result<Vec<_>, _>>()?;
    let first = files.first().map_or("text", |file| file.name.as_str());
    let name = first.rsplit_once('.').map_or(first, |(stem, _)| stem);
    let name = if name.is_empty() { "text" } else { name };
    Ok((name.to_owned(), texts.join(BETWEEN_FILES), Vec::new()))
}

/// The chosen episodes of the notebook's JSON; of several series the first, if none is chosen.
fn episodes(file: &TextFile, choice: &TextChoice) -> Result<(String, String, Vec<Series>), Refusal> {
    let json = decode(file)?;
    let wrong = |error: CorpusError| wrong(file, &error);
    let offered = corpus::offered(&json).map_err(wrong)?;
    let chosen = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let series = chosen(&choice.series).or_else(|| Some(offered.first()?.series.clone()));
    let episodes = chosen(&choice.episodes);
    let choice = Choice { series: series.as_deref(), episodes: episodes.as_deref() };
    let (name, text) = corpus::notebook(&json, &choice).map_err(wrong)?;
    let series = offered.into_iter().map(|Offered { series, episodes }| Series {
        name: series,
        episodes: u32::try_from(episodes).unwrap_or(u32::MAX),
    });
    Ok((name, text, series.collect()))
}

fn wrong(file: &TextFile, error: &CorpusError) -> Refusal {
    let field = match error {
        CorpusError::Series { .. } | CorpusError::Undecided(_) => "series",
        CorpusError::Episode { .. } | CorpusError::Range(_) => "episodes",
        _ => "text",
    };
    Refusal::new(field, format!("{} {error}.", file.name))
}
