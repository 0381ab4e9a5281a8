//! A newer version of the site, which waits for the visitor.

use tests::{
    Result, Webgpu,
    hooks::{KEPT_OFFLINE, UPDATE_OFFERED, WRITTEN},
    site::newer,
};

use crate::service_worker::{expected, fetched, open_kept, publish, take, with};

#[test]
fn an_update_waits_for_the_visitor() -> Result {
    let first = open_kept(with(Webgpu::Missing), "?length=300")?;
    // The first visit's page is not the service worker's; all later ones are.
    let visit = open_kept(first.another(), "?length=300")?;
    visit.run("window.here = true")?;
    publish(&visit, "Newer")?;
    visit.write("#seed", "7")?;
    visit.press("#generate")?;
    visit.wait("location.hash.includes('seed=7')")?;
    visit.wait_until_written()?;
    assert_eq!(visit.read("#script")?, expected(0.6, 300, 7)?);
    assert_eq!(visit.value("window.here ?? null")?, true, "the page was not reloaded");
    // Nor does opening it once more bring the newer one.
    visit.reopen("?length=300")?;
    visit.wait(&format!("{WRITTEN} && {UPDATE_OFFERED}"))?;
    assert!(visit.value("document.title.startsWith('Scriptorium')")? == true);

    take(&visit, &format!("document.title.startsWith('Newer') && {WRITTEN}"))?;
    assert_eq!(visit.value(UPDATE_OFFERED)?, false);
    visit.wait(KEPT_OFFLINE)?;
    visit.server().disconnect();
    visit.reopen("?length=300&seed=8")?;
    visit.wait_until_written()?;
    assert!(visit.value("document.title.startsWith('Newer')")? == true);
    assert_eq!(visit.read("#script")?, expected(0.6, 300, 8)?);
    Ok(())
}

#[test]
fn a_first_visit_hears_of_an_update_too() -> Result {
    let visit = open_kept(with(Webgpu::Missing), "?length=100")?;
    assert_eq!(visit.value("Boolean(navigator.serviceWorker.controller)")?, false);
    visit.run("window.here = true")?;
    publish(&visit, "Newer")?;
    assert_eq!(visit.value("window.here ?? null")?, true, "the page was not reloaded");
    take(&visit, &format!("document.title.startsWith('Newer') && {WRITTEN}"))
}

#[test]
fn pages_of_an_older_version_get_no_files_of_a_newer_one() -> Result {
    let first = open_kept(with(Webgpu::Missing), "?length=100")?;
    let other = open_kept(first.another(), "?length=100")?;
    let visit = open_kept(other.another(), "?length=100")?;
    other.run("window.here = true")?;
    publish(&visit, "Newer")?;
    other.wait(UPDATE_OFFERED)?;
    take(&visit, &format!("document.title.startsWith('Newer') && {WRITTEN}"))?;
    let notebook = "weights/notebook.safetensors";
    assert_eq!(fetched(&other, notebook)?, None);
    assert!(fetched(&visit, notebook)?.is_some());
    assert_eq!(other.value("window.here ?? null")?, true, "the other tab was not reloaded");
    assert_eq!(other.value("document.title.startsWith('Scriptorium')")?, true);
    take(&other, "document.title.startsWith('Newer')")
}

#[test]
fn a_page_whose_kept_files_are_gone_comes_from_the_network() -> Result {
    let visit = open_kept(with(Webgpu::Missing), "?length=100")?;
    visit.run("await caches.keys().then(all => Promise.all(all.map(name => caches.delete(name))))")?;
    visit.server().replace(newer("Newer")?);
    visit.reopen("?length=100")?;
    visit.wait(&format!("document.title.startsWith('Newer') && {WRITTEN} && {UPDATE_OFFERED}"))?;
    take(&visit, &format!("document.title.startsWith('Newer') && {WRITTEN}"))
}
