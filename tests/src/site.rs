//! The built site, and what it should write.

use std::{fs, path::PathBuf};

use anyhow::{Context, Result, ensure};
use model::{Generator, Request, Weights, Writer};
use serde_json::{Value, json};

use crate::{Replaced, root};

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
    Ok(script_of(weights, &Request::new(&weights.vocab, prompt, temperature, length, seed)?))
}

/// The same for a request that asks for more than that.
pub fn script_of(weights: &Weights, request: &Request) -> String {
    let written = Writer::new(Generator::new(weights), request.clone()).collect::<Vec<u32>>();
    weights.vocab.decode(&[request.prompt.as_slice(), &written].concat())
}

/// The site's files after a change to some of them, with a service worker that knows them: `change` gets each by its path.
///
/// # Errors
/// If the site is not built, or its service worker lists nothing.
pub fn rebuilt(change: impl Fn(&str, Vec<u8>) -> Vec<u8>) -> Result<Replaced> {
    const WORKER: &str = "service-worker.js";
    let worker = String::from_utf8(change(WORKER, file(WORKER)?))?;
    let list = between(&worker, "const FILES = ", ";\n").context("the service worker lists no files")?;
    let mut replaced = Replaced::default();
    let mut files: Vec<Value> = serde_json::from_str(&list)?;
    for entry in &mut files {
        let path = entry["path"].as_str().context("a file has no path")?.to_owned();
        let before = file(&path)?;
        let after = change(&path, before.clone());
        if after != before {
            entry["sha256"] = json!(Weights::content_hash(&after));
            entry["bytes"] = json!(after.len());
            replaced = replaced.and_file(&path, after);
        }
    }
    let worker = worker.replace(&list, &Value::Array(files).to_string());
    Ok(replaced.and_file(WORKER, worker))
}

/// The version of the built site.
///
/// # Errors
/// If the site is not built.
pub fn version() -> Result<String> {
    between(&text("service-worker.js")?, "const VERSION = \"", "\"")
        .context("the service worker has no version")
}

/// The files of a newer version: another title, and another version in all that names one.
///
/// # Errors
/// If the site is not built.
pub fn newer(title: &str) -> Result<Replaced> {
    let version = version()?;
    let another = Weights::content_hash(title.as_bytes())[..version.len()].to_owned();
    rebuilt(|path, file| {
        if ![".html", ".js"].iter().any(|ending| path.ends_with(ending)) {
            return file;
        }
        let text = String::from_utf8_lossy(&file).replace(&version, &another);
        text.replace("<title>Scriptorium", &format!("<title>{title}")).into_bytes()
    })
}

fn between(text: &str, before: &str, after: &str) -> Option<String> {
    let (_, rest) = text.split_once(before)?;
    Some(rest.split_once(after)?.0.to_owned())
}
