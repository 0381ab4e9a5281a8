//! A script on the page, formatted while it is written.

use std::{cell::RefCell, rc::Rc};

use model::{Cast, LineKind, LineReader, ScriptLine};
use web::dom::{append, create, set};
use web_sys::Element;

/// Lines after which a new chunk begins.
const CHUNK_LINES: u32 = 60;
/// Bytes after which a line is broken even without a new line, so that adding to it stays cheap.
const MAX_LINE_BYTES: usize = 2000;

/// A script that grows. Its element's text is the prompt and what follows, to the character: only ever inserted as text.
///
/// Each line is an element, with the number of its first character in `data-at` and its speaker in `data-who`. Lines lie
/// in chunks, each a block of its own: chunks out of sight are not laid out, so a long script does not slow down.
pub(crate) struct ScriptView {
    container: Element,
    chunk: Option<Element>,
    lines: u32,
    reader: LineReader,
    /// The last line, while it has no end.
    line: String,
    element: Option<Element>,
    /// Characters before that line.
    at: usize,
    /// Bytes before it.
    bytes: usize,
    /// Bytes of the prompt.
    prompt: usize,
    /// Whether that line's speaker is counted.
    counted: bool,
    cast: Cast,
    picked: Rc<RefCell<Option<String>>>,
}

impl ScriptView {
    /// An empty container with the prompt in it.
    pub(crate) fn new(container: Element, prompt: &str, picked: Rc<RefCell<Option<String>>>) -> Self {
        container.set_text_content(None);
        let mut view = Self {
            container,
            chunk: None,
            lines: 0,
            reader: LineReader::default(),
            line: String::new(),
            element: None,
            at: 0,
            bytes: 0,
            prompt: prompt.len(),
            counted: false,
            cast: Cast::default(),
            picked,
        };
        view.append(prompt);
        view
    }

    /// Who speaks so far.
    pub(crate) fn cast(&self) -> &Cast {
        &self.cast
    }

    /// Adds text at the end.
    pub(crate) fn append(&mut self, text: &str) {
        for part in text.split_inclusive('\n') {
            self.line.push_str(part);
            let is_complete = part.ends_with('\n') || self.line.len() > MAX_LINE_BYTES;
            self.show_line(is_complete);
            if is_complete {
                self.at += self.line.chars().count();
                self.bytes += self.line.len();
                self.line.clear();
                self.element = None;
                self.counted = false;
            }
        }
    }

    fn show_line(&mut self, is_complete: bool) {
        let text = self.line.trim_end_matches('\n');
        // A line without an end may still become something else.
        let line = if is_complete { self.reader.read(text) } else { self.reader.clone().read(text) };
        if let (false, 1.., Some(name)) = (self.counted, line.words_at, &line.speaker) {
            self.cast.count(name);
            self.counted = true;
        }
        let element = match &self.element {
            Some(element) => element.clone(),
            None => {
                let Some(element) = self.add_line() else { return };
                self.element.insert(element).clone()
            }
        };
        element.set_text_content(None);
        let class = match line.kind {
            LineKind::Blank => "line",
            LineKind::Heading => "line heading",
            LineKind::Speech => "line speech",
            LineKind::Direction => "line direction",
            LineKind::Plain => "line plain",
        };
        let speaker = line.speaker.as_deref();
        let is_picked = speaker.is_some() && speaker == self.picked.borrow().as_deref();
        element.set_class_name(&[class, if is_picked { " picked" } else { "" }].concat());
        if let Some(speaker) = speaker {
            set(&element, "data-who", speaker);
        }
        show_pieces(&element, &self.line, &line, self.prompt.checked_sub(self.bytes));
    }

    /// A new line, in a new chunk if the last has enough.
    fn add_line(&mut self) -> Option<Element> {
        if self.lines.is_multiple_of(CHUNK_LINES) {
            let chunk = create("div", "chunk", "").ok()?;
            append(&self.container, &chunk);
            self.chunk = Some(chunk.into());
        }
        self.lines += 1;
        let element = create("div", "line", "").ok()?;
        set(&element, "data-at", &self.at.to_string());
        append(self.chunk.as_ref()?, &element);
        Some(element.into())
    }
}

/// Fills a line: speaker, directions and the prompt's part are elements of their own. `prompt` is where the prompt ends,
/// if that is not on a line before.
fn show_pieces(element: &Element, text: &str, line: &ScriptLine, prompt: Option<usize>) {
    let ends = line.directions.iter().flat_map(|range| [range.start, range.end]);
    let ends = ends.chain([line.words_at, prompt.unwrap_or(0).min(text.len()), text.len()]);
    let ends: Vec<usize> = ends.collect();
    let mut at = 0;
    while let Some(end) = ends.iter().copied().filter(|&end| end > at).min() {
        let mut class = String::new();
        for (applies, name) in [
            (prompt.is_some_and(|prompt| at < prompt), "prompt "),
            (prompt == Some(at), "begun "),
            (at < line.words_at, "who "),
            (line.directions.iter().any(|range| range.contains(&at)), "aside "),
        ] {
            if applies {
                class.push_str(name);
            }
        }
        let Some(piece) = text.get(at..end) else { return };
        if let Ok(piece) = create("span", class.trim_end(), piece) {
            append(element, &piece);
        }
        at = end;
    }
}
