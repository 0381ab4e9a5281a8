//! What the tests of use without a network share: visits until all is kept, and a newer version of the site.

use anyhow::Context;
use model::Weights;
use serde_json::{Value, json};
use tests::{
    Opening, Replaced, Result, Visit, Webgpu,
    hooks::{KEPT_OFFLINE, UPDATE_OFFERED, WRITTEN},
    site::{self, script, weights},
};

/// A visit at the site under some path: any will do.
pub(crate) fn with(webgpu: Webgpu) -> Opening {
    Visit::with(webgpu).under("/a/deep/path/")
}

/// A first visit, to the end: the script is there, and all that it took is kept.
pub(crate) fn open_kept(opening: Opening, query: &str) -> Result<Visit> {
    let visit = opening.open(query)?;
    visit.wait(&format!("{WRITTEN} && {KEPT_OFFLINE}"))?;
    Ok(visit)
}

/// The text that the plain generator writes natively.
pub(crate) fn expected(temperature: f32, length: u64, seed: u32) -> Result<String> {
    Ok(script(&weights("shakespeare")?, "ROMEO:\n", temperature, length, seed)?)
}

/// The size of a file as the page gets it, or nothing if its request fails.
pub(crate) fn fetched(visit: &Visit, path: &str) -> Result<Option<u64>> {
    Ok(visit.value_as(&format!(
        "fetch('./{path}').then(async a => a.ok ? (await a.arrayBuffer()).byteLength : null).catch(() => null)"
    ))?)
}

/// The files of a newer version: another title, and a service worker that lists it.
pub(crate) fn newer(title: &str) -> Result<Replaced> {
    let index = site::text("index.html")?.replace("<title>Scriptorium", &format!("<title>{title}"));
    let worker = site::text("service-worker.js")?;
    let (before, list) = worker.split_once("const FILES = ").context("the service worker lists no files")?;
    let (list, after) = list.split_once(";\n").context("the service worker's list has no end")?;
    let mut list: Vec<Value> = serde_json::from_str(list)?;
    let entry = list.iter_mut().find(|file| file["path"] == "index.html");
    let entry = entry.context("the service worker does not list index.html")?;
    entry["sha256"] = json!(Weights::content_hash(index.as_bytes()));
    entry["bytes"] = json!(index.len());
    let worker = format!("{before}const FILES = {};\n{after}", Value::Array(list));
    Ok(Replaced::file("index.html", index).and_file("service-worker.js", worker))
}

/// Puts a newer version in place and waits until the page offers it.
pub(crate) fn publish(visit: &Visit, title: &str) -> Result {
    visit.server().replace(newer(title)?);
    visit.run("await navigator.serviceWorker.getRegistration().then(r => r.update())")?;
    Ok(visit.wait(UPDATE_OFFERED)?)
}

/// Asks for the version that waits, and waits for something that only it has.
pub(crate) fn take(visit: &Visit, condition: &str) -> Result {
    visit.run("document.querySelector('#update-now').click()")?;
    // The question may fall into the reload, and is then asked again.
    Ok(visit.wait(condition).or_else(|_| visit.wait(condition))?)
}
