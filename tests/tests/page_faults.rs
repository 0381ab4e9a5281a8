//! What may befall the page: each time it ends in a script or in a clear sentence. docs/faults.md has the table; what is
//! not here is in page.rs (device lost, weights missing or broken), manners.rs (out of sight) and offline.rs (no network,
//! two versions). `cargo xtask test` builds dist/ and runs these.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod site {
    use std::collections::HashMap;

    use model::{Card, Precision, Vocab, Weights, uniform};
    use tests::{
        Server, Session, Webgpu,
        site::{WRITTEN, dist, open, open_written, script, serve, weights},
    };

    /// The site with one model under the name of the first, and without the service worker, which would refuse it.
    fn serve_with(file: Vec<u8>) -> Server {
        let list = br#"{"models": [{"id": "a", "title": "A", "file": "a.safetensors", "prompts": ["ab"]}]}"#;
        let replaced = HashMap::from([
            ("weights/models.json".to_owned(), Some(list.to_vec())),
            ("weights/a.safetensors".to_owned(), Some(file)),
            ("service-worker.js".to_owned(), None),
        ]);
        Server::start(&dist().unwrap(), "/", replaced).unwrap()
    }

    /// A model of 2,048 units and 512 characters that nobody trained.
    fn largest(layers: usize) -> Weights {
        let vocab = Vocab::from_characters((0..512).filter_map(|n| char::from_u32(0x61 + n))).unwrap();
        let mut weights = Weights::zeros(vocab, Card::default(), 2048, layers).unwrap();
        for (values, row) in weights.values_mut().into_iter().zip(0..) {
            for (value, step) in values.iter_mut().zip(0..) {
                *value = uniform(7, row, step) * 0.1 - 0.05;
            }
        }
        weights
    }

    #[test]
    fn a_worker_that_is_killed_is_replaced_in_the_middle_of_a_script() {
        let (server, session) = (serve().unwrap(), Session::start(Webgpu::Software).unwrap());
        // Ended as the system ends it: nobody is told.
        let before = "window.Worker = class extends Worker { constructor(...a) { super(...a); window.engineWorker = this; } };";
        let page = session.open(&server.url("?engine=webgpu&temperature=0.7&length=5000"), before).unwrap();
        page.wait("document.querySelector('#script').textContent.length > 50").unwrap();
        page.value("engineWorker.terminate()").unwrap();
        page.wait(WRITTEN).unwrap();
        let weights = weights("shakespeare").unwrap();
        assert_eq!(page.text("#script").unwrap(), script(&weights, "ROMEO:\n", 0.7, 5000, 1).unwrap());
        let note = page.text("#engine-note").unwrap();
        assert!(note.contains("fallen silent; reload the page"), "{note}");
        assert!(page.text("#status").unwrap().contains("CPU engine"));
    }

    #[test]
    fn fifty_quick_clicks_leave_it_in_order() {
        let (server, session) = (serve().unwrap(), Session::start(Webgpu::Software).unwrap());
        let weights = weights("shakespeare").unwrap();
        let text = script(&weights, "ROMEO:\n", 0.6, 900, 1).unwrap();
        for engine in ["cpu", "webgpu"] {
            let page = open(&session, &server, &format!("?engine={engine}&length=900")).unwrap();
            page.wait(WRITTEN).unwrap();
            // Waits from none to 37 ms: before the first character, within it, and after the last.
            page.value(
                "(async () => {
                  const rest = (n) => new Promise((done) => setTimeout(done, n));
                  for (let n = 0; n < 50; n++) {
                    document.querySelector('#generate').click();
                    await rest((n * 29) % 38);
                    document.querySelector(n % 3 ? '#stop' : '#generate').click();
                    if (n % 4 === 0) await rest((n * 17) % 23);
                  }
                  document.querySelector('#generate').click();
                })()",
            )
            .unwrap();
            page.wait(WRITTEN).unwrap();
            page.wait(&format!("document.querySelector('#script').textContent.length == {}", text.len()))
                .unwrap();
            assert_eq!(page.text("#script").unwrap(), text, "{engine}");
            assert_eq!(page.text("#notice").unwrap(), "");
        }
    }

    #[test]
    fn two_tabs_write_their_own() {
        let (server, session) = (serve().unwrap(), Session::start(Webgpu::Software).unwrap());
        let query = |seed: u32| format!("?engine=webgpu&length=600&seed={seed}");
        let pages = [1, 2].map(|seed| open(&session, &server, &query(seed)).unwrap());
        let weights = weights("shakespeare").unwrap();
        for (page, seed) in pages.iter().zip([1, 2]) {
            // A tab behind another one rests until it is looked at.
            page.bring_to_front().unwrap();
            page.wait(WRITTEN).unwrap();
            assert_eq!(page.text("#script").unwrap(), script(&weights, "ROMEO:\n", 0.6, 600, seed).unwrap());
        }
    }

    #[test]
    fn writes_where_nothing_can_be_kept() {
        let (server, session) = (serve().unwrap(), Session::start(Webgpu::Missing).unwrap());
        let page = open(&session, &server, "embed.html").unwrap();
        page.limit_storage(1000.0).unwrap();
        page.go(&server.url("?length=300")).unwrap();
        page.wait(WRITTEN).unwrap();
        let weights = weights("shakespeare").unwrap();
        assert_eq!(page.text("#script").unwrap(), script(&weights, "ROMEO:\n", 0.6, 300, 1).unwrap());
        assert_eq!(page.value("document.querySelector('#notice').hidden").unwrap(), true);
    }

    #[test]
    fn writes_with_the_largest_models_and_refuses_larger_ones() {
        let largest_file = largest(1).to_bytes(Precision::I8).unwrap();
        let read = Weights::from_bytes(&largest_file).unwrap();
        let server = serve_with(largest_file);
        let session = Session::start(Webgpu::Software).unwrap();
        let page = open_written(&session, &server, "?engine=cpu&length=40&temperature=0.9").unwrap();
        assert_eq!(page.text("#script").unwrap(), script(&read, "ab", 0.9, 40, 1).unwrap());
        // WebGPU writes with it too, or says what is in the way.
        let page = open_written(&session, &server, "?engine=webgpu&length=10&temperature=0.9").unwrap();
        let status = page.text("#status").unwrap();
        let note = page.text("#engine-note").unwrap();
        assert!(status.contains("WebGPU engine") || note.starts_with("The CPU writes:"), "{status} {note}");
        println!("2,048 units: {status}");
        let server = serve_with(largest(3).to_bytes(Precision::I8).unwrap());
        let page = open(&session, &server, "").unwrap();
        page.wait("!document.querySelector('#notice').hidden").unwrap();
        let notice = page.text("#notice").unwrap();
        assert!(notice.contains("more than the") && notice.contains("scriptorium sample"), "{notice}");
    }

    #[test]
    fn a_long_script_takes_no_more_memory_than_a_short_one() {
        const SHORT: u64 = 10_000;
        const LONG: u64 = 100_000;
        let (server, session) = (serve().unwrap(), Session::start(Webgpu::Missing).unwrap());
        let page =
            open_written(&session, &server, &format!("?model=notebook&engine=cpu&length={SHORT}")).unwrap();
        let settled = || {
            page.collect_garbage().unwrap();
            session.memory_of_pages()
        };
        let Some(before) = settled() else {
            println!("skipped: this system does not tell what a process takes");
            return;
        };
        page.fill("#length", &(LONG - SHORT).to_string()).unwrap();
        page.click("#continue").unwrap();
        page.wait(&format!("document.querySelector('#script').textContent.length > {LONG}")).unwrap();
        page.wait(WRITTEN).unwrap();
        let after = settled().unwrap();
        println!("{SHORT} characters: {before} bytes; {LONG}: {after} bytes");
        let weights = weights("notebook").unwrap();
        let text = script(&weights, "SISKO: ", 0.6, LONG, 1).unwrap();
        assert!(page.text("#script").unwrap() == text, "another text");
        // Text and its characters' numbers are a few megabytes; what the browser keeps about them comes on top.
        assert!(after < before + 40_000_000, "{before} bytes grew to {after}");
    }
}
