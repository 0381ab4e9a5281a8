//! The built site without a network, and a newer version of it. `cargo xtask test` builds dist/ and runs these.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod site {
    use std::{collections::HashMap, fs};

    use model::Weights;
    use serde_json::{Value, json};
    use tests::{
        Page, Replaced, Server, Session, Webgpu, root,
        site::{WRITTEN, dist, script, weights},
    };

    const KEPT: &str = "document.documentElement.dataset.offline == 'ready'";
    const OFFERED: &str = "!document.querySelector('#update').hidden";
    /// The path that the site is served under: any will do.
    const PREFIX: &str = "/a/deep/path/";

    fn serve() -> Server {
        Server::start(&dist().unwrap(), PREFIX, HashMap::new()).unwrap()
    }

    /// A first visit, to the end: the script is there, and all that it took is kept.
    fn visit(session: &Session, server: &Server, query: &str) -> Page {
        let page = session.open(&server.url(query), "").unwrap();
        page.wait(&format!("{WRITTEN} && {KEPT}")).unwrap();
        page
    }

    /// The text that the plain generator writes natively.
    fn expected(temperature: f32, length: u64, seed: u32) -> String {
        script(&weights("shakespeare").unwrap(), "ROMEO:\n", temperature, length, seed).unwrap()
    }

    /// The size of a file as the page gets it, or nothing where its request fails.
    fn fetched(page: &Page, path: &str) -> Option<u64> {
        let fetch = format!(
            "fetch('./{path}').then(async a => a.ok ? (await a.arrayBuffer()).byteLength : null).catch(() => null)"
        );
        page.value(&fetch).unwrap().as_u64()
    }

    /// The files of a newer version: another title, and a service worker that lists it.
    fn newer(title: &str) -> Replaced {
        let index = fs::read_to_string(dist().unwrap().join("index.html")).unwrap();
        let index = index.replace("<title>Scriptorium", &format!("<title>{title}"));
        let worker = fs::read_to_string(dist().unwrap().join("service-worker.js")).unwrap();
        let (before, list) = worker.split_once("const FILES = ").unwrap();
        let (list, after) = list.split_once(";\n").unwrap();
        let mut list: Vec<Value> = serde_json::from_str(list).unwrap();
        let entry = list.iter_mut().find(|file| file["path"] == "index.html").unwrap();
        entry["sha256"] = json!(Weights::content_hash(index.as_bytes()));
        entry["bytes"] = json!(index.len());
        let worker = format!("{before}const FILES = {};\n{after}", Value::Array(list));
        HashMap::from([
            ("index.html".to_owned(), Some(index.into_bytes())),
            ("service-worker.js".to_owned(), Some(worker.into_bytes())),
        ])
    }

    /// Puts a newer version in place and waits until the page offers it.
    fn publish(server: &Server, page: &Page, title: &str) {
        server.replace(newer(title));
        let look = "navigator.serviceWorker.getRegistration().then(r => r.update()).then(() => true)";
        page.value(look).unwrap();
        page.wait(OFFERED).unwrap();
    }

    /// Asks for the version that waits.
    fn take(page: &Page, title: &str) {
        page.value("document.querySelector('#update-now').click()").unwrap();
        let there = format!("document.title.startsWith({title:?}) && {WRITTEN}");
        // The question may fall into the reload, and is then asked again.
        page.wait(&there).or_else(|_| page.wait(&there)).unwrap();
    }

    #[test]
    fn a_second_visit_needs_no_network() {
        let (server, session) = (serve(), Session::start(Webgpu::Missing).unwrap());
        let page = visit(&session, &server, "?seed=3&length=300");
        server.vanish();
        assert_eq!(fetched(&page, "bench.html"), None, "the network is gone");
        for (query, seed) in [("?seed=3&length=300", 3), ("index.html?seed=4&length=300", 4)] {
            page.go(&server.url(query)).unwrap();
            page.wait(WRITTEN).unwrap();
            assert_eq!(page.text("#script").unwrap(), expected(0.6, 300, seed), "{query}");
        }
        // A model that was never used is not there, and the page says so.
        page.choose("#model", "deep-space-nine").unwrap();
        page.wait("!document.querySelector('#notice').hidden").unwrap();
        assert!(page.text("#notice").unwrap().contains("deep-space-nine.safetensors"));
    }

    #[test]
    fn the_engine_is_kept_where_it_was_used() {
        let (server, session) = (serve(), Session::start(Webgpu::Software).unwrap());
        let query = "?engine=webgpu&temperature=0&length=100";
        let page = visit(&session, &server, query);
        assert!(page.text("#status").unwrap().contains("WebGPU engine"));
        server.vanish();
        page.go(&server.url(query)).unwrap();
        page.wait(WRITTEN).unwrap();
        assert!(page.text("#status").unwrap().contains("WebGPU engine"));
        assert_eq!(page.text("#script").unwrap(), expected(0.0, 100, 1));
    }

    #[test]
    fn an_update_waits_for_the_visitor() {
        let (server, session) = (serve(), Session::start(Webgpu::Missing).unwrap());
        let page = visit(&session, &server, "?length=300");
        page.value("window.here = true").unwrap();
        publish(&server, &page, "Newer");
        page.fill("#seed", "7").unwrap();
        page.click("#generate").unwrap();
        page.wait("location.search.includes('seed=7')").unwrap();
        page.wait(WRITTEN).unwrap();
        assert_eq!(page.text("#script").unwrap(), expected(0.6, 300, 7));
        assert_eq!(page.value("window.here ?? null").unwrap(), true, "the page was not reloaded");
        // Nor does opening it once more bring the newer one.
        page.go(&server.url("?length=300")).unwrap();
        page.wait(&format!("{WRITTEN} && {OFFERED}")).unwrap();
        assert!(page.value("document.title.startsWith('Scriptorium')").unwrap() == true);

        take(&page, "Newer");
        assert_eq!(page.value(OFFERED).unwrap(), false);
        page.wait(KEPT).unwrap();
        server.vanish();
        page.go(&server.url("?length=300&seed=8")).unwrap();
        page.wait(WRITTEN).unwrap();
        assert!(page.value("document.title.startsWith('Newer')").unwrap() == true);
        assert_eq!(page.text("#script").unwrap(), expected(0.6, 300, 8));
    }

    #[test]
    fn pages_of_an_older_version_get_no_files_of_a_newer_one() {
        let (server, session) = (serve(), Session::start(Webgpu::Missing).unwrap());
        let other = visit(&session, &server, "?length=100");
        let page = visit(&session, &server, "?length=100");
        other.value("window.here = true").unwrap();
        publish(&server, &page, "Newer");
        other.wait(OFFERED).unwrap();
        take(&page, "Newer");
        let notebook = "weights/notebook.safetensors";
        assert_eq!(fetched(&other, notebook), None);
        assert!(fetched(&page, notebook).is_some());
        assert_eq!(other.value("window.here ?? null").unwrap(), true, "the other tab was not reloaded");
        assert_eq!(other.value("document.title.startsWith('Scriptorium')").unwrap(), true);
        other.value("document.querySelector('#update-now').click()").unwrap();
        let newer = "document.title.startsWith('Newer')";
        other.wait(newer).or_else(|_| other.wait(newer)).unwrap();
    }

    #[test]
    fn a_file_of_another_version_is_refused() {
        let (server, session) = (serve(), Session::start(Webgpu::Missing).unwrap());
        let page = visit(&session, &server, "?length=100");
        page.wait("navigator.serviceWorker.controller").unwrap();
        let path = "weights/deep-space-nine.safetensors";
        // A good file, only not the one that belongs to this page.
        let another = fs::read(root().join("weights/notebook.safetensors")).unwrap();
        server.replace(HashMap::from([(path.to_owned(), Some(another))]));
        assert_eq!(fetched(&page, path), None);
        page.choose("#model", "deep-space-nine").unwrap();
        page.wait("!document.querySelector('#notice').hidden").unwrap();
        let notice = page.text("#notice").unwrap();
        assert!(notice.contains(path) && notice.contains("reload"), "{notice}");
        // The right one is taken, and kept.
        server.replace(HashMap::new());
        let bytes = fs::metadata(root().join(path)).unwrap().len();
        assert_eq!(fetched(&page, path), Some(bytes));
        server.vanish();
        assert_eq!(fetched(&page, path), Some(bytes));
    }

    #[test]
    fn a_page_whose_kept_files_are_gone_comes_from_the_network() {
        let (server, session) = (serve(), Session::start(Webgpu::Missing).unwrap());
        let page = visit(&session, &server, "?length=100");
        let drop =
            "caches.keys().then(all => Promise.all(all.map(name => caches.delete(name)))).then(() => true)";
        page.value(drop).unwrap();
        server.replace(newer("Newer"));
        page.go(&server.url("?length=100")).unwrap();
        page.wait(&format!("document.title.startsWith('Newer') && {WRITTEN} && {OFFERED}")).unwrap();
        take(&page, "Newer");
    }

    #[test]
    fn works_without_a_service_worker() {
        let session = Session::start(Webgpu::Missing).unwrap();
        let none = HashMap::from([("service-worker.js".to_owned(), None)]);
        let server = Server::start(&dist().unwrap(), PREFIX, none).unwrap();
        let page = session.open(&server.url("?length=100"), "").unwrap();
        page.wait(WRITTEN).unwrap();
        let refused = "Object.defineProperty(Navigator.prototype, 'serviceWorker', \
                       {get() { throw new DOMException('refused', 'SecurityError'); }});";
        let page = session.open(&server.url("?length=100"), refused).unwrap();
        page.wait(WRITTEN).unwrap();
        assert_eq!(page.text("#notice").unwrap(), "");
    }

    #[test]
    fn can_be_installed() {
        let text = fs::read_to_string(dist().unwrap().join("site.webmanifest")).unwrap();
        let manifest: Value = serde_json::from_str(&text).unwrap();
        assert_eq!((&manifest["start_url"], &manifest["scope"]), (&json!("./"), &json!("./")));
        for icon in manifest["icons"].as_array().unwrap() {
            let path = dist().unwrap().join(icon["src"].as_str().unwrap());
            let bytes = fs::metadata(&path).unwrap().len();
            assert!((1..10_000).contains(&bytes), "{}: {bytes} bytes", path.display());
        }
    }
}
