//! The model and what it has read of the script.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use js_sys::Uint8Array;
use model::{Generator, Reader, Reading, Vocab, Weights};
use wasm_bindgen::JsCast;
use web::{
    dom::{Result, all, element, now, property, window},
    names::WEIGHTS,
    turn::{SLICE_MILLISECONDS, give_turn},
    words::{word, words},
};

/// Characters whose logits and activations are kept: with 384 units some ten megabytes.
const WINDOW: usize = 3000;

/// The page's model, unpacked for reading.
pub(crate) struct Model {
    pub(crate) weights: Weights,
    generator: Generator,
}

/// Part of the script as the model read it.
pub(crate) struct Kept {
    pub(crate) model: Rc<Model>,
    /// Number of its first character in the script.
    pub(crate) from: usize,
    pub(crate) reading: Reading,
    /// The script up to its end.
    until: String,
}

/// The model and what it has read.
#[derive(Default)]
pub(crate) struct Book {
    model: RefCell<Option<Rc<Model>>>,
    kept: RefCell<Option<Rc<Kept>>>,
    /// Readings begun; only the last goes on.
    readings: Cell<u32>,
}

impl Kept {
    /// The place of the script's character `at` in the reading, if it is in it.
    pub(crate) fn place(&self, at: usize) -> Option<usize> {
        at.checked_sub(self.from).filter(|&place| place < self.reading.len())
    }

    /// The text that was read.
    pub(crate) fn text(&self) -> String {
        self.model.weights.vocab.decode(self.reading.ids())
    }
}

impl Model {
    /// A reader that knows nothing yet.
    pub(crate) fn reader(&self) -> Reader {
        Reader::new(self.generator.clone())
    }
}

/// The script on the page.
pub(crate) fn script() -> String {
    element("script").ok().and_then(|script| script.text_content()).unwrap_or_default()
}

/// How many of its characters are the prompt's.
pub(crate) fn prompt_length() -> usize {
    let Ok(script) = element("script") else { return 0 };
    let pieces = all(&script, ".prompt");
    pieces.iter().map(|piece| piece.text_content().unwrap_or_default().chars().count()).sum()
}

/// The id of a character; the first for one that the model does not know.
pub(crate) fn id(vocab: &Vocab, character: char) -> u32 {
    vocab.id(character).unwrap_or(0)
}

impl Book {
    /// The page has another model.
    pub(crate) fn close(&self) {
        self.model.take();
        self.kept.take();
    }

    /// The page's model.
    pub(crate) fn model(&self) -> Result<Rc<Model>> {
        if let Some(model) = self.model.borrow().as_ref() {
            return Ok(model.clone());
        }
        let file = property(&*window()?, WEIGHTS).dyn_into::<Uint8Array>();
        let file = file.map_err(|_| word("model-still-loading"))?;
        let weights = Weights::from_bytes(&file.to_vec())
            .map_err(|error| words("weights-broken", &[("url", "weights"), ("error", &error.to_string())]))?;
        let model = Rc::new(Model { generator: Generator::new(&weights), weights });
        *self.model.borrow_mut() = Some(model.clone());
        Ok(model)
    }

    /// The reading around the script's character `at`, if it is there already.
    pub(crate) fn kept(&self, at: usize) -> Option<Rc<Kept>> {
        let kept = self.kept.borrow().clone()?;
        kept.place(at)?;
        script().starts_with(&kept.until).then_some(kept)
    }

    /// The reading around the script's character `at`, made in slices; `None` if another was asked for meanwhile.
    pub(crate) async fn read(&self, at: usize) -> Result<Option<Rc<Kept>>> {
        if let Some(kept) = self.kept(at) {
            return Ok(Some(kept));
        }
        let number = self.readings.get() + 1;
        self.readings.set(number);
        let (model, text) = (self.model()?, script());
        let from = if at < WINDOW { 0 } else { at - WINDOW / 2 };
        let (mut reader, mut reading) = (model.reader(), Reading::new());
        let mut until = String::new();
        let mut end = now() + SLICE_MILLISECONDS;
        for (place, character) in text.chars().enumerate().take(from + WINDOW) {
            let id = id(&model.weights.vocab, character);
            match place < from {
                true => reader.skip(id),
                false => reader.keep(id, &mut reading),
            }
            until.push(character);
            if place.is_multiple_of(8) && now() > end {
                give_turn().await;
                if self.readings.get() != number {
                    return Ok(None);
                }
                end = now() + SLICE_MILLISECONDS;
            }
        }
        let kept = Rc::new(Kept { model, from, reading, until });
        *self.kept.borrow_mut() = Some(kept.clone());
        Ok(Some(kept))
    }
}
