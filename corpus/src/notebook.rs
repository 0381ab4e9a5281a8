//! The course notebook's JSON: series, each with episodes named `episode N`, cleaned as the notebook does.

use std::{collections::BTreeMap, ops::Range};

use serde::Deserialize;

use crate::error::CorpusError;

/// What the notebook drops before it splits.
const TITLE: &str = "\n\n\n\n\n\nThe Deep Space Nine Transcripts -";
/// What the notebook splits an episode on; the last part is the legal notice, the first the title.
const PART: &str = "\n\n\n\n\n\n\n";
/// Characters the notebook removes from the joined text.
const REMOVED: [char; 5] = ['\u{a0}', 'à', 'é', '}', '{'];

#[derive(Deserialize)]
#[serde(transparent)]
struct File(BTreeMap<String, BTreeMap<String, String>>);

/// Which part of the JSON to take.
#[derive(Debug, Clone, Copy, Default)]
pub struct Choice<'a> {
    /// The series; the only one, if there is just one.
    pub series: Option<&'a str>,
    /// Episodes as `20..70`, without the end; all, if not given.
    pub episodes: Option<&'a str>,
}

/// A series that the JSON offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offered {
    /// Its name.
    pub series: String,
    /// How many episodes it has.
    pub episodes: usize,
}

/// All series of the JSON, sorted by their names.
///
/// # Errors
/// If the text is not the notebook's JSON.
pub fn offered(json: &str) -> Result<Vec<Offered>, CorpusError> {
    let File(all) = parse(json)?;
    let offered = all.into_iter().map(|(series, episodes)| Offered {
        series,
        episodes: episodes.keys().filter(|key| number(key).is_some()).count(),
    });
    Ok(offered.collect())
}

fn parse(json: &str) -> Result<File, CorpusError> {
    serde_json::from_str(json).map_err(|error| CorpusError::Json(error.to_string()))
}

/// Name and cleaned text of the chosen episodes.
///
/// # Errors
/// If the text is not the notebook's JSON, or does not hold what is chosen.
pub fn notebook(json: &str, choice: &Choice<'_>) -> Result<(String, String), CorpusError> {
    let File(all) = parse(json)?;
    let names = all.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
    let series = match choice.series {
        Some(series) => series,
        None if all.len() == 1 => names.as_str(),
        None => return Err(CorpusError::Undecided(names)),
    };
    let Some(found) = all.get(series) else {
        return Err(CorpusError::Series { wanted: series.to_owned(), there: names });
    };
    let mut numbers: Vec<usize> = found.keys().filter_map(|key| number(key)).collect();
    numbers.sort_unstable();
    let mut parts = Vec::new();
    let mut take = |episode: usize| {
        let raw = found.get(&format!("episode {episode}")).ok_or_else(|| CorpusError::Episode {
            wanted: episode,
            series: series.to_owned(),
            there: ranges(&numbers),
        })?;
        let layout = || CorpusError::Layout { episode, series: series.to_owned() };
        parts.push(clean(raw).ok_or_else(layout)?);
        Ok(())
    };
    // A range of a thousand million ends at the first episode that is missing.
    match choice.episodes {
        None => numbers.iter().copied().try_for_each(&mut take)?,
        Some(range) => parse_range(range)?.try_for_each(&mut take)?,
    }
    let text = parts.join("\n\n").replace(REMOVED, "");
    let name = match choice.episodes {
        Some(range) => format!("{series} {range}"),
        None => series.to_owned(),
    };
    Ok((name, text))
}

/// The script itself: the last but one part.
fn clean(episode: &str) -> Option<String> {
    let episode = episode.replace(TITLE, "");
    // Split from the left, as Python does: of eight new lines the last belongs to the next part.
    let parts: Vec<&str> = episode.split(PART).collect();
    let [.., script, _] = parts.as_slice() else { return None };
    Some((*script).to_owned())
}

/// The number in `episode N`, written as it is looked for: `episode 07` is none.
fn number(key: &str) -> Option<usize> {
    let digits = key.strip_prefix("episode ")?;
    digits.parse().ok().filter(|number: &usize| number.to_string() == digits)
}

fn parse_range(range: &str) -> Result<Range<usize>, CorpusError> {
    let parsed = range
        .split_once("..")
        .and_then(|(from, to)| Some(from.trim().parse().ok()?..to.trim().parse().ok()?))
        .filter(|range| !range.is_empty());
    parsed.ok_or_else(|| CorpusError::Range(range.to_owned()))
}

/// Numbers as `0–69, 72`.
fn ranges(sorted: &[usize]) -> String {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for &number in sorted {
        match runs.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(number) => *last = number,
            _ => runs.push((number, number)),
        }
    }
    let run = |&(first, last): &(usize, usize)| match first == last {
        true => first.to_string(),
        false => format!("{first}–{last}"),
    };
    runs.iter().map(run).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn episode(body: &str) -> String {
        format!("{TITLE} Title\n{PART}{body}{PART}legal")
    }

    #[track_caller]
    fn check(json: &str, series: Option<&str>, episodes: Option<&str>, expected: &str) {
        let outcome = match notebook(json, &Choice { series, episodes }) {
            Ok((_, text)) => text,
            Err(error) => error.to_string(),
        };
        assert!(outcome.contains(expected), "{outcome}");
    }

    #[test]
    fn cleans_as_the_notebook_does() {
        let json = serde_json::json!({"DS9": {
            "episode 1": episode("A: caf\u{e9}\u{a0}{x}"),
            "episode 2": episode("\nB: two\n"),
            "episode 3": episode("C: three"),
        }});
        check(&json.to_string(), Some("DS9"), Some("1..3"), "\nA: cafx\n\n\n\nB: two");
        check(&json.to_string(), None, None, "A: cafx\n\n\n\nB: two\n\n\nC: three");
        check(&json.to_string(), Some("TNG"), None, "no series \"TNG\"; it has: DS9");
        check(&json.to_string(), None, Some("2..5"), "no episode 4 in DS9; it has: 1–3");
        check(&json.to_string(), None, Some("5"), "write it as 20..70");
        check(&json.to_string(), None, Some("5..5"), "write it as 20..70");
    }

    #[test]
    fn says_what_it_offers() {
        let json = r#"{"TNG": {"episode 0": "x"}, "DS9": {"episode 1": "y", "episode 2": "z", "notes": ""}}"#;
        let series = |series: &str, episodes| Offered { series: series.to_owned(), episodes };
        assert_eq!(offered(json).unwrap(), [series("DS9", 2), series("TNG", 1)]);
        assert!(offered("[]").unwrap_err().to_string().contains("is not the notebook's JSON"));
    }

    #[test]
    fn an_absurd_range_or_number_is_a_sentence() {
        let json = serde_json::json!({"DS9": {
            "episode 18446744073709551615": episode("x"),
            "episode 07": episode("y"),
        }});
        check(&json.to_string(), None, None, "x");
        check(
            &json.to_string(),
            None,
            Some("0..18446744073709551615"),
            "no episode 0 in DS9; it has: 18446744073709551615",
        );
    }

    #[test]
    fn refuses_other_shapes() {
        check("[1, 2]", None, None, "is not the notebook's JSON");
        check("{\"DS9\": [\"a\"]}", None, None, "is not the notebook's JSON");
        check("{", None, None, "is not the notebook's JSON");
        check("{\"A\": {}, \"B\": {}}", None, None, "choose one with --series: A, B");
        check("{\"A\": {\"episode 0\": \"flat\"}}", None, None, "no run of seven new lines");
    }
}
