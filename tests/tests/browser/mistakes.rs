//! What is wrong with the input or the files is said in a sentence.

use std::fs;

use tests::{Replaced, Result, Visit, Webgpu, root};

#[test]
fn says_what_is_wrong_with_the_input() -> Result {
    let visit = Visit::with(Webgpu::Missing)
        .open_written("?temperature=-3&length=0&seed=x&model=%3Cb%3E&engine=abacus")?;
    let notice = visit.read("#notice")?;
    for part in [
        "temperature “-3” cannot be used (give a number from 0 to 100); 0.6 stands in",
        "length “0” cannot be used (give a whole number from 1 to 1000000)",
        "seed “x” cannot be used",
        "model “<b>” cannot be used (there are shakespeare, deep-space-nine, notebook)",
        "engine “abacus” cannot be used (give auto, webgpu or cpu)",
    ] {
        assert!(notice.contains(part), "{part}: {notice}");
    }
    let visit = visit.another().open("?prompt=%D0%9F%D1%80&temperature=NaN")?;
    visit.wait_for_text("#notice", "prompt")?;
    let notice = visit.read("#notice")?;
    assert!(notice.contains("does not know the characters 'П', 'р'"), "{notice}");
    visit.write("#prompt", "")?;
    visit.press("#generate")?;
    visit.wait_until_written()?;
    assert_eq!(visit.property("#notice", "hidden")?, true);
    // The field's own limits are the browser's to enforce; a form that got past them is checked again.
    visit.run("document.querySelector('#form').noValidate = true")?;
    visit.write("#length", "12345678")?;
    visit.press("#generate")?;
    visit.wait_for_text("#notice", "length “12345678” cannot be used")?;
    visit.write("#length", "")?;
    visit.press("#generate")?;
    visit.wait_for_text("#notice", "length “” cannot be used; give a whole number")?;
    Ok(())
}

#[test]
fn says_what_is_wrong_with_the_weights() -> Result {
    const PATH: &str = "weights/shakespeare.safetensors";
    let browser = Visit::with(Webgpu::Missing).open("about:blank")?;
    let file = fs::read(root().join(PATH))?;
    let check = |replaced: Replaced, expected: &str| -> Result {
        // Without the service worker, which would refuse what is not the site's.
        let visit = browser.another().replacing(replaced.and_missing("service-worker.js")).open("")?;
        visit.wait_for("#notice", "hidden == false")?;
        let notice = visit.read("#notice")?;
        assert!(notice.contains(expected), "{notice}");
        assert!(notice.contains("weights/shakespeare.safetensors"), "{notice}");
        // The other model is still there.
        visit.choose("#model", "deep-space-nine")?;
        visit.wait_until_written()?;
        Ok(())
    };
    check(Replaced::missing(PATH), "the server answered 404")?;
    check(Replaced::file(PATH, &file[..file.len() - 9]), "not a complete safetensors file")?;
    check(Replaced::file(PATH, "<!doctype html>"), "not a complete safetensors file")?;
    check(Replaced::file(PATH, b"\x02\0\0\0\0\0\0\0{}"), "not written by Scriptorium")?;
    let other = fs::read(root().join("weights/notebook.safetensors"))?;
    check(Replaced::file(PATH, other), "not the file that this page was built with")?;
    Ok(())
}

#[test]
fn an_unusable_field_that_is_folded_away_gets_a_sentence() -> Result {
    let visit = Visit::with(Webgpu::Missing).open_written("?length=20")?;
    assert_eq!(visit.property("#more", "open")?, false);
    visit.run("document.querySelector('#topk').value = ''")?;
    visit.press("#generate")?;
    visit.wait_for("#notice", "hidden == false")?;
    assert!(visit.read("#notice")?.contains("cannot be used"));
    Ok(())
}

#[test]
fn a_page_whose_beginning_was_lost_on_the_way_says_what_to_do() -> Result {
    let lost = Replaced::missing("start.js").and_missing("service-worker.js");
    let visit = Visit::with(Webgpu::Missing).replacing(lost).open("")?;
    visit.wait_for_text("#status", "reload it")?;
    Ok(())
}
