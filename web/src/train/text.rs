//! The text to learn from: pasted, or files that were chosen or dropped; and what was found in it.

use std::cell::{Cell, RefCell};

use js_sys::Uint8Array;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web::{
    dom::{Result, append, by_id, create, element, set, set_hidden, set_text, set_value, text_of, value},
    messages::learner::{Rare, TextChoice, TextFigures, TextFile},
    numbers::grouped,
    words::{word, words},
};
use web_sys::{File, FileList, HtmlInputElement};

/// Largest file that is read: a text of this size fills a browser's memory many times over.
const MAX_BYTES: f64 = 256e6;
/// Windows whose texts are shown begin with this number, as the notebook does.
const FIRST_WINDOW: usize = 10;

/// A file as it is kept, since it is given to a program that may have to be started again.
#[derive(Clone)]
pub(crate) struct Kept {
    /// Its name.
    pub(crate) name: String,
    /// What is in it.
    pub(crate) bytes: Uint8Array,
}

/// The text of the tab.
#[derive(Default)]
pub(crate) struct Text {
    files: RefCell<Vec<Kept>>,
    figures: RefCell<Option<TextFigures>>,
    /// Number of the last reading of files, as reading takes its time.
    readings: Cell<u32>,
}

impl Text {
    /// What was found in the text that was read last.
    pub(crate) fn figures(&self) -> Option<TextFigures> {
        self.figures.borrow().clone()
    }

    /// Whether there is anything to read.
    pub(crate) fn is_there(&self) -> bool {
        !self.files.borrow().is_empty()
    }

    /// Its files, as the program gets them.
    pub(crate) fn files(&self) -> Vec<TextFile> {
        let files = self.files.borrow();
        files
            .iter()
            .map(|Kept { name, bytes }| TextFile { name: name.clone(), bytes: bytes.clone() })
            .collect()
    }

    /// Takes what stands in the field.
    pub(crate) fn take_field(&self) -> Result<()> {
        let text = value("train-text")?;
        let file = Kept { name: word("train-pasted"), bytes: Uint8Array::from(text.as_bytes()) };
        self.take(if text.is_empty() { Vec::new() } else { vec![file] });
        Ok(())
    }

    /// Takes files in the place of all that was there.
    pub(crate) fn take(&self, files: Vec<Kept>) {
        *self.files.borrow_mut() = files;
        self.forget();
    }

    /// Reads files that were chosen or dropped; false if others were chosen meanwhile.
    pub(crate) async fn take_files(&self, files: &FileList) -> Result<bool> {
        let reading = self.readings.get() + 1;
        self.readings.set(reading);
        let mut read = Vec::new();
        for file in (0..files.length()).filter_map(|at| files.get(at)) {
            read.push(read_file(&file).await?);
        }
        if self.readings.get() != reading || read.is_empty() {
            return Ok(false);
        }
        set_value("train-text", "")?;
        self.take(read);
        Ok(true)
    }

    /// What was found holds no more.
    pub(crate) fn forget(&self) {
        self.figures.take();
        set_hidden("train-read", true);
    }

    /// What is wanted of it.
    pub(crate) fn choice(&self) -> Result<TextChoice> {
        let given = |id| value(id).map(|text| Some(text.trim().to_owned()).filter(|text| !text.is_empty()));
        let rare = match value("train-rare")?.as_str() {
            "fold" => Rare::Fold,
            "drop" => Rare::Drop,
            _ => Rare::Keep,
        };
        Ok(TextChoice { series: given("train-series")?, episodes: given("train-episodes")?, rare })
    }

    /// Shows what was found in it.
    pub(crate) fn show(&self, figures: TextFigures) -> Result<()> {
        show_summary(&figures);
        show_list(&figures)?;
        show_series(&figures)?;
        show_rare(&figures);
        set_hidden("train-read", false);
        *self.figures.borrow_mut() = Some(figures);
        Ok(())
    }
}

/// Reads a file.
pub(crate) async fn read_file(file: &File) -> Result<Kept> {
    let name = file.name();
    if file.size() > MAX_BYTES {
        return Err(words("train-large", &[("file", &name)]));
    }
    match JsFuture::from(file.array_buffer()).await {
        Ok(bytes) => Ok(Kept { name, bytes: Uint8Array::new(&bytes) }),
        Err(error) => Err(words("own-unread", &[("file", &name), ("error", &text_of(&error))])),
    }
}

/// Takes the names of chosen files out of the field for them: another text is in use.
pub(crate) fn clear_files() {
    if let Ok(field) = by_id::<HtmlInputElement>("train-files") {
        field.set_value("");
    }
}

fn show_summary(figures: &TextFigures) {
    let distinct = figures.vocabulary.chars().count();
    let places = [
        ("name", figures.name.as_str()),
        ("characters", &grouped(figures.characters)),
        ("distinct", &distinct.to_string()),
    ];
    let mut said = words("train-read", &places);
    if figures.folded + figures.left_out > 0.0 {
        let (folded, left_out) = (grouped(figures.folded), grouped(figures.left_out));
        said.push(' ');
        said += &words("train-read-changed", &[("folded", &folded), ("left", &left_out)]);
    }
    set_text("train-read-words", &said);
}

/// The figures as `scriptorium corpus` prints them.
fn show_list(figures: &TextFigures) -> Result<()> {
    let list = element("train-figures")?;
    list.set_text_content(None);
    let distinct = figures.vocabulary.chars().count().to_string();
    let windows = grouped(figures.windows);
    let shape = ["(", &figures.windows.to_string(), ", 20, ", &distinct, ")"].concat();
    let rows = [
        ("figure-corpus", figures.name.clone()),
        ("figure-sha256", figures.sha256.clone()),
        ("figure-characters", grouped(figures.characters)),
        ("figure-distinct", distinct),
        ("figure-vocabulary", quoted(&figures.vocabulary)),
        ("figure-windows", windows),
        ("figure-shape", shape),
    ];
    let add = |name: &str, content: &str| -> Result<()> {
        append(&list, &*create("dt", "", name)?);
        append(&list, &*create("dd", "", content)?);
        Ok(())
    };
    for (name, content) in rows {
        add(&word(name), &content)?;
    }
    for (number, (text, next)) in figures.examples.iter().enumerate() {
        let name = words("figure-window", &[("number", &(FIRST_WINDOW + number).to_string())]);
        add(&name, &[quoted(text), quoted(next)].join(" ⇒ "))?;
    }
    add(&word("figure-first"), &figures.first_look)
}

/// A text in quotes, with its line breaks as the command line shows them.
fn quoted(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('\n', "\\n").replace('\t', "\\t").replace('"', "\\\"");
    ["\"", &text, "\""].concat()
}

/// What a JSON file offers to choose from.
fn show_series(figures: &TextFigures) -> Result<()> {
    set_hidden("train-choice", figures.series.is_empty());
    let (list, chosen) = (element("train-series")?, value("train-series")?);
    list.set_text_content(None);
    for series in &figures.series {
        let episodes = series.episodes.to_string();
        let shown = words("train-series", &[("name", &series.name), ("count", &episodes)]);
        let option = create("option", "", &shown)?;
        set(&option, "value", &series.name);
        append(&list, &option);
    }
    if figures.series.iter().any(|series| series.name == chosen) {
        set_value("train-series", &chosen)?;
    }
    Ok(())
}

fn show_rare(figures: &TextFigures) {
    set_hidden("train-rare-field", figures.rare.is_empty());
    let shown: Vec<&str> = figures.rare.iter().map(|(character, _)| character.as_str()).collect();
    let times: f64 = figures.rare.iter().map(|(_, times)| times).sum();
    let places = [
        ("count", shown.len().to_string()),
        ("times", grouped(times)),
        ("characters", shown.iter().take(40).copied().collect::<Vec<_>>().join(" ")),
    ];
    let places: Vec<(&str, &str)> = places.iter().map(|(name, value)| (*name, value.as_str())).collect();
    set_text("train-rare-words", &words("train-rare", &places));
}

/// Whether files that were dropped hold a text, rather than a model or a checkpoint.
pub(crate) fn is_text(files: &FileList) -> bool {
    const TEXTS: [&str; 4] = [".txt", ".md", ".json", ".fountain"];
    (0..files.length()).filter_map(|at| files.get(at)).any(|file| {
        let name = file.name().to_ascii_lowercase();
        TEXTS.iter().any(|ending| name.ends_with(ending))
            || file.unchecked_ref::<web_sys::Blob>().type_() == "text/plain"
    })
}
