//! Models of the visitor's own as the browser keeps them: once each, for this site alone, and nowhere else.

use serde_json::json;
use tests::{Replaced, Result, Visit, Webgpu, hooks::TOOLS_READY, root, site};

/// Brings the notebook's model under a title.
fn bring(visit: &Visit, title: &str) -> Result {
    visit.wait(TOOLS_READY)?;
    visit.press("#own")?;
    visit.choose_file("#own-model", &root().join("weights/notebook.safetensors"))?;
    visit.write("#own-title", title)?;
    visit.press("#own-add")?;
    visit.wait_for("#own-dialog", "open == false")?;
    visit.wait_for("#model", &format!("selectedOptions[0].textContent == '{title} (yours)'"))?;
    Ok(visit.wait_until_written()?)
}

/// The titles of one's own models in another tab.
fn own_elsewhere(visit: &Visit) -> Result<Vec<String>> {
    let other = visit.another().open_written("?length=20")?;
    other.wait(TOOLS_READY)?;
    // Listed behind the first script.
    other.run("await new Promise(done => setTimeout(done, 0)); await caches.keys()")?;
    other.wait("document.querySelector('#engine-note').dataset.state == 'absent'")?;
    let titles = other.read_all("#model option")?;
    other.close();
    Ok(titles.into_iter().filter(|title| title.ends_with("(yours)")).collect())
}

#[test]
fn a_model_is_kept_once_and_stays_away_when_it_is_removed() -> Result {
    let watched =
        "window.persisted = 0; StorageManager.prototype.persist = async () => { persisted++; return true; };";
    let visit = Visit::with(Webgpu::Missing).before(watched).open_written("?length=20")?;
    for title in ["One", "Another"] {
        bring(&visit, title)?;
    }
    assert_eq!(visit.value("persisted")?, 2, "the browser is asked to keep it");
    assert_eq!(visit.read_all("#model option")?[3..], ["Another (yours)"]);
    assert_eq!(own_elsewhere(&visit)?, ["Another (yours)"]);
    visit.press("#forget")?;
    visit.wait_for_count("#model option", 3)?;
    assert_eq!(own_elsewhere(&visit)?, Vec::<String>::new());
    Ok(())
}

#[test]
fn two_sites_of_one_origin_have_models_of_their_own() -> Result {
    let visit = Visit::with(Webgpu::Missing).under("/one/").open_written("?length=20")?;
    visit.server().serve_under("/two/");
    bring(&visit, "Mine")?;
    assert_eq!(own_elsewhere(&visit)?, ["Mine (yours)"]);
    let address = visit.server().origin() + "/two/?length=20";
    let other = visit.another().open_written(&address)?;
    bring(&other, "Theirs")?;
    assert_eq!(own_elsewhere(&visit)?, ["Mine (yours)"]);
    other.press("#forget")?;
    other.wait_for_count("#model option", 3)?;
    assert_eq!(own_elsewhere(&visit)?, ["Mine (yours)"]);
    Ok(())
}

#[test]
fn models_that_an_older_version_kept_are_taken_over() -> Result {
    let visit = Visit::with(Webgpu::Missing).under("/one/").open_written("?length=20")?;
    visit.run(
        "const cache = await caches.open('scriptorium models');
        const weights = await (await fetch('weights/notebook.safetensors')).arrayBuffer();
        for (const address of ['./own-models/own-12?title=Old', './own-models/own-12?title=Old%20too',
            '/two/own-models/own-34?title=Theirs', '/one/two/own-models/own-56?title=Deeper']) {
          await cache.put(address, new Response(weights));
        }",
    )?;
    assert_eq!(own_elsewhere(&visit)?, ["Old too (yours)"]);
    let left = "caches.open('scriptorium models').then(c => c.keys()).then(all => all.map(r => new URL(r.url).pathname))";
    assert_eq!(visit.value(left)?, json!(["/two/own-models/own-34", "/one/two/own-models/own-56"]));
    let visit = visit.another().open_written("?model=own-12&length=20&prompt=SISKO%3A%20")?;
    let text = visit.read("#script")?;
    assert!(text.starts_with("SISKO: "), "{text}; {}", visit.read("#notice")?);
    Ok(())
}

#[test]
fn a_link_to_somebodys_own_model_says_what_it_is() -> Result {
    let visit = Visit::with(Webgpu::Missing).open_written("?length=20")?;
    bring(&visit, "Mine")?;
    let link: String = visit.value_as("location.hash")?;
    assert!(link.contains("model=own-"), "{link}");
    // Somebody else, in a browser of their own.
    let visit = Visit::with(Webgpu::Missing).open(&link)?;
    visit.wait_for_text("#notice", "is somebody's own and kept only in their browser")?;
    visit.wait_for("#generate", "disabled == false")?;
    let notice = visit.read("#notice")?;
    assert!(notice.contains("choose another model, or ask them for its file"), "{notice}");
    assert!(!notice.contains("changed"), "{notice}");
    assert_eq!(visit.read("#script")?, "");
    visit.press("#generate")?;
    visit.wait_until_written()?;
    Ok(())
}

#[test]
fn a_listed_model_is_not_taken_for_ones_own() -> Result {
    let models = site::text("weights/models.json")?.replace("\"id\":\"notebook\"", "\"id\":\"own-notebook\"");
    assert!(models.contains("own-notebook"));
    let replaced = Replaced::file("weights/models.json", models).and_missing("service-worker.js");
    let visit = Visit::with(Webgpu::Missing)
        .replacing(replaced)
        .open_written("?model=listed-own-notebook&length=20")?;
    assert_eq!(visit.property("#model", "value")?, "listed-own-notebook");
    assert_eq!(visit.property("#forget", "hidden")?, true);
    assert_eq!(visit.property("#notice", "hidden")?, true);
    Ok(())
}
