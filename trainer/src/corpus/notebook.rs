//! The course notebook's JSON: series, each with episodes named `episode N`, cleaned as the notebook does.

use std::{collections::BTreeMap, path::Path};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use super::{Corpus, text};

/// What the notebook drops before it splits.
const TITLE: &str = "\n\n\n\n\n\nThe Deep Space Nine Transcripts -";
/// What the notebook splits an episode on; the last part is the legal notice, the first the title.
const PART: &str = "\n\n\n\n\n\n\n";
/// Characters the notebook removes from the joined text.
const REMOVED: [char; 5] = ['\u{a0}', 'à', 'é', '}', '{'];

#[derive(Deserialize)]
#[serde(transparent)]
struct File(BTreeMap<String, BTreeMap<String, String>>);

pub(super) fn load(path: &Path, series: Option<&str>, episodes: Option<&str>) -> Result<Corpus> {
    let shown = path.display();
    let File(all) = serde_json::from_str(&text::read(path)?).with_context(|| {
        format!("{shown} is not the notebook's JSON, which is {{\"SERIES\": {{\"episode 0\": \"text\", …}}}}")
    })?;
    let names = all.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
    let series = match series {
        Some(series) => series,
        None if all.len() == 1 => names.as_str(),
        None => bail!("{shown} has several series; choose one with --series: {names}"),
    };
    let Some(found) = all.get(series) else {
        bail!("{shown} has no series {series:?}; it has: {names}");
    };
    let mut numbers: Vec<usize> = found.keys().filter_map(|key| number(key)).collect();
    numbers.sort_unstable();
    let chosen = match episodes {
        None => numbers.clone(),
        Some(range) => parse_range(range)?.collect(),
    };
    let mut parts = Vec::with_capacity(chosen.len());
    for episode in chosen {
        let Some(raw) = found.get(&format!("episode {episode}")) else {
            bail!("{shown} has no episode {episode} in {series}; it has: {}", ranges(&numbers));
        };
        let part = clean(raw).with_context(|| {
            format!("episode {episode} of {series} in {shown} is not laid out as the notebook expects: it has no run of seven new lines")
        })?;
        parts.push(part);
    }
    let text = parts.join("\n\n").replace(REMOVED, "");
    let name = match episodes {
        Some(range) => format!("{series} {range}"),
        None => series.to_owned(),
    };
    Ok(Corpus { name, text })
}

/// The script itself: the last but one part.
fn clean(episode: &str) -> Option<String> {
    let episode = episode.replace(TITLE, "");
    // Split from the left, as Python does: of eight new lines the last belongs to the next part.
    let parts: Vec<&str> = episode.split(PART).collect();
    let [.., script, _] = parts.as_slice() else { return None };
    Some((*script).to_owned())
}

fn number(key: &str) -> Option<usize> {
    key.strip_prefix("episode ")?.parse().ok()
}

fn parse_range(range: &str) -> Result<std::ops::Range<usize>> {
    let parsed = range
        .split_once("..")
        .and_then(|(from, to)| Some(from.trim().parse().ok()?..to.trim().parse().ok()?))
        .filter(|range| !range.is_empty());
    parsed.with_context(|| format!("--episodes {range:?} is not a range of episodes; write it as 20..70"))
}

/// Numbers as `0–69, 72`.
fn ranges(sorted: &[usize]) -> String {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for &number in sorted {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == number => *last = number,
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
    use std::fs;

    use super::*;

    fn episode(body: &str) -> String {
        format!("{TITLE} Title\n{PART}{body}{PART}legal")
    }

    fn check(json: &str, series: Option<&str>, episodes: Option<&str>, expected: &str) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("scripts.json");
        fs::write(&path, json).unwrap();
        let outcome = match load(&path, series, episodes) {
            Ok(corpus) => corpus.text,
            Err(error) => format!("{error:#}"),
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
    fn refuses_other_shapes() {
        check("[1, 2]", None, None, "is not the notebook's JSON");
        check("{\"DS9\": [\"a\"]}", None, None, "is not the notebook's JSON");
        check("{", None, None, "is not the notebook's JSON");
        check("{\"A\": {}, \"B\": {}}", None, None, "choose one with --series: A, B");
        check("{\"A\": {\"episode 0\": \"flat\"}}", None, None, "no run of seven new lines");
    }
}
