//! `metrics.jsonl`: what a training that goes on takes over from it.

use std::{fs::File, io::ErrorKind, io::Write, path::Path};

use anyhow::{Context, Result};
use training::{EpochSummary, Event, History, Position, Progress, Sample};

use crate::files::{check_regular, write_atomic};

/// Where lines go that are no events, beside the metrics.
const UNREADABLE: &str = "metrics.unreadable";

/// The lines of the metrics, sorted.
#[derive(Debug, Default)]
struct Sorted {
    history: History,
    /// Lines of what has happened by the checkpoint.
    kept: Vec<u8>,
    /// Lines that are no events.
    unreadable: Vec<u8>,
}

/// Takes out of the metrics what will happen again after `position`, and moves lines that are no events to a file
/// beside them. Returns what has happened.
///
/// # Errors
/// If the metrics are there and cannot be read, or if a file cannot be written.
pub(super) fn rewind(path: &Path, position: &Position) -> Result<History> {
    let bytes = check_regular(path).and_then(|()| std::fs::read(path));
    let bytes = match bytes {
        Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
        bytes => bytes.with_context(|| {
            let shown = path.display();
            format!("cannot read {shown}; make it readable, or move it away to go on without what it says")
        })?,
    };
    let Sorted { history, kept, unreadable } = sort(&bytes, position);
    if !unreadable.is_empty() {
        let aside = path.with_file_name(UNREADABLE);
        let file = File::options().create(true).append(true).open(&aside);
        file.and_then(|mut file| file.write_all(&unreadable))
            .with_context(|| format!("cannot write {}; make room, or make it writable", aside.display()))?;
    }
    write_atomic(path, &kept)?;
    Ok(history)
}

/// Any line may be torn, even within a character, if the process or the machine died while it was written.
fn sort(bytes: &[u8], position: &Position) -> Sorted {
    let mut sorted = Sorted::default();
    let lines = bytes.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
    for line in lines {
        let place = match serde_json::from_slice::<Event>(line) {
            Ok(event) if happened_before(&event, position) => {
                sorted.history.add(&event);
                &mut sorted.kept
            }
            Ok(_) => continue,
            Err(_) => &mut sorted.unreadable,
        };
        place.extend_from_slice(line);
        place.push(b'\n');
    }
    sorted
}

/// Whether an event belongs to what a checkpoint at `position` knows.
fn happened_before(event: &Event, position: &Position) -> bool {
    match event {
        Event::Progress(Progress { epoch, step, .. }) => {
            epoch.checked_sub(1).is_some_and(|done| (done, *step) <= (position.epoch, position.step))
        }
        Event::Epoch(EpochSummary { epoch, .. }) | Event::Sample(Sample { epoch, .. }) => {
            *epoch <= position.epoch
        }
        Event::Start(_) => true,
        Event::End { .. } | Event::Failed { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(epoch: usize, text: &str) -> Vec<u8> {
        let sample = Event::Sample(Sample { epoch, temperature: 0.5, text: text.to_owned() });
        [&serde_json::to_vec(&sample).unwrap()[..], b"\n"].concat()
    }

    #[test]
    fn a_line_torn_within_a_character_costs_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("metrics.jsonl");
        let position = Position { epoch: 2, ..Position::default() };
        assert!(rewind(&path, &position).unwrap().samples.is_empty(), "no metrics are no error");
        let (first, second, later) = (line(1, "Who? ☕"), line(2, "Nobody. ☕"), line(3, "later"));
        let mut torn = first[..first.len() - 4].to_vec();
        assert!(std::str::from_utf8(&torn).is_err(), "the cup is torn");
        torn.push(b'\n');
        std::fs::write(&path, [&first[..], &torn, &second, &later, &torn].concat()).unwrap();
        let history = rewind(&path, &position).unwrap();
        assert_eq!(history.samples[0].text, "Nobody. ☕");
        assert!(std::fs::read(&path).unwrap() == [&first[..], &second].concat());
        let aside = || std::fs::read(folder.path().join(UNREADABLE)).unwrap();
        assert!(aside() == torn.repeat(2));
        // Nothing is bad any more; what was kept aside stays.
        rewind(&path, &position).unwrap();
        assert!(std::fs::read(&path).unwrap() == [&first[..], &second].concat());
        assert!(aside() == torn.repeat(2));
    }

    #[test]
    fn what_cannot_be_read_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let error = format!("{:#}", rewind(folder.path(), &Position::default()).unwrap_err());
        assert!(error.contains("cannot read") && error.contains("not a regular file"), "{error}");
    }
}
