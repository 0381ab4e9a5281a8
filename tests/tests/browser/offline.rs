//! The built site without a network.

use std::fs;

use anyhow::Context;
use serde_json::{Value, json};
use tests::{
    Replaced, Result, Webgpu, root,
    site::{dist, text},
};

use crate::service_worker::{expected, fetched, open_kept, with};

#[test]
fn a_second_visit_needs_no_network() -> Result {
    let visit = open_kept(with(Webgpu::Missing), "?seed=3&length=300")?;
    visit.server().disconnect();
    assert_eq!(fetched(&visit, "bench.html")?, None, "the network is gone");
    for (query, seed) in [("?seed=3&length=300", 3), ("index.html?seed=4&length=300", 4)] {
        visit.reopen(query)?;
        visit.wait_until_written()?;
        assert_eq!(visit.read("#script")?, expected(0.6, 300, seed)?, "{query}");
    }
    // A model that was never used is not there, and the page says so.
    visit.choose("#model", "deep-space-nine")?;
    visit.wait_for("#notice", "hidden == false")?;
    assert!(visit.read("#notice")?.contains("deep-space-nine.safetensors"));
    Ok(())
}

#[test]
fn the_engine_is_kept_where_it_was_used() -> Result {
    let query = "?engine=webgpu&temperature=0&length=100";
    let visit = open_kept(with(Webgpu::Software), query)?;
    assert!(visit.read("#status")?.contains("WebGPU engine"));
    visit.server().disconnect();
    visit.reopen(query)?;
    visit.wait_until_written()?;
    assert!(visit.read("#status")?.contains("WebGPU engine"));
    assert_eq!(visit.read("#script")?, expected(0.0, 100, 1)?);
    Ok(())
}

#[test]
fn a_file_of_another_version_is_refused() -> Result {
    let visit = open_kept(with(Webgpu::Missing), "?length=100")?;
    visit.reopen("?length=100")?;
    visit.wait_until_written()?;
    assert_eq!(visit.value("Boolean(navigator.serviceWorker.controller)")?, true);
    let path = "weights/deep-space-nine.safetensors";
    // A good file, only not the one that belongs to this page.
    let another = fs::read(root().join("weights/notebook.safetensors"))?;
    visit.server().replace(Replaced::file(path, another));
    assert_eq!(fetched(&visit, path)?, None);
    visit.choose("#model", "deep-space-nine")?;
    visit.wait_for("#notice", "hidden == false")?;
    let notice = visit.read("#notice")?;
    assert!(notice.contains(path) && notice.contains("reload"), "{notice}");
    // The right one is taken, and kept.
    visit.server().replace(Replaced::default());
    let bytes = fs::metadata(root().join(path))?.len();
    assert_eq!(fetched(&visit, path)?, Some(bytes));
    visit.server().disconnect();
    assert_eq!(fetched(&visit, path)?, Some(bytes));
    Ok(())
}

#[test]
fn works_without_a_service_worker() -> Result {
    let missing = Replaced::missing("service-worker.js");
    let visit = with(Webgpu::Missing).replacing(missing).open_written("?length=100")?;
    let refused = "Object.defineProperty(Navigator.prototype, 'serviceWorker', \
                   {get() { throw new DOMException('refused', 'SecurityError'); }});";
    let visit = visit.another().before(refused).open_written("?length=100")?;
    assert_eq!(visit.read("#notice")?, "");
    Ok(())
}

#[test]
fn can_be_installed() -> Result {
    let manifest: Value = serde_json::from_str(&text("site.webmanifest")?)?;
    assert_eq!((&manifest["start_url"], &manifest["scope"]), (&json!("./"), &json!("./")));
    for icon in manifest["icons"].as_array().context("the manifest has no icons")? {
        let path = dist()?.join(icon["src"].as_str().context("an icon has no address")?);
        let bytes = fs::metadata(&path)?.len();
        assert!((1..10_000).contains(&bytes), "{}: {bytes} bytes", path.display());
    }
    Ok(())
}
