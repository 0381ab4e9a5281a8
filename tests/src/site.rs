//! The built site, and what it should write.

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use model::{Generator, Request, Weights, Writer};

use crate::{Page, Replaced, Server, Session, root};

/// A script is there, whole or stopped.
pub const WRITTEN: &str = "!document.body.classList.contains('writing') && \
                           document.querySelector('#status').textContent.includes('characters a second')";

/// The folder of the built site.
///
/// # Errors
/// Where it was not built.
pub fn dist() -> Result<PathBuf> {
    let dist = root().join("dist");
    ensure!(dist.join("index.html").exists(), "dist/ is not built; use `cargo xtask test`");
    Ok(dist)
}

/// Serves the site at the root of a port of its own.
///
/// # Errors
/// Where it was not built or no port can be had.
pub fn serve() -> Result<Server> {
    Server::start(&dist()?, "/", Replaced::new())
}

/// Opens the page with parameters.
///
/// # Errors
/// Where the browser is gone.
pub fn open(session: &Session, server: &Server, query: &str) -> Result<Page> {
    session.open(&server.url(query), "")
}

/// Opens the page with parameters and waits for its script.
///
/// # Errors
/// Where there is none.
pub fn open_written(session: &Session, server: &Server, query: &str) -> Result<Page> {
    let page = open(session, server, query)?;
    page.wait(WRITTEN)?;
    Ok(page)
}

/// The weights that the site has under a name.
///
/// # Errors
/// Where it has none.
pub fn weights(name: &str) -> Result<Weights> {
    let path = root().join("weights").join(name).with_extension("safetensors");
    let file = std::fs::read(&path).with_context(|| path.display().to_string())?;
    Ok(Weights::from_bytes(&file)?)
}

/// The prompt and the text that the plain generator writes natively, which is what `scriptorium sample` prints.
///
/// # Errors
/// Where nothing can be written.
pub fn script(weights: &Weights, prompt: &str, temperature: f32, length: u64, seed: u32) -> Result<String> {
    let request = Request::new(&weights.vocab, prompt, temperature, length, seed)?;
    Ok(prompt.to_owned() + &written(weights, request))
}

/// What the plain generator writes natively.
pub fn written(weights: &Weights, request: Request) -> String {
    let ids: Vec<u32> = Writer::new(Generator::new(weights), request).collect();
    weights.vocab.decode(&ids)
}
