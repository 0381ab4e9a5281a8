//! The built page in a real browser, used as a person uses it. `cargo xtask test` builds dist/ and runs these.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod site {
    use std::{collections::HashMap, fs};

    use model::Generator;
    use serde_json::Value;
    use tests::{
        Server, Session, Webgpu, root,
        site::{WRITTEN, dist, open, script, serve, weights},
    };

    const ENGINE_READY: &str = "document.querySelector('#engine-note').dataset.state == 'ready'";
    const ENGINE_ABSENT: &str = "document.querySelector('#engine-note').dataset.state == 'absent'";

    #[test]
    fn writes_at_once_the_very_text_of_the_command_line() {
        let (server, session) = (serve().unwrap(), Session::start(Webgpu::Software).unwrap());
        let page = open(&session, &server, "").unwrap();
        page.wait(WRITTEN).unwrap();
        let weights = weights("shakespeare").unwrap();
        assert_eq!(page.text("#script").unwrap(), script(&weights, "ROMEO:\n", 0.6, 1200, 1).unwrap());
        assert!(page.text("#status").unwrap().contains("1,200 characters, written by the CPU engine"));
        assert!(page.text("#cast").unwrap().contains("ROMEO"));

        page.fill("#prompt", "JULIET:\nO ").unwrap();
        page.fill("#length", "5000").unwrap();
        page.fill("#seed", "77").unwrap();
        page.click("#generate").unwrap();
        page.wait("document.querySelector('#script').textContent.startsWith('JULIET')").unwrap();
        page.wait(WRITTEN).unwrap();
        assert_eq!(page.text("#script").unwrap(), script(&weights, "JULIET:\nO ", 0.6, 5000, 77).unwrap());
        let url = page.value("location.search").unwrap();
        let url = url.as_str().unwrap();
        assert!(url.contains("seed=77") && url.contains("length=5000"), "{url}");
        // The link writes the same script again.
        page.go(&format!("http://127.0.0.1:{}/{url}", server.port())).unwrap();
        page.wait(WRITTEN).unwrap();
        assert_eq!(page.text("#script").unwrap(), script(&weights, "JULIET:\nO ", 0.6, 5000, 77).unwrap());
    }

    #[test]
    fn changes_the_model() {
        let (server, session) = (serve().unwrap(), Session::start(Webgpu::Missing).unwrap());
        let page = open(&session, &server, "").unwrap();
        page.wait(WRITTEN).unwrap();
        page.choose("#model", "deep-space-nine").unwrap();
        page.wait("document.querySelector('#script').textContent.startsWith('SISKO: ')").unwrap();
        page.wait(WRITTEN).unwrap();
        let weights = weights("deep-space-nine").unwrap();
        assert_eq!(page.text("#script").unwrap(), script(&weights, "SISKO: ", 0.6, 1200, 1).unwrap());
    }

    #[test]
    fn stop_keeps_what_is_written() {
        let (server, session) = (serve().unwrap(), Session::start(Webgpu::Missing).unwrap());
        let page = open(&session, &server, "?length=1000000").unwrap();
        page.wait("document.querySelector('#script').textContent.length > 2000").unwrap();
        page.click("#stop").unwrap();
        page.wait(WRITTEN).unwrap();
        let text = page.text("#script").unwrap();
        assert!(text.len() > 2000 && text.len() < 900_000, "{}", text.len());
        let weights = weights("shakespeare").unwrap();
        let length = text.chars().count() as u64 - "ROMEO:\n".len() as u64;
        assert_eq!(text, script(&weights, "ROMEO:\n", 0.6, length, 1).unwrap());
        page.click("#generate").unwrap();
        page.wait("document.querySelector('#script').textContent.length > 500").unwrap();
        page.click("#stop").unwrap();
        page.wait(WRITTEN).unwrap();
    }

    #[test]
    fn webgpu_writes_the_same_text() {
        let (server, session) = (serve().unwrap(), Session::start(Webgpu::Software).unwrap());
        for (model, prompt) in
            [("shakespeare", "ROMEO:\n"), ("deep-space-nine", "SISKO: "), ("notebook", "SISKO: ")]
        {
            let weights = weights(model).unwrap();
            let query = format!("?engine=webgpu&model={model}&temperature=0&length=150");
            let page = open(&session, &server, &query).unwrap();
            page.wait(ENGINE_READY).unwrap();
            page.wait(WRITTEN).unwrap();
            let status = page.text("#status").unwrap();
            assert!(status.contains("150 characters, written by the WebGPU engine"), "{status}");
            assert_eq!(page.text("#script").unwrap(), script(&weights, prompt, 0.0, 150, 1).unwrap());
        }
    }

    #[test]
    fn continues_where_it_stopped() {
        let server = serve().unwrap();
        let shakespeare = weights("shakespeare").unwrap();
        for (webgpu, query, temperature) in [
            (Webgpu::Missing, "?length=250", 0.6),
            (Webgpu::Software, "?length=250&engine=webgpu&temperature=0", 0.0),
        ] {
            let session = Session::start(webgpu).unwrap();
            let page = open(&session, &server, query).unwrap();
            page.wait(WRITTEN).unwrap();
            page.click("#continue").unwrap();
            page.wait(&format!("document.querySelector('#script').textContent.length > 500 && {WRITTEN}"))
                .unwrap();
            let expected = script(&shakespeare, "ROMEO:\n", temperature, 500, 1).unwrap();
            assert_eq!(page.text("#script").unwrap(), expected);
            assert!(page.value("location.search").unwrap().as_str().unwrap().contains("length=500"));
        }
    }

    #[test]
    fn sweeps_the_temperature_side_by_side() {
        let server = serve().unwrap();
        let shakespeare = weights("shakespeare").unwrap();
        let session = Session::start(Webgpu::Software).unwrap();
        let column = |at: usize| format!(".column:nth-child({}) > .script", at + 1);
        let page = open(&session, &server, "?view=sweep&length=300&seed=6&engine=cpu").unwrap();
        page.wait(WRITTEN).unwrap();
        for (at, temperature) in [0.2, 0.5, 0.8, 1.1].into_iter().enumerate() {
            let expected = script(&shakespeare, "ROMEO:\n", temperature, 300, 6).unwrap();
            assert_eq!(page.text(&column(at)).unwrap(), expected, "{temperature}");
        }
        let arrow = "getComputedStyle(document.querySelector('.begun'), '::before').content";
        assert_eq!(page.value(arrow).unwrap(), "\"⇒ \"");
        page.click("[data-temperatures^='0.01']").unwrap();
        page.click("#generate").unwrap();
        page.wait("document.querySelectorAll('.column').length == 5").unwrap();
        page.wait(WRITTEN).unwrap();
        for (at, temperature) in [0.01, 0.02, 0.03, 0.04, 0.05].into_iter().enumerate() {
            let expected = script(&shakespeare, "ROMEO:\n", temperature, 300, 6).unwrap();
            assert_eq!(page.text(&column(at)).unwrap(), expected, "{temperature}");
        }
        // One batch of the WebGPU engine: every row has a temperature of its own.
        page.wait(ENGINE_READY).unwrap();
        page.choose("#engine", "webgpu").unwrap();
        page.fill("#temperatures", "0, 0.3, 2").unwrap();
        page.fill("#length", "120").unwrap();
        page.click("#generate").unwrap();
        page.wait("document.querySelectorAll('.column').length == 3").unwrap();
        page.wait(WRITTEN).unwrap();
        assert!(page.text("#status").unwrap().contains("360 characters, written by the WebGPU engine"));
        let greedy = script(&shakespeare, "ROMEO:\n", 0.0, 120, 6).unwrap();
        assert_eq!(page.text(&column(0)).unwrap(), greedy);
        for at in 1..3 {
            let text = page.text(&column(at)).unwrap();
            assert!(text.len() == greedy.len() && text != greedy, "{text}");
        }
        page.fill("#temperatures", "1, 2").unwrap();
        page.click("#generate").unwrap();
        page.wait("document.querySelector('#notice').textContent.includes('three to six numbers')").unwrap();
    }

    #[test]
    fn scribes_share_a_sweep_and_may_break_down() {
        let (server, session) = (serve().unwrap(), Session::start(Webgpu::Missing).unwrap());
        let before = "Object.defineProperty(navigator, 'hardwareConcurrency', { value: 3 });
            window.scribes = []; window.ready = 0; window.blocks = 0;
            window.Worker = class extends Worker { constructor(...all) {
              super(...all); scribes.push(this);
              this.addEventListener('message', ({ data }) => { if (data.ready) ready++; if (data.block) blocks++; });
            } };";
        let page = session.open(&server.url("?view=sweep&length=300&seed=6"), before).unwrap();
        page.wait(&format!("ready == 2 && {WRITTEN}")).unwrap();
        let shakespeare = weights("shakespeare").unwrap();
        let check = |length: u64, seed: u32| {
            for (at, temperature) in [0.2, 0.5, 0.8, 1.1].into_iter().enumerate() {
                let expected = script(&shakespeare, "ROMEO:\n", temperature, length, seed).unwrap();
                let column = format!(".column:nth-child({}) > .script", at + 1);
                assert_eq!(page.text(&column).unwrap(), expected, "{temperature}");
            }
        };
        page.fill("#seed", "7").unwrap();
        page.click("#generate").unwrap();
        page.wait(&format!("blocks > 1 && location.search.includes('seed=7') && {WRITTEN}")).unwrap();
        check(300, 7);
        // One breaks down in the middle: the page writes on without them.
        page.fill("#length", "6000").unwrap();
        page.value("(window.blocks = 0)").unwrap();
        page.click("#generate").unwrap();
        page.wait("blocks > 2").unwrap();
        page.value("scribes[0].dispatchEvent(new ErrorEvent('error', {message: 'lost in a test'}))").unwrap();
        page.wait(WRITTEN).unwrap();
        check(6000, 7);
        // Stopped, all stop.
        page.fill("#length", "900000").unwrap();
        page.click("#generate").unwrap();
        page.wait("document.querySelector('.script').textContent.length > 3000").unwrap();
        page.click("#stop").unwrap();
        page.wait(WRITTEN).unwrap();
    }

    #[test]
    fn opens_with_words_of_its_own() {
        let (server, session) = (serve().unwrap(), Session::start(Webgpu::Missing).unwrap());
        let page = open(&session, &server, "?length=100").unwrap();
        page.wait(WRITTEN).unwrap();
        page.click("#dice").unwrap();
        assert_ne!(page.value("document.querySelector('#seed').value").unwrap(), "1");
        page.click("#opening").unwrap();
        let prompt = page.value("document.querySelector('#prompt').value").unwrap();
        let prompt = prompt.as_str().unwrap();
        assert!(prompt.ends_with('\n') && prompt.trim_end().ends_with(':') || prompt == "\n", "{prompt:?}");
        page.click("#generate").unwrap();
        page.wait(&format!("document.querySelector('#script').textContent.startsWith({prompt:?})")).unwrap();
        page.wait(WRITTEN).unwrap();
        page.click("#prompts button:nth-child(2)").unwrap();
        let picked = page.value("document.querySelector('#prompt').value").unwrap();
        assert!(picked.as_str().unwrap().starts_with("JULIET:"), "{picked}");
    }

    #[test]
    fn shows_how_much_of_the_engine_is_there() {
        let (server, session) = (serve().unwrap(), Session::start(Webgpu::Software).unwrap());
        let watched = "window.shown = new Set(); new MutationObserver(() => { const p = document.querySelector('#engine-progress');
            if (p && !p.hidden) shown.add([p.value, p.max].join()); }).observe(document, {subtree: true, attributes: true, childList: true});";
        let page = session.open(&server.url("?length=100"), watched).unwrap();
        page.wait(ENGINE_READY).unwrap();
        let shown = page.value("[...shown].map(pair => pair.split(',').map(Number))").unwrap();
        let shown: Vec<[f64; 2]> = serde_json::from_value(shown).unwrap();
        let engine = fs::metadata(dist().unwrap().join("engine_bg.wasm")).unwrap().len() as f64;
        assert!(shown.len() > 3, "{shown:?}");
        assert!(shown.iter().all(|[bytes, all]| *all == engine && bytes <= all), "{shown:?}");
        assert_eq!(page.value("document.querySelector('#engine-progress').hidden").unwrap(), true);
    }

    #[test]
    fn a_lost_engine_is_replaced_in_the_middle_of_a_script() {
        let (server, session) = (serve().unwrap(), Session::start(Webgpu::Software).unwrap());
        // The page's own worker, so that the test can end it.
        let before = "window.Worker = class extends Worker { constructor(...a) { super(...a); window.engineWorker = this; } };";
        let url = format!("http://127.0.0.1:{}/?engine=webgpu&temperature=0&length=4000", server.port());
        let page = session.open(&url, before).unwrap();
        page.wait("document.querySelector('#script').textContent.length > 20").unwrap();
        page.value("engineWorker.dispatchEvent(new ErrorEvent('error', {message: 'lost in a test'}))")
            .unwrap();
        page.wait(WRITTEN).unwrap();
        let weights = weights("shakespeare").unwrap();
        assert_eq!(page.text("#script").unwrap(), script(&weights, "ROMEO:\n", 0.0, 4000, 1).unwrap());
        assert!(page.text("#engine-note").unwrap().contains("lost in a test"));
        assert!(page.text("#status").unwrap().contains("CPU engine"));
    }

    #[test]
    fn a_lost_device_is_replaced_in_the_middle_of_a_script() {
        // The engine's worker with a way for the test to its device.
        let loader = fs::read_to_string(dist().unwrap().join("engine_loader.js")).unwrap();
        let loader = format!(
            "const ask = GPUAdapter.prototype.requestDevice;
            GPUAdapter.prototype.requestDevice = async function (...all) {{
              const device = await ask.apply(this, all);
              new BroadcastChannel('lose').onmessage = () => device.destroy();
              return device;
            }};
            {loader}"
        );
        // The service worker would refuse a loader that is not the site's.
        let replaced = HashMap::from([
            ("engine_loader.js".to_owned(), Some(loader.into_bytes())),
            ("service-worker.js".to_owned(), None),
        ]);
        let server = Server::start(&dist().unwrap(), "/", replaced).unwrap();
        let session = Session::start(Webgpu::Software).unwrap();
        let page = open(&session, &server, "?engine=webgpu&temperature=0.8&length=4000&seed=5").unwrap();
        page.wait("document.querySelector('#script').textContent.length > 50").unwrap();
        page.value("new BroadcastChannel('lose').postMessage(0)").unwrap();
        page.wait(WRITTEN).unwrap();
        let weights = weights("shakespeare").unwrap();
        assert_eq!(page.text("#script").unwrap(), script(&weights, "ROMEO:\n", 0.8, 4000, 5).unwrap());
        assert!(page.text("#status").unwrap().contains("CPU engine"));
        let note = page.text("#engine-note").unwrap();
        assert!(note.starts_with("The CPU writes:") && note.contains("lost"), "{note}");
    }

    #[test]
    fn writes_without_simd() {
        let (server, session) = (serve().unwrap(), Session::start(Webgpu::Missing).unwrap());
        let without = "WebAssembly.validate = () => false;";
        let url = format!("http://127.0.0.1:{}/?temperature=0.9&length=700", server.port());
        let page = session.open(&url, without).unwrap();
        page.wait(WRITTEN).unwrap();
        let names = "performance.getEntriesByType('resource').map(e => e.name).join()";
        let names = page.value(names).unwrap();
        assert!(names.as_str().unwrap().contains("/page-scalar_bg.wasm"), "{names}");
        let weights = weights("shakespeare").unwrap();
        assert_eq!(page.text("#script").unwrap(), script(&weights, "ROMEO:\n", 0.9, 700, 1).unwrap());
    }

    #[test]
    fn both_engines_have_the_native_logits() {
        let (server, session) = (serve().unwrap(), Session::start(Webgpu::Software).unwrap());
        let weights = weights("shakespeare").unwrap();
        let ids: Vec<u32> = weights.vocab.encode("JULIET:\nWhat is it, my lord?").unwrap();
        let native = Generator::new(&weights).read(&ids).to_vec();
        for engine in ["cpu", "webgpu"] {
            let page = open(&session, &server, &format!("bench.html?engine={engine}")).unwrap();
            page.wait("window.peerError || window.firstCharMs").unwrap();
            assert_eq!(page.value("window.peerError ?? null").unwrap(), Value::Null);
            let logits = page.value(&format!("check({ids:?}).then(a => a.logits)")).unwrap();
            let logits: Vec<f32> = serde_json::from_value(logits).unwrap();
            let worst = logits.iter().zip(&native).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            let allowed = if engine == "cpu" { 0.0 } else { 1e-4 };
            assert!(logits.len() == native.len() && worst <= allowed, "{engine}: {worst:e}");
            let speed = page.value("bench(60).then(b => b.charsPerSecond)").unwrap();
            assert!(speed.as_f64().unwrap() > 0.0);
            println!("{engine}: largest difference in logits {worst:e}, {speed} characters a second");
        }
        let page = open(&session, &server, "bench.html?engine=cpu&rows=3").unwrap();
        page.wait("window.firstCharMs").unwrap();
        assert!(page.value("bench(30).then(b => b.charsPerSecond)").unwrap().as_f64().unwrap() > 0.0);
        let page = open(&session, &server, "bench.html?rows=0").unwrap();
        page.wait("window.peerError").unwrap();
    }

    #[test]
    fn works_in_an_iframe_under_any_path() {
        let session = Session::start(Webgpu::Missing).unwrap();
        let outer = "<iframe id=f width=400 height=600 src='./?embed=1&prompt=HAMLET:'></iframe>";
        let outer = HashMap::from([("outer.html".to_owned(), Some(outer.as_bytes().to_vec()))]);
        let server = Server::start(&dist().unwrap(), "/a/deep/path/", outer).unwrap();
        let url = format!("http://127.0.0.1:{}/a/deep/path/outer.html", server.port());
        let page = session.open(&url, "").unwrap();
        let inside =
            |what: &str| format!("document.querySelector('#f').contentDocument.querySelector('{what}')");
        page.wait(&format!("{}?.textContent.includes('characters a second')", inside("#status"))).unwrap();
        let panel = page.value(&format!("{}.checkVisibility()", inside("#panel"))).unwrap();
        assert_eq!(panel, false, "the compact form has no panels");
        let shown = page.value(&format!("{}.textContent", inside("#script"))).unwrap();
        let weights = weights("shakespeare").unwrap();
        assert_eq!(shown, script(&weights, "HAMLET:", 0.6, 1200, 1).unwrap());
    }

    #[test]
    fn says_what_is_wrong_with_the_input() {
        let (server, session) = (serve().unwrap(), Session::start(Webgpu::Missing).unwrap());
        let page =
            open(&session, &server, "?temperature=-3&length=0&seed=x&model=%3Cb%3E&engine=abacus").unwrap();
        page.wait(WRITTEN).unwrap();
        let notice = page.text("#notice").unwrap();
        for part in [
            "temperature “-3” cannot be used (give a number from 0 to 100); 0.6 stands in",
            "length “0” cannot be used (give a whole number from 1 to 1000000)",
            "seed “x” cannot be used",
            "model “<b>” cannot be used (there are shakespeare, deep-space-nine, notebook)",
            "engine “abacus” cannot be used (give auto, webgpu or cpu)",
        ] {
            assert!(notice.contains(part), "{part}: {notice}");
        }
        let page = open(&session, &server, "?prompt=%D0%9F%D1%80&temperature=NaN").unwrap();
        page.wait("document.querySelector('#notice').textContent.includes('prompt')").unwrap();
        let notice = page.text("#notice").unwrap();
        assert!(notice.contains("does not know the characters 'П', 'р'"), "{notice}");
        page.fill("#prompt", "").unwrap();
        page.click("#generate").unwrap();
        page.wait(WRITTEN).unwrap();
        assert_eq!(page.value("document.querySelector('#notice').hidden").unwrap(), true);
        // The field's own limits are the browser's to enforce; a form that got past them is checked again.
        page.value("document.querySelector('#form').noValidate = true").unwrap();
        page.fill("#length", "12345678").unwrap();
        page.click("#generate").unwrap();
        page.wait(
            "document.querySelector('#notice').textContent.includes('length “12345678” cannot be used')",
        )
        .unwrap();
        page.fill("#length", "").unwrap();
        page.click("#generate").unwrap();
        page.wait("document.querySelector('#notice').textContent.includes('length “” cannot be used; give a whole number')").unwrap();
    }

    #[test]
    fn says_what_is_wrong_with_the_weights() {
        let session = Session::start(Webgpu::Missing).unwrap();
        let file = fs::read(root().join("weights/shakespeare.safetensors")).unwrap();
        let check = |content: Option<Vec<u8>>, expected: &str| {
            // Without the service worker, which would refuse what is not the site's.
            let replaced = HashMap::from([
                ("weights/shakespeare.safetensors".to_owned(), content),
                ("service-worker.js".to_owned(), None),
            ]);
            let server = Server::start(&dist().unwrap(), "/", replaced).unwrap();
            let page = open(&session, &server, "").unwrap();
            page.wait("!document.querySelector('#notice').hidden").unwrap();
            let notice = page.text("#notice").unwrap();
            assert!(notice.contains(expected), "{notice}");
            assert!(notice.contains("weights/shakespeare.safetensors"), "{notice}");
            // The other model is still there.
            page.choose("#model", "deep-space-nine").unwrap();
            page.wait(WRITTEN).unwrap();
        };
        check(None, "the server answered 404");
        check(Some(file[..file.len() - 9].to_vec()), "not a complete safetensors file");
        check(Some(b"<!doctype html>".to_vec()), "not a complete safetensors file");
        check(Some(b"\x02\0\0\0\0\0\0\0{}".to_vec()), "not written by Scriptorium");
        let other = fs::read(root().join("weights/notebook.safetensors")).unwrap();
        check(Some(other), "not the file that this page was built with");
    }

    #[test]
    fn writes_without_webgpu_and_says_why() {
        let server = serve().unwrap();
        let check = |session: &Session, url: &str, before: &str, expected: &str| {
            let page = session.open(url, before).unwrap();
            page.wait(ENGINE_ABSENT).unwrap();
            page.wait(WRITTEN).unwrap();
            let note = page.text("#engine-note").unwrap();
            assert!(note.contains(expected), "{note}");
            assert!(page.text("#status").unwrap().contains("CPU engine"));
            assert!(page.text("#notice").unwrap().contains(expected), "asked for by name, so said aloud");
        };
        let local = format!("http://127.0.0.1:{}/?engine=webgpu", server.port());
        let insecure = format!("http://insecure.test:{}/?engine=webgpu", server.port());
        let session = Session::start(Webgpu::Software).unwrap();
        check(&session, &insecure, "", "only on secure pages");
        let no_adapter = "navigator.gpu.requestAdapter = async () => null;";
        check(&session, &local, no_adapter, "found no graphics adapter");
        let no_webgpu = "Object.defineProperty(Navigator.prototype, 'gpu', {get() { return undefined; }});";
        check(&session, &local, no_webgpu, "this browser has no WebGPU");
    }

    #[test]
    fn programs_run_their_constructors_once() {
        for name in
            ["page_bg.wasm", "page-scalar_bg.wasm", "tools_bg.wasm", "tools-scalar_bg.wasm", "engine_bg.wasm"]
        {
            let wasm = fs::read(dist().unwrap().join(name)).unwrap();
            let marker: &[u8] = b".command_export";
            let found = wasm.windows(marker.len()).any(|window| window == marker);
            assert!(!found, "{name} has exports that run all constructors on every call");
        }
    }
}
