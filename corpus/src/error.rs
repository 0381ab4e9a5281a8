//! What can be wrong with a corpus, as sentences for people.

use thiserror::Error;

/// Why bytes are no corpus. None of these names the file: whoever opened it does.
#[derive(Debug, Error)]
pub enum CorpusError {
    /// Not UTF-8.
    #[error("is not UTF-8 (byte {0}); convert it, for example with `iconv -t UTF-8`")]
    Encoding(usize),
    /// Not the notebook's JSON.
    #[error("is not the notebook's JSON, which is {{\"SERIES\": {{\"episode 0\": \"text\", …}}}}: {0}")]
    Json(String),
    /// Several series, and none chosen.
    #[error("has several series; choose one with --series: {0}")]
    Undecided(String),
    /// A series that is not there.
    #[error("has no series {wanted:?}; it has: {there}")]
    Series {
        /// What was asked for.
        wanted: String,
        /// What there is.
        there: String,
    },
    /// An episode that is not there.
    #[error("has no episode {wanted} in {series}; it has: {there}")]
    Episode {
        /// What was asked for.
        wanted: usize,
        /// In which series.
        series: String,
        /// What there is.
        there: String,
    },
    /// An episode without the notebook's layout.
    #[error(
        "has an episode {episode} of {series} that is not laid out as the notebook expects: it has no run of seven new lines"
    )]
    Layout {
        /// Which episode.
        episode: usize,
        /// Of which series.
        series: String,
    },
    /// A range that is none.
    #[error("cannot be cut: --episodes {0:?} is not a range of episodes; write it as 20..70")]
    Range(String),
}
