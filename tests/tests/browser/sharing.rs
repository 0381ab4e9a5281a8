//! A script is copied, downloaded, shared, and put into another page.

use anyhow::Context;
use model::fountain;
use serde_json::Value;
use tests::{
    Replaced, Result, Visit, Webgpu,
    hooks::TOOLS_READY,
    site::{script, weights},
};

/// Makes the page's copies and downloads readable.
const WATCHED: &str = "navigator.clipboard.writeText = async text => { window.copied = text; };
    URL.createObjectURL = blob => { blob.text().then(text => { window.saved = text; }); return 'data:,'; };
    HTMLAnchorElement.prototype.click = function () { window.savedAs = this.download; };";

/// A page with its script and its tools.
fn open(before: &str, query: &str) -> Result<Visit> {
    let visit = Visit::with(Webgpu::Missing).before(before).open_written(query)?;
    visit.wait(TOOLS_READY)?;
    Ok(visit)
}

#[test]
fn copies_downloads_and_shares() -> Result {
    let visit = open(WATCHED, "?length=500&seed=9&temperature=0.7&topk=20&topp=0.9&prompt=JULIET%3A%0A")?;
    let text = visit.read("#script")?;
    visit.press("#copy")?;
    visit.wait("window.copied")?;
    assert_eq!(visit.value("copied")?, Value::String(text.clone()));
    visit.press("#save-text")?;
    visit.wait("window.saved")?;
    assert_eq!(visit.value("[savedAs, saved]")?, serde_json::json!(["script.txt", text]));
    visit.press("#save-fountain")?;
    visit.wait("savedAs == 'script.fountain' && saved.startsWith('Title')")?;
    let screenplay = fountain(&text, "Scriptorium");
    assert_eq!(visit.value("saved")?, Value::String(screenplay));
    visit.press("#share")?;
    visit.wait("copied.startsWith('http')")?;
    let link: String = visit.value_as("copied")?;
    for part in
        ["seed=9", "temperature=0.7", "topk=20", "topp=0.9", "length=500", "model=shakespeare", "hash="]
    {
        assert!(link.contains(part), "{part}: {link}");
    }
    let other = visit.another().open_written(&link)?;
    assert_eq!(other.read("#script")?, text);
    // Made for other weights, the link says so and writes nothing until asked.
    let (before, _) = link.split_once("hash=").context("the link has no hash")?;
    other.go(&format!("{before}hash=0123456789ab"))?;
    other.wait_for_text("#notice", "have changed since")?;
    assert_eq!(other.read("#script")?, "");
    other.wait_for("#generate", "disabled == false")?;
    other.press("#generate")?;
    other.wait_until_written()?;
    assert_eq!(other.read("#script")?, text);
    // If the browser refuses the clipboard, the text is shown to be copied by hand.
    let refused = "navigator.clipboard.writeText = () => Promise.reject(new Error('no')); document.execCommand = () => false;";
    let visit = open(refused, "?length=20")?;
    visit.press("#copy")?;
    visit.wait_for_text("#notice", "ROMEO:")?;
    Ok(())
}

#[test]
fn gives_a_snippet_to_embed() -> Result {
    let visit = open(WATCHED, "?length=200&seed=5")?;
    visit.press("#embed")?;
    visit.wait_for("#embed-dialog", "open")?;
    visit.run("document.querySelector('#embed-theme').value = 'dark'; document.querySelector('#embed-train').value = '1'")?;
    visit.write("#embed-origins", "https://example.org")?;
    visit.press("#snippet-copy")?;
    visit.wait("window.copied")?;
    let snippet: String = visit.value_as("copied")?;
    for part in [
        "<iframe src=\"http",
        "embed=1",
        "theme=dark",
        "train=1",
        "seed=5",
        "origins=https%3A%2F%2Fexample.org",
    ] {
        assert!(snippet.contains(part), "{part}: {snippet}");
    }
    visit.key("Escape")?;
    visit.wait_for("#embed-dialog", "open == false")?;
    // In another page, the snippet is what it says.
    let outer = format!("<!doctype html>{snippet}");
    visit.server().replace(Replaced::file("outer.html", outer));
    let outer = visit.another().open("outer.html")?;
    outer.wait_for(
        "iframe",
        "contentDocument?.querySelector('#status')?.textContent.includes('characters a second')",
    )?;
    let copy = outer.property("iframe", "contentDocument.querySelector('#script').textContent")?;
    assert_eq!(copy, Value::String(visit.read("#script")?));
    Ok(())
}

#[test]
fn a_link_that_is_opened_while_the_page_loads_is_taken() -> Result {
    // The page has read its address by then, and has nothing to write with yet.
    let other_link = "const ask = window.fetch;
        window.fetch = (...all) => {
          if (String(all[0].url ?? all[0]).includes('.safetensors')) location.hash = '#length=77&seed=3';
          return ask(...all);
        };";
    let visit = Visit::with(Webgpu::Missing).before(other_link).open("#length=300")?;
    let text = script(&weights("shakespeare")?, "ROMEO:\n", 0.6, 77, 3)?;
    visit.wait(&format!("document.querySelector('#script').textContent == {text:?}"))?;
    visit.wait_until_written()?;
    assert_eq!(visit.read("#script")?, text);
    Ok(())
}
