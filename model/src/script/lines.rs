//! A script line by line: what a line is, who speaks it, and what in it is not spoken.

use std::ops::Range;

use super::cast::speaker;

/// What a line of a script is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineKind {
    /// Nothing, or spaces.
    Blank,
    /// Nothing but square brackets: where a scene is.
    Heading,
    /// Spoken, by the [`speaker`](ScriptLine::speaker).
    Speech,
    /// Nothing but round brackets: what happens.
    Direction,
    /// Anything else that nobody speaks.
    Plain,
}

/// A line of a script, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptLine {
    /// What the line is.
    pub kind: LineKind,
    /// Who speaks, also on the lines after the one with the name; with a direction: in whose speech it stands.
    pub speaker: Option<String>,
    /// Byte where the words begin: behind `NAME:` and one space, else 0.
    pub words_at: usize,
    /// Bytes of what stands in `[...]` or `(...)`, with the brackets, in their order. None reaches across `words_at`.
    pub directions: Vec<Range<usize>>,
}

/// Takes a script apart, one line after the other, and remembers who speaks.
///
/// A speech goes on over the following lines, since transcripts break their lines, until a blank line, a heading or
/// another name. A direction on a line of its own ends it too, unless the name stood alone on its line: then it
/// is one within the speech. A bracket that a line leaves open is open in the next as well, until a blank line or a
/// name.
#[derive(Debug, Clone, Default)]
pub struct LineReader {
    speaker: Option<String>,
    /// Whether the speaker's name stood alone on its line.
    name_alone: bool,
    /// A bracket that the line before left open, and what that line was.
    open: Option<(Open, LineKind)>,
}

/// An open bracket.
#[derive(Debug, Clone, Copy)]
struct Open {
    bracket: char,
    /// How many of its kind are open, itself included.
    depth: usize,
}

impl LineReader {
    /// Takes the next line apart, given without its line break. Of a line that is still being written, a clone of the
    /// reader tells what it is so far.
    pub fn read(&mut self, line: &str) -> ScriptLine {
        if line.trim().is_empty() {
            *self = Self::default();
            return ScriptLine { kind: LineKind::Blank, speaker: None, words_at: 0, directions: Vec::new() };
        }
        match (speaker(line), line.find(':')) {
            (Some(name), Some(colon)) => self.read_named(line, name, colon),
            _ => self.read_unnamed(line),
        }
    }

    fn read_named(&mut self, line: &str, name: &str, colon: usize) -> ScriptLine {
        let words_at =
            colon + if line.get(colon..).is_some_and(|rest| rest.starts_with(": ")) { 2 } else { 1 };
        let mut directions = Vec::new();
        find_brackets(line, 0..colon, None, &mut directions);
        let open = find_brackets(line, words_at..line.len(), None, &mut directions);
        self.speaker = Some(name.to_owned());
        self.name_alone = line.get(words_at..).is_none_or(|words| words.trim().is_empty());
        self.open = open.map(|open| (open, LineKind::Speech));
        ScriptLine { kind: LineKind::Speech, speaker: self.speaker.clone(), words_at, directions }
    }

    fn read_unnamed(&mut self, line: &str) -> ScriptLine {
        let mut directions = Vec::new();
        let (open, before) = self.open.unzip();
        let open = find_brackets(line, 0..line.len(), open, &mut directions);
        let is_bracketed = is_bracketed(line, &directions);
        let kind = match before {
            Some(kind @ (LineKind::Speech | LineKind::Plain)) => kind,
            Some(kind) if is_bracketed => kind,
            None if is_bracketed && line.trim_start().starts_with('[') => LineKind::Heading,
            None if is_bracketed => LineKind::Direction,
            _ if self.speaker.is_some() => LineKind::Speech,
            _ => LineKind::Plain,
        };
        if kind == LineKind::Heading || kind == LineKind::Direction && !self.name_alone {
            self.speaker = None;
        }
        self.open = open.map(|open| (open, kind));
        ScriptLine { kind, speaker: self.speaker.clone(), words_at: 0, directions }
    }
}

/// Appends the brackets within `bytes` of a line to `found`; those of the same kind inside them are part of them. The
/// last may be left open and is given back; it ends with the bytes, as `open` begins with them.
fn find_brackets(
    line: &str,
    bytes: Range<usize>,
    open: Option<Open>,
    found: &mut Vec<Range<usize>>,
) -> Option<Open> {
    let mut open = open;
    let mut start = bytes.start;
    for (at, character) in line.get(bytes.clone()).unwrap_or_default().char_indices() {
        let at = bytes.start + at;
        match &mut open {
            None if character == '[' || character == '(' => {
                open = Some(Open { bracket: character, depth: 1 });
                start = at;
            }
            Some(Open { bracket, depth }) if character == *bracket => *depth += 1,
            Some(Open { bracket, depth }) if character == if *bracket == '[' { ']' } else { ')' } => {
                *depth -= 1;
                if *depth == 0 {
                    found.push(start..at + 1);
                    open = None;
                }
            }
            _ => {}
        }
    }
    if open.is_some() {
        found.push(start..bytes.end);
    }
    open
}

/// Whether a line has brackets and outside them nothing but spaces and full stops.
fn is_bracketed(line: &str, brackets: &[Range<usize>]) -> bool {
    let mut outside = line.char_indices().filter(|(at, _)| !brackets.iter().any(|range| range.contains(at)));
    !brackets.is_empty() && outside.all(|(_, character)| character.is_whitespace() || character == '.')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_prelude::test;

    /// Each line as `kind|speaker|words|directions`.
    fn check(script: &str, expected: &[&str]) {
        let mut reader = LineReader::default();
        let show = |line: &str| {
            let read = reader.read(line);
            let kind = format!("{:?}", read.kind);
            let speaker = read.speaker.as_deref().unwrap_or("");
            let directions: Vec<_> = read.directions.iter().map(|range| &line[range.clone()]).collect();
            format!("{kind}|{speaker}|{}|{}", &line[read.words_at..], directions.join("; "))
        };
        let found: Vec<String> = script.lines().map(show).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn reads_plays() {
        check(
            "Before.\n\nROMEO:\nBut soft:\nwhat light\n(aside)\nis it?\n\nJULIET:\n\nAy me!",
            &[
                "Plain||Before.|",
                "Blank|||",
                "Speech|ROMEO||",
                "Speech|ROMEO|But soft:|",
                "Speech|ROMEO|what light|",
                "Direction|ROMEO|(aside)|(aside)",
                "Speech|ROMEO|is it?|",
                "Blank|||",
                "Speech|JULIET||",
                "Blank|||",
                "Plain||Ay me!|",
            ],
        );
    }

    #[test]
    fn reads_transcripts() {
        check(
            "[Ops]\n\nKIRA [on viewscreen]: (calm) So it is: go \non, Chief. \n(They leave.). \nA log.\n  [Sisko's",
            &[
                "Heading||[Ops]|[Ops]",
                "Blank|||",
                "Speech|KIRA|(calm) So it is: go |[on viewscreen]; (calm)",
                "Speech|KIRA|on, Chief. |",
                "Direction||(They leave.). |(They leave.)",
                "Plain||A log.|",
                "Heading||  [Sisko's|[Sisko's",
            ],
        );
    }

    #[test]
    fn brackets_stay_open() {
        check(
            "(Guards (in grey)\ncome) \n[Sisko's\nquarters]\nDAX: Oh (sees\nhim\n again) you (\nODO: No.\n(He\n\ngoes)",
            &[
                "Direction||(Guards (in grey)|(Guards (in grey)",
                "Direction||come) |come)",
                "Heading||[Sisko's|[Sisko's",
                "Heading||quarters]|quarters]",
                "Speech|DAX|Oh (sees|(sees",
                "Speech|DAX|him|him",
                "Speech|DAX| again) you (| again); (",
                "Speech|ODO|No.|",
                "Direction||(He|(He",
                "Blank|||",
                "Plain||goes)|",
            ],
        );
    }

    #[test]
    fn takes_anything() {
        check(
            "((\n]:)\n\nÉMILE [x:é]:é(\u{a0}\n)[\n:[",
            &[
                "Direction||((|((",
                "Direction||]:)|]:)",
                "Blank|||",
                "Speech|ÉMILE|é]:é(\u{a0}|[x; (\u{a0}",
                "Speech|ÉMILE|)[|); [",
                "Speech|ÉMILE|:[|:[",
            ],
        );
    }
}
