//! The built site with the monkey's hands in its workers.

use anyhow::Result;

use crate::{Replaced, root, site::rebuilt};

/// Scripts that workers begin with.
const SCRIPTS: [&str; 2] = ["start.js", "engine_loader.js"];

/// The files that differ: the scripts that workers begin with, the service worker's list, and a model to bring.
pub(crate) fn with_hands() -> Result<Replaced> {
    let site = rebuilt(|path, file| match SCRIPTS.contains(&path) {
        true => [include_bytes!("worker.js"), file.as_slice()].concat(),
        false => file,
    })?;
    let fixture = |name: &str| std::fs::read(root().join("exchange/fixtures").join(name));
    Ok(site
        .and_file("monkey.keras", fixture("notebook.keras")?)
        .and_file("monkey.json", fixture("vocabulary.json")?))
}
