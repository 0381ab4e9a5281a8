//! The page in somebody else's page, of another origin.

use anyhow::Context;
use serde_json::{Value, json};
use tests::{
    Replaced, Result, Server, Visit, Webgpu,
    site::{dist, script, weights},
};

/// A page with a frame in it that keeps what the frame says.
const OUTER: &str = "<!doctype html><iframe id=f width=400 height=300 src='about:blank'></iframe><script>
    window.heard = [];
    addEventListener('message', e => heard.push([e.origin, e.data]));
    const say = message => f.contentWindow.postMessage(message, '*');
    const all = type => heard.map(([, data]) => data).filter(data => data.type == type);
    </script>";

/// A page of one origin with the site in a frame, from a server of its own, which is another origin.
struct Embedding {
    site: Server,
    outer: Visit,
}

impl Embedding {
    /// Opens it; the two may speak with each other or not.
    fn open(query: &str, may_speak: bool) -> Result<Self> {
        let site = Server::start(&dist()?, "/", Replaced::default())?;
        let outer =
            Visit::with(Webgpu::Missing).replacing(Replaced::file("outer.html", OUTER)).open("outer.html")?;
        let embedding = Self { site, outer };
        // The outer page's port is not known before it is there: its frame's address is set afterwards.
        let origins =
            if may_speak { embedding.outer.server().origin() } else { "https://example.org".to_owned() };
        let frame = embedding.site.url(&format!("?embed=1&origins={origins}{query}"));
        embedding.outer.run(&format!("f.src = {frame:?}"))?;
        Ok(embedding)
    }

    fn say(&self, message: &Value) -> Result {
        Ok(self.outer.run(&format!("say({message})"))?)
    }

    fn forget(&self) -> Result {
        Ok(self.outer.run("heard.length = 0")?)
    }

    fn last_done(&self) -> Result<Value> {
        Ok(self.outer.value("all('done').at(-1)")?)
    }
}

#[test]
fn speaks_with_the_embedding_page() -> Result {
    let embedding = Embedding::open("&length=150&seed=3&model=notebook", true)?;
    let page = &embedding.outer;
    page.wait("all('ready').length && all('done').length && all('resize').length")?;
    assert_eq!(
        page.value("[...new Set(heard.map(([origin]) => origin))]")?,
        json!([embedding.site.origin()])
    );
    assert_eq!(page.value("heard.every(([, data]) => data.scriptorium === 1)")?, true);
    let ready = page.value("all('ready')[0]")?;
    assert_eq!(ready["models"], json!(["shakespeare", "deep-space-nine", "notebook"]));
    let notebook = weights("notebook")?;
    let expected = |temperature, length, seed| -> Result<String> {
        let script = script(&notebook, "SISKO: ", temperature, length, seed)?;
        Ok(script.strip_prefix("SISKO: ").context("a script begins with its prompt")?.to_owned())
    };
    // Asked for after what is there: the first script may have begun before anyone listened.
    let count: u64 = page.value_as("all('done').length")?;
    embedding.say(&json!({"scriptorium": 1, "type": "set", "temperature": 0.9}))?;
    embedding.say(&json!({"scriptorium": 1, "type": "generate", "seed": 8, "length": "90"}))?;
    page.wait(&format!("all('done').length > {count}"))?;
    let done = embedding.last_done()?;
    assert_eq!(done["texts"], json!([expected(0.9, 90, 8)?]));
    assert_eq!(done["stopped"], false);
    let heard: String = page.value_as("all('text').map(data => data.text).join('')")?;
    assert!(heard.ends_with(&expected(0.9, 90, 8)?));
    // Stopping keeps what is written.
    embedding.say(&json!({"scriptorium": 1, "type": "generate", "length": 1_000_000}))?;
    page.wait("all('text').map(data => data.text).join('').length > 3000")?;
    embedding.say(&json!({"scriptorium": 1, "type": "stop"}))?;
    page.wait("all('done').at(-1).stopped")?;
    assert!(embedding.last_done()?["texts"][0].as_str().context("no text is done")?.len() > 500);
    // Another model is loaded and writes.
    let count: u64 = page.value_as("all('done').length")?;
    embedding.say(
        &json!({"scriptorium": 1, "type": "generate", "model": "shakespeare", "length": 60, "prompt": "HAMLET:\n"}),
    )?;
    page.wait(&format!("all('done').length > {count} && !all('done').at(-1).stopped"))?;
    let shakespeare = weights("shakespeare")?;
    let expected = script(&shakespeare, "HAMLET:\n", 0.9, 60, 8)?;
    let expected = expected.strip_prefix("HAMLET:\n").context("a script begins with its prompt")?;
    assert_eq!(embedding.last_done()?["texts"][0], expected);
    assert_eq!(page.value("all('error').length")?, 0);
    Ok(())
}

#[test]
fn checks_every_message() -> Result {
    let embedding = Embedding::open("&length=50&model=notebook", true)?;
    let page = &embedding.outer;
    page.wait("all('ready').length && all('done').length")?;
    let check = |message: Value, expected: &str| -> Result {
        embedding.forget()?;
        embedding.say(&message)?;
        page.wait("all('error').length")?;
        let error: String = page.value_as("all('error')[0].message")?;
        assert!(error.contains(expected), "{message}: {error}");
        assert_eq!(page.value("all('text').length + all('done').length")?, 0, "{message}");
        Ok(())
    };
    check(json!({"scriptorium": 2, "type": "generate"}), "its scriptorium is not 1")?;
    check(json!({"scriptorium": 1, "type": "explode"}), "its type is none of generate, set, train and stop")?;
    check(json!({"scriptorium": 1}), "its type is none of")?;
    check(json!({"scriptorium": 1, "type": "generate", "colour": "red"}), "a field “colour”")?;
    check(json!({"scriptorium": 1, "type": "stop", "seed": 1}), "a field “seed”")?;
    check(json!({"scriptorium": 1, "type": "generate", "temperature": -1}), "temperature cannot be used")?;
    check(
        json!({"scriptorium": 1, "type": "generate", "temperature": {"a": 1}}),
        "temperature cannot be used",
    )?;
    check(json!({"scriptorium": 1, "type": "generate", "length": 1.5}), "length cannot be used")?;
    check(json!({"scriptorium": 1, "type": "generate", "seed": "x"}), "seed cannot be used")?;
    check(
        json!({"scriptorium": 1, "type": "set", "model": "<img src=x onerror=alert(1)>"}),
        "there are shakespeare",
    )?;
    check(
        json!({"scriptorium": 1, "type": "generate", "prompt": ["a"]}),
        "prompt cannot be used; give a text",
    )?;
    check(json!({"scriptorium": 1, "type": "generate", "prompt": "ß"}), "does not know the character 'ß'")?;
    // What is not for this page is passed over, and the page lives.
    embedding.forget()?;
    for message in [json!(null), json!("generate"), json!(7), json!({"type": "generate"}), json!([1, 2])] {
        embedding.say(&message)?;
    }
    embedding.say(&json!({"scriptorium": 1, "type": "generate", "prompt": "SISKO: ", "seed": 4}))?;
    page.wait("all('done').length")?;
    assert_eq!(page.value("all('error').length + all('done').length")?, 1);
    Ok(())
}

#[test]
fn a_notice_goes_when_a_later_message_can_be_used() -> Result {
    // Of one origin, so that the test sees into the frame.
    let page =
        Visit::with(Webgpu::Missing).replacing(Replaced::file("outer.html", OUTER)).open("outer.html")?;
    page.run("f.src = './?embed=1&length=50&model=notebook'")?;
    page.wait("all('done').length")?;
    let notice = "f.contentDocument.querySelector('#notice')";
    for (message, is_hidden) in [
        (json!({"scriptorium": 1, "type": "set", "seed": "x"}), false),
        (json!({"scriptorium": 1, "type": "set", "seed": 4}), true),
        (json!({"scriptorium": 1, "type": "generate", "prompt": "ß"}), false),
        (json!({"scriptorium": 1, "type": "generate", "prompt": "SISKO: "}), true),
    ] {
        page.run(&format!("say({message})"))?;
        page.wait(&format!("{notice}.hidden == {is_hidden}"))?;
    }
    Ok(())
}

#[test]
fn is_deaf_and_dumb_to_origins_that_are_not_named() -> Result {
    let embedding = Embedding::open("&length=50&model=notebook", false)?;
    let page = &embedding.outer;
    // A frame beside it that may speak tells when messages have had their time.
    let origin = page.server().origin();
    let other = embedding.site.url(&format!("?embed=1&length=50&model=notebook&origins={origin}"));
    page.run(&format!(
        "const f = document.createElement('iframe'); f.id = 'g'; f.src = {other:?}; document.body.append(f);"
    ))?;
    page.wait("all('done').length")?;
    page.run("say({scriptorium: 1, type: 'generate', seed: 5}); g.contentWindow.postMessage({scriptorium: 1, type: 'generate', seed: 5}, '*');")?;
    page.wait("all('done').length > 1")?;
    page.run("addEventListener('message', e => { window.wrong ||= e.source === f.contentWindow; }); g.contentWindow.postMessage({scriptorium: 1, type: 'generate', seed: 6}, '*');")?;
    page.wait("all('done').length > 2")?;
    assert_ne!(page.value("window.wrong ?? false")?, true);
    // Two frames, and one of them ready: nothing came from the other.
    assert_eq!(page.value("all('ready').length")?, 1);
    Ok(())
}

#[test]
fn takes_colours_and_says_which_it_cannot_take() -> Result {
    let visit = Visit::with(Webgpu::Missing)
        .open_written("?embed=1&theme=dark&accent=ffcc00&paper=102030&ink=f0f0f0&length=50")?;
    let style = |selector: &str, property: &str| {
        visit.value(&format!("getComputedStyle(document.querySelector({selector:?})).{property}"))
    };
    assert_eq!(style("body", "backgroundColor")?, "rgb(16, 32, 48)");
    assert_eq!(style("body", "color")?, "rgb(240, 240, 240)");
    assert_eq!(style("#generate", "backgroundColor")?, "rgb(255, 204, 0)");
    assert_eq!(style("#generate", "color")?, "rgb(0, 0, 0)");
    assert_eq!(style("html", "colorScheme")?, "dark");
    let visit = visit
        .another()
        .open_written("?embed=1&theme=blue&accent=red&origins=nonsense,https://a.b/c&length=50")?;
    let notice = visit.read("#notice")?;
    for part in ["theme “blue”", "accent “red”", "origins “nonsense”", "origins “https://a.b/c”"]
    {
        assert!(notice.contains(part), "{part}: {notice}");
    }
    Ok(())
}

#[test]
fn the_example_works() -> Result {
    let visit = Visit::with(Webgpu::Missing).open("embed.html")?;
    visit.wait_for("#generate", "disabled == false")?;
    visit.slide("#temperature", "0.3")?;
    visit.press("#generate")?;
    visit.wait_for("#report", "textContent == 'Characters so far: 400 and 400.'")?;
    visit.wait("[...document.querySelectorAll('iframe')].every(f => parseInt(f.style.height) > 400)")?;
    let shown: Vec<Value> =
        visit.properties("iframe", "contentDocument.querySelector('#temperature').value")?;
    assert_eq!(shown, ["0.3", "0.3"]);
    Ok(())
}
