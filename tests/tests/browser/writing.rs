//! A script is written, stopped, continued, and written again from its link.

use tests::{
    Replaced, Result, Visit, Webgpu,
    hooks::WRITTEN,
    site::{script, weights},
};

#[test]
fn writes_at_once_the_very_text_of_the_command_line() -> Result {
    let visit = Visit::with(Webgpu::Software).open_written("")?;
    let weights = weights("shakespeare")?;
    assert_eq!(visit.read("#script")?, script(&weights, "ROMEO:\n", 0.6, 1200, 1)?);
    assert!(visit.read("#status")?.contains("1,200 characters, written by the CPU engine"));
    assert!(visit.read("#cast")?.contains("ROMEO"));

    visit.write("#prompt", "JULIET:\nO ")?;
    visit.write("#length", "5000")?;
    visit.write("#seed", "77")?;
    visit.press("#generate")?;
    visit.wait_for("#script", "textContent.startsWith('JULIET')")?;
    visit.wait_until_written()?;
    assert_eq!(visit.read("#script")?, script(&weights, "JULIET:\nO ", 0.6, 5000, 77)?);
    let url: String = visit.value_as("location.hash")?;
    assert!(url.contains("seed=77") && url.contains("length=5000"), "{url}");
    // The link writes the same script again.
    visit.reopen(&url)?;
    visit.wait_until_written()?;
    assert_eq!(visit.read("#script")?, script(&weights, "JULIET:\nO ", 0.6, 5000, 77)?);
    Ok(())
}

#[test]
fn changes_the_model() -> Result {
    let visit = Visit::with(Webgpu::Missing).open_written("")?;
    visit.choose("#model", "deep-space-nine")?;
    visit.wait_for("#script", "textContent.startsWith('SISKO: ')")?;
    visit.wait_until_written()?;
    let weights = weights("deep-space-nine")?;
    assert_eq!(visit.read("#script")?, script(&weights, "SISKO: ", 0.6, 1200, 1)?);
    Ok(())
}

#[test]
fn stop_keeps_what_is_written() -> Result {
    let visit = Visit::with(Webgpu::Missing).open("?length=1000000")?;
    visit.wait_for("#script", "textContent.length > 2000")?;
    visit.press("#stop")?;
    visit.wait_until_written()?;
    let text = visit.read("#script")?;
    assert!(text.len() > 2000 && text.len() < 900_000, "{}", text.len());
    let weights = weights("shakespeare")?;
    let length = text.chars().count() as u64 - "ROMEO:\n".len() as u64;
    assert_eq!(text, script(&weights, "ROMEO:\n", 0.6, length, 1)?);
    visit.press("#generate")?;
    visit.wait_for("#script", "textContent.length > 500")?;
    visit.press("#stop")?;
    visit.wait_until_written()?;
    Ok(())
}

#[test]
fn continues_where_it_stopped() -> Result {
    let shakespeare = weights("shakespeare")?;
    for (webgpu, query, temperature) in [
        (Webgpu::Missing, "?length=250", 0.6),
        (Webgpu::Software, "?length=250&engine=webgpu&temperature=0", 0.0),
    ] {
        let visit = Visit::with(webgpu).open_written(query)?;
        visit.press("#continue")?;
        visit.wait(&format!("document.querySelector('#script').textContent.length > 500 && {WRITTEN}"))?;
        let expected = script(&shakespeare, "ROMEO:\n", temperature, 500, 1)?;
        assert_eq!(visit.read("#script")?, expected);
        assert!(visit.value_as::<String>("location.hash")?.contains("length=500"));
    }
    Ok(())
}

#[test]
fn opens_with_words_of_its_own() -> Result {
    let visit = Visit::with(Webgpu::Missing).open_written("?length=100")?;
    visit.press("#dice")?;
    assert_ne!(visit.property("#seed", "value")?, "1");
    visit.press("#opening")?;
    let prompt: String = visit.property_as("#prompt", "value")?;
    assert!(prompt.ends_with('\n') && prompt.trim_end().ends_with(':') || prompt == "\n", "{prompt:?}");
    visit.press("#generate")?;
    visit.wait_for("#script", &format!("textContent.startsWith({prompt:?})"))?;
    visit.wait_until_written()?;
    visit.press("#prompts button:nth-child(2)")?;
    let picked: String = visit.property_as("#prompt", "value")?;
    assert!(picked.starts_with("JULIET:"), "{picked}");
    Ok(())
}

#[test]
fn writes_without_simd() -> Result {
    let without = "WebAssembly.validate = () => false;";
    let visit = Visit::with(Webgpu::Missing).before(without).open_written("?temperature=0.9&length=700")?;
    let names: String = visit.value_as("performance.getEntriesByType('resource').map(e => e.name).join()")?;
    assert!(names.contains("/page-scalar_bg.wasm"), "{names}");
    let weights = weights("shakespeare")?;
    assert_eq!(visit.read("#script")?, script(&weights, "ROMEO:\n", 0.9, 700, 1)?);
    Ok(())
}

#[test]
fn works_in_an_iframe_under_any_path() -> Result {
    let outer = "<iframe id=f width=400 height=600 src='./?embed=1&prompt=HAMLET:'></iframe>";
    let outer = Replaced::file("outer.html", outer);
    let visit = Visit::with(Webgpu::Missing).under("/a/deep/path/").replacing(outer).open("outer.html")?;
    let inside = |what: &str| format!("contentDocument.querySelector('{what}')");
    visit.wait_for("#f", &format!("{}?.textContent.includes('characters a second')", inside("#status")))?;
    let panel = visit.property("#f", &format!("{}.checkVisibility()", inside("#panel")))?;
    assert_eq!(panel, false, "the compact form has no panels");
    let shown = visit.property("#f", &format!("{}.textContent", inside("#script")))?;
    let weights = weights("shakespeare")?;
    assert_eq!(shown, script(&weights, "HAMLET:", 0.6, 1200, 1)?);
    Ok(())
}
