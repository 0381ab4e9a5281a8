//! A script in Fountain, the plain text that screenwriting programs read (<https://fountain.io/syntax>).

use super::lines::{LineKind, LineReader, ScriptLine};

/// The script as a Fountain document with a title page. No word of the script is lost or taken for something else: what
/// Fountain would misread is marked or escaped.
pub fn fountain(script: &str, title: &str) -> String {
    let mut page = Page::new(title);
    let mut reader = LineReader::default();
    for line in script.lines() {
        page.add(line, &reader.read(line));
    }
    page.end_cue();
    page.text
}

/// A Fountain document in the making.
struct Page {
    /// All lines so far, each with its line break.
    text: String,
    last: Last,
    /// A character's cue that waits for words, and the line it comes from: without words Fountain knows no cue.
    cue: Option<(String, String)>,
}

/// What the last line is, which decides whether the next needs a blank line before it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    /// Something that is over.
    Ended,
    Heading,
    Action,
    Dialogue,
    Parenthetical,
}

impl Page {
    fn new(title: &str) -> Self {
        let mut page = Self { text: String::new(), last: Last::Ended, cue: None };
        if !title.trim().is_empty() {
            page.text.push_str("Title: ");
            page.push_line(title.trim());
        }
        page.text.push_str("Credit: written by a neural network\n");
        page
    }

    fn add(&mut self, line: &str, read: &ScriptLine) {
        match read.kind {
            LineKind::Speech => self.speech(line, read),
            LineKind::Direction if read.speaker.is_some() => self.speech(line, read),
            LineKind::Blank => {
                self.end_cue();
                self.last = Last::Ended;
            }
            LineKind::Heading => {
                self.end_cue();
                self.headings(line, read);
            }
            LineKind::Direction | LineKind::Plain => {
                self.end_cue();
                self.action(line.trim());
            }
        }
    }

    fn speech(&mut self, line: &str, read: &ScriptLine) {
        if let (1.., Some(name), Some((before, _))) = (read.words_at, &read.speaker, line.split_once(':')) {
            self.end_cue();
            self.last = Last::Ended;
            self.cue = Some((cue(name, before.trim()), line.trim().to_owned()));
        }
        let mut at = read.words_at;
        for range in read.directions.iter().filter(|range| range.start >= read.words_at) {
            self.dialogue(line[at..range.start].trim());
            self.parenthetical(&line[range.clone()]);
            at = range.end;
        }
        self.dialogue(line[at..].trim());
    }

    fn dialogue(&mut self, words: &str) {
        if words.is_empty() {
            return;
        }
        self.begin_speech();
        if is_marked(words) {
            self.text.push('\\');
        }
        self.push_line(words);
        self.last = Last::Dialogue;
    }

    fn parenthetical(&mut self, direction: &str) {
        let words = without_brackets(direction);
        if words.is_empty() {
            return;
        }
        if self.last == Last::Parenthetical && is_continued(direction) {
            self.text.truncate(self.text.len() - ")\n".len());
            self.text.push(' ');
        } else {
            self.begin_speech();
            self.text.push('(');
        }
        self.push(words);
        self.text.push_str(")\n");
        self.last = Last::Parenthetical;
    }

    /// Writes the cue that waits, now that there are words.
    fn begin_speech(&mut self) {
        if let Some((cue, _)) = self.cue.take() {
            self.separate();
            self.push_line(&cue);
        }
    }

    /// Writes the cue that waits as what it was, since no words came.
    fn end_cue(&mut self) {
        if let Some((_, line)) = self.cue.take() {
            self.action(&line);
            self.last = Last::Ended;
        }
    }

    fn headings(&mut self, line: &str, read: &ScriptLine) {
        for range in &read.directions {
            let bracketed = &line[range.clone()];
            let words = without_brackets(bracketed);
            let continued = self.last == Last::Heading && is_continued(bracketed);
            if continued {
                self.text.truncate(self.text.len() - "\n".len());
                self.text.push(' ');
            } else if bracketed.starts_with('[') && words.starts_with(char::is_alphanumeric) {
                self.separate();
                self.text.push('.');
            } else {
                self.action(bracketed.trim());
                continue;
            }
            // A heading's number stands between two of these.
            self.push_line(&words.replace('#', "\\#"));
            self.last = Last::Heading;
        }
    }

    fn action(&mut self, words: &str) {
        if self.last != Last::Action {
            self.separate();
        }
        if is_misread(words) {
            self.text.push('!');
        }
        self.push_line(words);
        self.last = Last::Action;
    }

    /// Leaves a blank line.
    fn separate(&mut self) {
        if !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    fn push_line(&mut self, words: &str) {
        self.push(words);
        self.text.push('\n');
    }

    /// Appends words; what would begin emphasis, a note or a comment is escaped, and whatever a program may take for a
    /// line break becomes a space.
    fn push(&mut self, words: &str) {
        let mut before = ' ';
        for character in words.chars() {
            if character == '*' || character == '_' || character == '[' && before == '[' {
                self.text.push('\\');
            }
            let breaks = character.is_control() || matches!(character, '\u{2028}' | '\u{2029}');
            self.text.push(if breaks { ' ' } else { character });
            before = character;
        }
    }
}

/// The cue of a speaker: `before` is all that stands before the colon, the name and perhaps a remark, as in
/// `KIRA [on viewscreen]`.
fn cue(name: &str, before: &str) -> String {
    let capitals = name.starts_with(char::is_alphabetic)
        && name.chars().all(|character| !character.is_alphabetic() || character.is_uppercase());
    let mut cue = String::new();
    if !capitals || is_scene(name) {
        cue.push('@');
    }
    cue.push_str(name);
    let remark = before.strip_prefix(name).unwrap_or("").replace(['[', ']', '(', ')'], "");
    if !remark.trim().is_empty() {
        cue.push_str(" (");
        cue.push_str(remark.trim());
        cue.push(')');
    }
    cue
}

/// What stands in brackets.
fn without_brackets(direction: &str) -> &str {
    let direction = direction.trim();
    let direction = direction.strip_prefix(['[', '(']).unwrap_or(direction);
    direction.strip_suffix([']', ')']).unwrap_or(direction).trim()
}

/// Whether a direction's bracket was opened in a line before.
fn is_continued(direction: &str) -> bool {
    !direction.starts_with(['[', '('])
}

/// Whether Fountain would take a line of action for something else.
fn is_misread(line: &str) -> bool {
    // In capitals it would be a character or a transition.
    let capitals = line.contains(char::is_alphabetic) && !line.contains(|c: char| c.is_ascii_lowercase());
    capitals || is_marked(line) || is_scene(line)
}

/// Whether a line begins with a mark of Fountain's; two full stops are none.
fn is_marked(line: &str) -> bool {
    line.starts_with(['.', '@', '!', '>', '~', '#', '=']) && !line.starts_with("..")
}

/// Whether a line begins as a scene heading does.
fn is_scene(line: &str) -> bool {
    let (Some(first), rest) = (line.get(..3), line.get(3..).unwrap_or("")) else { return false };
    let begins = ["INT", "EXT", "EST", "I/E"].iter().any(|word| first.eq_ignore_ascii_case(word));
    begins && (rest.is_empty() || rest.starts_with(['.', ' ', '/']))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{draw::uniform, test_prelude::test};

    fn check(script: &str, expected: &str) {
        let found = fountain(script, "T");
        assert_eq!(found, format!("Title: T\nCredit: written by a neural network\n{expected}"));
    }

    #[test]
    fn writes_plays() {
        check(
            "First Citizen:\nBefore we proceed,\nhear me speak.\n\nALL:\nSpeak, speak.\n\n\nROMEO:\n(aside)\nAy me!\n\nROMEO:",
            "\n@First Citizen\nBefore we proceed,\nhear me speak.\n\nALL\nSpeak, speak.\n\nROMEO\n(aside)\nAy me!\n\n!ROMEO:\n",
        );
    }

    #[test]
    fn writes_transcripts() {
        check(
            "Stardate 46379.1.\n\n[Ops]\n\nKIRA [on viewscreen]: It's \ngone. (beat) Look. \nDAX: (scanning\nthe hull) \nYes. \n\
             (They leave\nquickly.) \nO'BRIEN: (nods)\n  [Sisko's\nquarters] \n\nQUARK 2: Well",
            "\nStardate 46379.1.\n\n.Ops\n\nKIRA (on viewscreen)\nIt's\ngone.\n(beat)\nLook.\n\nDAX\n(scanning the hull)\nYes.\n\n\
             (They leave\nquickly.)\n\nO'BRIEN\n(nods)\n\n.Sisko's quarters\n\nQUARK 2\nWell\n",
        );
    }

    #[test]
    fn marks_what_would_be_misread() {
        check(
            ".one\n@two\n!three\n>four<\n~five\n#six\n=seven\n...eight\nNINE!\nint. ten\nEXTRA eleven\n23",
            "\n!.one\n!@two\n!!three\n!>four<\n!~five\n!#six\n!=seven\n...eight\n!NINE!\n!int. ten\nEXTRA eleven\n23\n",
        );
        check(
            "A: #b\n.c\n...d\nI *am* a_b [[n]] /* x */\n[Ops #5#]\n[(night)]\n[Ops] (late)",
            "\nA\n\\#b\n\\.c\n...d\nI \\*am\\* a\\_b\n([n])\n/\\* x \\*/\n\n.Ops \\#5\\#\n\n[(night)]\n\n.Ops\n\n(late)\n",
        );
        check(
            "INT: a\n7 OF 9: b\n#1: c\nÉMILE: d\nODO [OC] again (low): e\rf\n\nDAX: ()\n\n:",
            "\n@INT\na\n\n@7 OF 9\nb\n\n@#1\nc\n\nÉMILE\nd\n\nODO (OC again low)\ne f\n\n!DAX: ()\n\n:\n",
        );
    }

    #[test]
    fn a_title_is_one_line() {
        assert_eq!(fountain("", " \n"), "Credit: written by a neural network\n");
        assert_eq!(fountain("", "a\nb: *c*"), "Title: a b: \\*c\\*\nCredit: written by a neural network\n");
    }

    #[test]
    fn no_word_is_lost() {
        const PIECES: [&str; 20] = [
            "\n", "\n\n", "[", "]", "(", ")", ":", "ODO", "ODO: ", "Ann", "ab", "É", " ", ".", "#", "*",
            "[[", "INT. ", "\r", "7",
        ];
        for seed in 0..3000 {
            let length = 1 + seed % 40;
            let piece = |step| PIECES[(uniform(seed, 0, step) * PIECES.len() as f32) as usize];
            let script: String = (0..length).map(piece).collect();
            let words = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
            let page = fountain(&script, "");
            let (_, body) = page.split_once('\n').unwrap();
            assert_eq!(words(body), words(&script), "{script:?} became {body:?}");
        }
    }
}
