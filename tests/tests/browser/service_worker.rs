//! What the tests of use without a network share: visits until all is kept, and a newer version of the site.

use tests::{
    Opening, Result, Visit, Webgpu,
    hooks::{KEPT_OFFLINE, UPDATE_OFFERED, WRITTEN},
    site::{newer, script, weights},
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
