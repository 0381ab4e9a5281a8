//! The page in somebody else's page, of another origin. `cargo xtask test` builds dist/ and runs these.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod site {
    use serde_json::{Value, json};
    use tests::{
        Page, Replaced, Server, Session, Webgpu,
        site::{dist, script, serve, weights},
    };

    /// A page that keeps what the frame says, on a server of its own, which is another origin.
    fn outer(frame: &str) -> Server {
        let page = format!(
            "<!doctype html><iframe id=f width=400 height=300 src='{frame}'></iframe><script>
             window.heard = [];
             addEventListener('message', e => heard.push([e.origin, e.data]));
             const say = message => f.contentWindow.postMessage(message, '*');
             const all = type => heard.map(([, data]) => data).filter(data => data.type == type);
             </script>"
        );
        let page = Replaced::from([("outer.html".to_owned(), Some(page.into_bytes()))]);
        Server::start(&dist().unwrap(), "/", page).unwrap()
    }

    fn origin(server: &Server) -> String {
        format!("http://127.0.0.1:{}", server.port())
    }

    /// Opens a page with the frame in it, that may speak with it or not.
    fn embed(session: &Session, site: &Server, query: &str, may_speak: bool) -> (Server, Page) {
        // The outer page's port is not known before it is there: its frame's address is set afterwards.
        let outer = outer("about:blank");
        let page = session.open(&outer.url("outer.html"), "").unwrap();
        let origins = if may_speak { origin(&outer) } else { "https://example.org".to_owned() };
        let frame = site.url(&format!("?embed=1&origins={origins}{query}"));
        page.value(&format!("f.src = {frame:?}")).unwrap();
        (outer, page)
    }

    fn say(page: &Page, message: &Value) {
        page.value(&format!("(say({message}), 0)")).unwrap();
    }

    fn last_done(page: &Page) -> Value {
        page.value("all('done').at(-1)").unwrap()
    }

    #[test]
    fn speaks_with_the_embedding_page() {
        let (site, session) = (serve().unwrap(), Session::start(Webgpu::Missing).unwrap());
        let (_outer, page) = embed(&session, &site, "&length=150&seed=3&model=notebook", true);
        page.wait("all('ready').length && all('done').length && all('resize').length").unwrap();
        assert_eq!(
            page.value("[...new Set(heard.map(([origin]) => origin))]").unwrap(),
            json!([origin(&site)])
        );
        assert_eq!(page.value("heard.every(([, data]) => data.scriptorium === 1)").unwrap(), true);
        let ready = page.value("all('ready')[0]").unwrap();
        assert_eq!(ready["models"], json!(["shakespeare", "deep-space-nine", "notebook"]));
        let weights = weights("notebook").unwrap();
        let expected = |temperature, length, seed| {
            let script = script(&weights, "SISKO: ", temperature, length, seed).unwrap();
            script.strip_prefix("SISKO: ").unwrap().to_owned()
        };
        // Asked for after what is there: the first script may have begun before anyone listened.
        let count = page.value("all('done').length").unwrap().as_u64().unwrap();
        say(&page, &json!({"scriptorium": 1, "type": "set", "temperature": 0.9}));
        say(&page, &json!({"scriptorium": 1, "type": "generate", "seed": 8, "length": "90"}));
        page.wait(&format!("all('done').length > {count}")).unwrap();
        let done = last_done(&page);
        assert_eq!(done["texts"], json!([expected(0.9, 90, 8)]));
        assert_eq!(done["stopped"], false);
        let heard = page.value("all('text').map(data => data.text).join('')").unwrap();
        assert!(heard.as_str().unwrap().ends_with(&expected(0.9, 90, 8)));
        // Stopping keeps what is written.
        say(&page, &json!({"scriptorium": 1, "type": "generate", "length": 1_000_000}));
        page.wait("all('text').map(data => data.text).join('').length > 3000").unwrap();
        say(&page, &json!({"scriptorium": 1, "type": "stop"}));
        page.wait("all('done').at(-1).stopped").unwrap();
        assert!(last_done(&page)["texts"][0].as_str().unwrap().len() > 500);
        // Another model is loaded and writes.
        let count = page.value("all('done').length").unwrap().as_u64().unwrap();
        say(
            &page,
            &json!({"scriptorium": 1, "type": "generate", "model": "shakespeare", "length": 60, "prompt": "HAMLET:\n"}),
        );
        page.wait(&format!("all('done').length > {count} && !all('done').at(-1).stopped")).unwrap();
        let shakespeare = tests::site::weights("shakespeare").unwrap();
        let expected = script(&shakespeare, "HAMLET:\n", 0.9, 60, 8).unwrap();
        assert_eq!(last_done(&page)["texts"][0], expected.strip_prefix("HAMLET:\n").unwrap());
        assert_eq!(page.value("all('error').length").unwrap(), 0);
    }

    #[test]
    fn checks_every_message() {
        let (site, session) = (serve().unwrap(), Session::start(Webgpu::Missing).unwrap());
        let (_outer, page) = embed(&session, &site, "&length=50&model=notebook", true);
        page.wait("all('ready').length && all('done').length").unwrap();
        let check = |message: Value, expected: &str| {
            page.value("(heard.length = 0, 0)").unwrap();
            say(&page, &message);
            page.wait("all('error').length").unwrap();
            let error = page.value("all('error')[0].message").unwrap();
            assert!(error.as_str().unwrap().contains(expected), "{message}: {error}");
            assert_eq!(page.value("all('text').length + all('done').length").unwrap(), 0, "{message}");
        };
        check(json!({"scriptorium": 2, "type": "generate"}), "its scriptorium is not 1");
        check(json!({"scriptorium": 1, "type": "explode"}), "its type is none of generate, set and stop");
        check(json!({"scriptorium": 1}), "its type is none of");
        check(json!({"scriptorium": 1, "type": "generate", "colour": "red"}), "a field “colour”");
        check(json!({"scriptorium": 1, "type": "stop", "seed": 1}), "a field “seed”");
        check(json!({"scriptorium": 1, "type": "generate", "temperature": -1}), "temperature cannot be used");
        check(
            json!({"scriptorium": 1, "type": "generate", "temperature": {"a": 1}}),
            "temperature cannot be used",
        );
        check(json!({"scriptorium": 1, "type": "generate", "length": 1.5}), "length cannot be used");
        check(json!({"scriptorium": 1, "type": "generate", "seed": "x"}), "seed cannot be used");
        check(
            json!({"scriptorium": 1, "type": "set", "model": "<img src=x onerror=alert(1)>"}),
            "there are shakespeare",
        );
        check(
            json!({"scriptorium": 1, "type": "generate", "prompt": ["a"]}),
            "prompt cannot be used; give a text",
        );
        check(
            json!({"scriptorium": 1, "type": "generate", "prompt": "ß"}),
            "does not know the character 'ß'",
        );
        // What is not for this page is passed over, and the page lives.
        page.value("(heard.length = 0, 0)").unwrap();
        for message in [json!(null), json!("generate"), json!(7), json!({"type": "generate"}), json!([1, 2])]
        {
            say(&page, &message);
        }
        say(&page, &json!({"scriptorium": 1, "type": "generate", "prompt": "SISKO: ", "seed": 4}));
        page.wait("all('done').length").unwrap();
        assert_eq!(page.value("all('error').length + all('done').length").unwrap(), 1);
    }

    #[test]
    fn is_deaf_and_dumb_to_origins_that_are_not_named() {
        let (site, session) = (serve().unwrap(), Session::start(Webgpu::Missing).unwrap());
        let (_outer, page) = embed(&session, &site, "&length=50&model=notebook", false);
        // A frame beside it that may speak tells when messages have had their time.
        let other = site.url(&format!("?embed=1&length=50&model=notebook&origins={}", origin(&_outer)));
        page.value(&format!(
            "(() => {{ const f = document.createElement('iframe'); f.id = 'g'; f.src = {other:?}; document.body.append(f); }})()"
        ))
        .unwrap();
        page.wait("all('done').length").unwrap();
        page.value("(say({scriptorium: 1, type: 'generate', seed: 5}), g.contentWindow.postMessage({scriptorium: 1, type: 'generate', seed: 5}, '*'), 0)").unwrap();
        page.wait("all('done').length > 1").unwrap();
        let from_other = "(addEventListener('message', e => { window.wrong ||= e.source === f.contentWindow; }), g.contentWindow.postMessage({scriptorium: 1, type: 'generate', seed: 6}, '*'), 0)";
        page.value(from_other).unwrap();
        page.wait("all('done').length > 2").unwrap();
        assert_ne!(page.value("window.wrong ?? false").unwrap(), true);
        // Two frames, and one of them ready: nothing came from the other.
        assert_eq!(page.value("all('ready').length").unwrap(), 1);
    }

    #[test]
    fn takes_colours_and_says_which_it_cannot_take() {
        let (site, session) = (serve().unwrap(), Session::start(Webgpu::Missing).unwrap());
        let page = session
            .open(&site.url("?embed=1&theme=dark&accent=ffcc00&paper=102030&ink=f0f0f0&length=50"), "")
            .unwrap();
        page.wait(tests::site::WRITTEN).unwrap();
        let style = |selector: &str, property: &str| {
            page.value(&format!("getComputedStyle(document.querySelector({selector:?})).{property}")).unwrap()
        };
        assert_eq!(style("body", "backgroundColor"), "rgb(16, 32, 48)");
        assert_eq!(style("body", "color"), "rgb(240, 240, 240)");
        assert_eq!(style("#generate", "backgroundColor"), "rgb(255, 204, 0)");
        assert_eq!(style("#generate", "color"), "rgb(0, 0, 0)");
        assert_eq!(style("html", "colorScheme"), "dark");
        let page = session
            .open(&site.url("?embed=1&theme=blue&accent=red&origins=nonsense,https://a.b/c&length=50"), "")
            .unwrap();
        page.wait(tests::site::WRITTEN).unwrap();
        let notice = page.text("#notice").unwrap();
        for part in ["theme “blue”", "accent “red”", "origins “nonsense”", "origins “https://a.b/c”"]
        {
            assert!(notice.contains(part), "{part}: {notice}");
        }
    }

    #[test]
    fn the_example_works() {
        let (site, session) = (serve().unwrap(), Session::start(Webgpu::Missing).unwrap());
        let page = session.open(&site.url("embed.html"), "").unwrap();
        page.wait("!document.querySelector('#generate').disabled").unwrap();
        page.slide("#temperature", "0.3").unwrap();
        page.click("#generate").unwrap();
        page.wait("document.querySelector('#report').textContent == 'Characters so far: 400 and 400.'")
            .unwrap();
        let high = "[...document.querySelectorAll('iframe')].every(f => parseInt(f.style.height) > 400)";
        page.wait(high).unwrap();
        let shown = "[...document.querySelectorAll('iframe')].map(f => f.contentDocument.querySelector('#temperature').value)";
        assert_eq!(page.value(shown).unwrap(), json!(["0.3", "0.3"]));
    }
}
