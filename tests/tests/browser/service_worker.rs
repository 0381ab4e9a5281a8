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

/// The files of a newer version: another title, and another version in all that names one.
pub(crate) fn newer(title: &str) -> Result<Replaced> {
    let worker = site::text("service-worker.js")?;
    let between = |text: &str, before: &str, after: &str| {
        let (_, rest) = text.split_once(before)?;
        Some(rest.split_once(after)?.0.to_owned())
    };
    let list = between(&worker, "const FILES = ", ";\n").context("the service worker lists no files")?;
    let version =
        between(&worker, "const VERSION = \"", "\"").context("the service worker has no version")?;
    let another = Weights::content_hash(title.as_bytes())[..version.len()].to_owned();
    let mut replaced = Replaced::default();
    let mut files: Vec<Value> = serde_json::from_str(&list)?;
    for file in &mut files {
        let path = file["path"].as_str().context("a file has no path")?.to_owned();
        if ![".html", ".js"].iter().any(|ending| path.ends_with(ending)) {
            continue;
        }
        let text = site::text(&path)?.replace(&version, &another);
        let text = text.replace("<title>Scriptorium", &format!("<title>{title}"));
        file["sha256"] = json!(Weights::content_hash(text.as_bytes()));
        file["bytes"] = json!(text.len());
        replaced = replaced.and_file(&path, text);
    }
    let worker = worker.replace(&list, &Value::Array(files).to_string()).replace(&version, &another);
    Ok(replaced.and_file("service-worker.js", worker))
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
