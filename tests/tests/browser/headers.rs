//! Headers that a host sends: the page keeps to them and works under them.

use std::{fs, rc::Rc};

use anyhow::Context;
use serde_json::{Value, json};
use tests::{
    Replaced, Result, Server, Visit, Webgpu,
    hooks::{BENCH_ERROR, BENCH_SETTLED, KEPT_OFFLINE, WRITTEN},
    root,
    site::dist,
};

const SENT: [&str; 6] = [
    "Content-Security-Policy: frame-ancestors 'none'",
    "Permissions-Policy: camera=()",
    "Referrer-Policy: same-origin",
    "X-Content-Type-Options: nosniff",
    "X-Frame-Options: DENY",
    "Cross-Origin-Resource-Policy: same-origin",
];

/// A server of the built site that sends these headers.
fn serving(headers: &[&str]) -> Result<Rc<Server>> {
    let server = Server::start(&dist()?, "/a/path/", Replaced::default())?;
    server.send_headers(headers);
    Ok(Rc::new(server))
}

/// Whether the example's two frames are refused.
const NO_FRAMES: &str = "document.querySelectorAll('iframe').length == 2 && \
                         [...document.querySelectorAll('iframe')].every(f => f.contentDocument === null)";

#[test]
fn kept_files_have_the_hosts_headers() -> Result {
    let visit = Visit::with(Webgpu::Missing).at(serving(&SENT)?).open("?length=100")?;
    visit.wait(&format!("{WRITTEN} && {KEPT_OFFLINE}"))?;
    let visit = visit.another().open_written("?length=100")?;
    visit.server().disconnect();
    for path in ["./", "page_bg.wasm", "weights/models.json", "weights/shakespeare.safetensors"] {
        for header in SENT {
            let (name, value) = header.split_once(": ").context("a header has a name")?;
            let kept = visit.value(&format!("fetch('{path}').then(a => a.headers.get('{name}'))"))?;
            assert_eq!(kept, value, "{path}: {name}");
        }
    }
    // Not only are they there: nobody may embed the page, with a network or without.
    visit.reopen("embed.html")?;
    assert_eq!(visit.value("Boolean(navigator.serviceWorker.controller)")?, true);
    visit.wait(NO_FRAMES)?;
    Ok(())
}

#[test]
fn the_example_works_under_the_documented_policy() -> Result {
    let hosting = fs::read_to_string(root().join("docs/hosting.md"))?;
    let policy = hosting.lines().find(|line| line.starts_with("Content-Security-Policy: "));
    let policy = policy.context("docs/hosting.md names no policy")?;
    let watched = "window.violations = []; addEventListener('securitypolicyviolation', e => \
                   violations.push(e.violatedDirective + ' ' + e.blockedURI));";
    let visit = Visit::with(Webgpu::Missing).at(serving(&[policy])?).before(watched).open("embed.html")?;
    visit.wait_for("#generate", "disabled == false")?;
    visit.press("#generate")?;
    visit.wait_for("#report", "textContent == 'Characters so far: 400 and 400.'")?;
    assert_eq!(visit.value("violations")?, json!([]));
    let within: Vec<Value> = visit.properties("iframe", "contentWindow.violations.length")?;
    assert_eq!(within, [0, 0]);
    Ok(())
}

#[test]
fn the_measuring_page_takes_no_weights_of_another_origin() -> Result {
    let other = Server::start(&dist()?, "/", Replaced::default())?;
    other.send_headers(&["Access-Control-Allow-Origin: *"]);
    let query = |weights: &str| format!("bench.html?weights={weights}");
    let visit = Visit::with(Webgpu::Missing).open(&query(&other.url("weights/notebook.safetensors")))?;
    visit.wait(BENCH_SETTLED)?;
    let error: String = visit.value_as(BENCH_ERROR)?;
    assert!(error.contains(&other.url("weights/notebook.safetensors")), "{error}");
    assert_eq!(other.requests(), Vec::<String>::new());
    visit.reopen(&query("weights/notebook.safetensors"))?;
    visit.wait(BENCH_SETTLED)?;
    assert_eq!(visit.value(&format!("{BENCH_ERROR} ?? null"))?, Value::Null);
    Ok(())
}
