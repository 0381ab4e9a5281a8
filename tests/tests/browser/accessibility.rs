//! The page can be used by everybody: axe-core finds nothing at any width, light or dark, and the keyboard reaches all.

use std::{env, fs};

use tests::{
    Result, Visit, Webgpu,
    hooks::{TOOLS_READY, TRAIN_READY, shows_view},
    root,
};

/// What axe-core has to say of the page as it is.
fn violations(visit: &Visit) -> Result<Vec<String>> {
    Ok(visit.value_as("axe.run(document, { resultTypes: ['violations'] }).then(r => r.violations.map(v => v.id + ': ' + v.nodes.map(n => n.target.join(' ') + ' ' + n.failureSummary).join('; ')))")?)
}

/// Puts axe-core into the page.
fn with_axe(visit: &Visit) -> Result {
    let axe = env::var_os("AXE").unwrap_or_else(|| panic!("AXE is not set; use `cargo xtask test`"));
    Ok(visit.run(&fs::read_to_string(axe)?)?)
}

/// Brings the page to a view, as a person does.
fn go_to(visit: &Visit, view: &str) -> Result {
    match view {
        "sweep" => {
            visit.press("#tab-sweep")?;
            visit.press("#generate")?;
            visit.wait_for_count(".column", 4)?;
            visit.wait_until_written()?;
        }
        "surprise" => {
            visit.press("#tab-surprise")?;
            visit.write("#text", "ROMEO:\nBut soft, what light through yonder laptop breaks?")?;
            visit.press("#read")?;
            visit.wait_for_text("#status", "bits a character")?;
        }
        "odds" => {
            visit.press_character(40)?;
            visit.wait("document.querySelectorAll('#odds li').length >= 10")?;
        }
        "inside" => {
            visit.press_character(40)?;
            visit.press("#tab-inside")?;
            visit.wait_for("#step-h", "textContent")?;
            visit.press("[data-track=names]")?;
            visit.wait_for("#track-words", "textContent")?;
        }
        "train" => {
            visit.press("#tab-train")?;
            visit.wait(TRAIN_READY)?;
            visit
                .write("#train-text", &"ROMEO:\nBut soft, what light?\n\nJULIET:\nO Romeo!\n\n".repeat(60))?;
            visit.write("#train-hidden", "16")?;
            visit.write("#train-epochs", "3")?;
            visit.press("#train-begin")?;
            visit.wait_for_text("#train-status", "Finished.")?;
        }
        "own" => {
            visit.press("#own")?;
            visit.press("#own-add")?;
            visit.wait_for("#own-words", "textContent")?;
        }
        "dialog" => {
            visit.press("#embed")?;
            visit.wait_for("#embed-dialog", "open")?;
        }
        _ => {}
    }
    Ok(())
}

#[test]
fn is_accessible_and_looks_right_at_every_width_light_and_dark() -> Result {
    let browser = Visit::with(Webgpu::Missing).open("about:blank")?;
    let pictures = root().join("target/pictures");
    let mut problems = Vec::new();
    for (width, dark) in [(360, false), (360, true), (768, false), (768, true), (1280, false), (1280, true)] {
        for (query, views) in [
            ("", ["page", "odds", "inside", "dialog", "own", "sweep", "surprise", "train"].as_slice()),
            ("&embed=1", &["embed"]),
        ] {
            let visit = browser.another().open_written(&format!("?length=900&seed=3{query}"))?;
            visit.emulate([width, 900], dark)?;
            if query.is_empty() {
                visit.wait(TOOLS_READY)?;
            }
            with_axe(&visit)?;
            for view in views {
                let name = format!("{view}-{width}-{}", if dark { "dark" } else { "light" });
                go_to(&visit, view)?;
                let overflow: i64 = visit.value_as("document.documentElement.scrollWidth - innerWidth")?;
                if overflow > 0 {
                    problems.push(format!("{name} scrolls sideways by {overflow} pixels"));
                }
                visit.screenshot(&pictures.join(&name).with_extension("png"))?;
                problems.extend(violations(&visit)?.iter().map(|violation| format!("{name}: {violation}")));
                visit.run("document.querySelectorAll('dialog').forEach(dialog => dialog.close())")?;
            }
            visit.close();
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    Ok(())
}

#[test]
fn works_by_keyboard_alone() -> Result {
    let visit = Visit::with(Webgpu::Missing).open_written("?length=200")?;
    visit.wait(TOOLS_READY)?;
    // Everything that can be pressed or filled comes up in turn, and is seen to.
    visit.focus("#tab-write")?;
    let mut met = Vec::new();
    for _ in 0..60 {
        let focus: [String; 2] = visit
            .value_as("[document.activeElement == document.body ? 'end' : document.activeElement.id || document.activeElement.textContent, getComputedStyle(document.activeElement).outlineStyle]")?;
        let [name, outline] = focus;
        if name == "end" || met.contains(&name) {
            break;
        }
        assert_eq!(outline, "solid", "{name} shows its focus");
        met.push(name);
        visit.key("Tab")?;
    }
    for id in [
        "tab-write",
        "model",
        "own",
        "temperature",
        "prompt",
        "opening",
        "length",
        "seed",
        "dice",
        "generate",
        "continue",
        "plain",
        "copy",
        "save-text",
        "save-fountain",
        "share",
        "embed",
        "paper",
        "tab-cast",
    ] {
        assert!(met.iter().any(|name| name == id), "{id} is not reached: {met:?}");
    }
    // Tabs by arrows; a script by Enter.
    visit.focus("#tab-write")?;
    visit.key("ArrowRight")?;
    visit.wait(&format!("{} && document.activeElement.id == 'tab-sweep'", shows_view("sweep")))?;
    visit.key("ArrowLeft")?;
    visit.wait(&shows_view("write"))?;
    visit.write("#seed", "12")?;
    visit.key("Enter")?;
    visit.wait("location.hash.includes('seed=12')")?;
    visit.wait_until_written()?;
    Ok(())
}
