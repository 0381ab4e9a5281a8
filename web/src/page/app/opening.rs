//! An opening for a script that nobody wrote: the model's own.

use std::rc::Rc;

use model::{LineReader, Request, Writer};
use web::dom::{Result, set_value};

use super::App;

/// Characters among which a cue is looked for.
const LENGTH: u64 = 400;

impl App {
    /// Puts the first cue that the model comes upon by itself into the prompt.
    pub(super) fn open_anew(self: &Rc<Self>) {
        if let Err(message) = self.try_open() {
            self.complain(&message);
        }
    }

    fn try_open(&self) -> Result<()> {
        let loaded = self.loaded.borrow().clone();
        let loaded = loaded.ok_or_else(|| web::words::word("model-still-loading"))?;
        let vocab = &loaded.weights.vocab;
        let seed = (js_sys::Math::random() * f64::from(u32::MAX)) as u32;
        let request = Request::new(vocab, "", 1.0, LENGTH, seed)
            .map_err(|error| crate::settings::sentence(&error.to_string()))?;
        let ids: Vec<u32> = Writer::new(loaded.generator.clone(), request).collect();
        let text = vocab.decode(&ids);
        let mut reader = LineReader::default();
        for line in text.split_inclusive('\n') {
            let cue = reader.read(line.trim_end());
            if cue.words_at > 0 && line.ends_with('\n') {
                // The words behind a name are left to be written anew.
                let cue = line.get(..cue.words_at).unwrap_or(line);
                let rest = if line.trim_end().len() == cue.trim_end().len() { "\n" } else { "" };
                return set_value("prompt", &[cue.trim_end_matches('\n'), rest].concat());
            }
        }
        set_value("prompt", "\n")
    }
}
