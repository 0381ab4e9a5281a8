//! An opening for a script that nobody wrote: the model's own.

use model::{Draw, LineReader, Request, Sampling, Writer};
use web::{dom::Result, random};

use crate::loaded::Loaded;

/// Characters among which a cue is looked for.
const LENGTH: u32 = 400;

/// The first cue that the model comes upon by itself; a new line, if it comes upon none.
pub(crate) fn opening(loaded: &Loaded) -> Result<String> {
    let vocab = &loaded.weights.vocab;
    let sampling = Sampling { draw: Draw::Logits, temperature: 1.0, top_k: 0, top_p: 1.0 };
    let request = Request::of_checked(vocab, "", sampling, LENGTH, random::seed()?)
        .map_err(|error| error.to_string())?;
    let ids: Vec<u32> = Writer::new(loaded.generator.clone(), request).collect();
    let text = vocab.decode(&ids);
    let mut reader = LineReader::default();
    for line in text.split_inclusive('\n') {
        let cue = reader.read(line.trim_end());
        if cue.words_at > 0 && line.ends_with('\n') {
            // The words behind a name are left to be written anew.
            let cue = line.get(..cue.words_at).unwrap_or(line);
            let rest = if line.trim_end().len() == cue.trim_end().len() { "\n" } else { "" };
            return Ok([cue.trim_end_matches('\n'), rest].concat());
        }
    }
    Ok("\n".to_owned())
}
