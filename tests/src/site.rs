//! The built site, and what it should write.

use std::{fs, path::PathBuf};

use anyhow::{Context, Result, ensure};
use model::{Generator, Request, Weights, Writer};

use crate::root;

/// The folder of the built site.
///
/// # Errors
/// If it was not built.
pub fn dist() -> Result<PathBuf> {
    let dist = root().join("dist");
    ensure!(dist.join("index.html").exists(), "dist/ is not built; use `cargo xtask test`");
    Ok(dist)
}

/// A file of the built site.
///
/// # Errors
/// If it is not there.
pub fn file(path: &str) -> Result<Vec<u8>> {
    let path = dist()?.join(path);
    fs::read(&path).with_context(|| format!("{} is missing; use `cargo xtask test`", path.display()))
}

/// The same, as text.
///
/// # Errors
/// If it is not there or not UTF-8.
pub fn text(path: &str) -> Result<String> {
    Ok(String::from_utf8(file(path)?)?)
}

/// The weights that the site has under a name.
///
/// # Errors
/// If it has none.
pub fn weights(name: &str) -> Result<Weights> {
    let path = root().join("weights").join(name).with_extension("safetensors");
    let file = fs::read(&path).with_context(|| path.display().to_string())?;
    Ok(Weights::from_bytes(&file)?)
}

/// The prompt and the text that the plain generator writes natively, which is what `scriptorium sample` prints.
///
/// # Errors
/// If nothing can be written.
pub fn script(weights: &Weights, prompt: &str, temperature: f32, length: u64, seed: u32) -> Result<String> {
    let request = Request::new(&weights.vocab, prompt, temperature, length, seed)?;
    let ids: Vec<u32> = Writer::new(Generator::new(weights), request).collect();
    Ok(prompt.to_owned() + &weights.vocab.decode(&ids))
}
