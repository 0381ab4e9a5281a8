//! The site deployed anew under open tabs, by halves: while one tab loads and another works, some of the newer version's files are
//! there and others are not yet.
//!
//! No page may be made of two versions: every program says which one it is of, in a custom section of its WebAssembly. Each page must
//! write, or say what to do; and when all files are there, it must come to the newer version and write with it.

use std::{
    thread::sleep,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use model::{Weights, uniform};
use serde::Deserialize;
use tests::{
    Replaced, Visit, Webgpu,
    hooks::{UPDATE_OFFERED, WRITTEN},
    site::{self, rebuilt, script, weights},
};

/// Deployments that a browser sees before another one takes its place.
const PER_BROWSER: u32 = 10;
/// Longest time until a page writes or says what to do.
const PATIENCE: Duration = Duration::from_secs(120);
/// Longest wait for the newer version to be offered before a page is loaded anew: all its files are fetched first.
const MAX_OFFER: Duration = Duration::from_secs(5);
/// In every page, before its own scripts: keeps which versions its programs are of.
const WATCH: &str = include_str!("watch.js");
/// The scripts that workers begin with: there, too.
const SCRIPTS: [&str; 2] = ["start.js", "engine_loader.js"];
/// What a visitor does while the site is being replaced.
const DEEDS: [&str; 7] = [
    "find('#generate').click()",
    "find('#model').selectedIndex = 1; find('#model').dispatchEvent(new Event('change', { bubbles: true }))",
    "find('#tab-sweep').click(); find('#generate').click()",
    "location.reload()",
    "location.hash = '#length=90&seed=4'",
    "navigator.serviceWorker.getRegistration().then(r => r?.update()).catch(() => {})",
    "",
];
/// Characters of each script.
const LENGTH: u64 = 100;

/// Deploys so often; `seed` says when, and what of it first.
pub(crate) fn run(count: u32, seed: u32) -> Result<()> {
    println!("{count} deployments from seed {seed}");
    let weights = weights("shakespeare")?;
    let text = script(&weights, "ROMEO:\n", 0.6, LENGTH, 1)?;
    let mut tally = Tally::default();
    let mut number = 0;
    while number < count {
        let webgpu =
            if (number / PER_BROWSER).is_multiple_of(2) { Webgpu::Missing } else { Webgpu::Software };
        let cached = number / PER_BROWSER % 4 > 1;
        let first = Visit::with(webgpu).before(WATCH).replacing(deployed(number)?).open("about:blank")?;
        if cached {
            first.server().send_headers(&["Cache-Control: max-age=600"]);
        }
        let mut older = deployed(number)?;
        let mut open = first.another().before(WATCH).open(&address())?;
        let end = count.min(number + PER_BROWSER);
        while number < end {
            number += 1;
            let newer = deployed(number)?;
            let random = |step| uniform(seed, number, step);
            let shown = || {
                format!("deployment {number} from seed {seed} ({webgpu:?}, in the browser's cache: {cached})")
            };
            open.bring_to_front()?;
            // A page that loads while the first half comes.
            let loading = open.another().before(WATCH).open("about:blank")?;
            loading
                .run(&format!("setTimeout(() => location.assign({:?}))", first.server().url(&address())))?;
            sleep(Duration::from_millis((random(0) * 700.0) as u64));
            let takes_newer = |path: &str| uniform(seed, number, 100 + hash(path)) < 0.5;
            first.server().replace(Replaced::mixed(&older, &newer, takes_newer));
            let deed = DEEDS[(random(1) * DEEDS.len() as f32) as usize];
            open.run(&format!("const find = (s) => document.querySelector(s); try {{ {deed} }} catch {{}}"))
                .ok();
            sleep(Duration::from_millis((random(2) * 1500.0) as u64));
            first.server().replace(Replaced::mixed(&older, &newer, |_| true));
            for page in [&open, &loading] {
                let state = settled(page).with_context(shown)?;
                tally.see(&state).with_context(shown)?;
                come_to(page, number, &text, &mut tally)
                    .with_context(|| format!("{}, after {deed:?}", shown()))?;
            }
            open.close();
            open = loading;
            older = newer;
            tally.deployments += 1;
            if number % 10 == 0 {
                println!("{tally:?}");
            }
        }
    }
    println!("no page was made of two versions, and all came to the newest: {tally:?}");
    Ok(())
}

/// What pages did when the site was being replaced.
#[derive(Debug, Default)]
struct Tally {
    deployments: u32,
    pages: u32,
    wrote: u32,
    said_what_to_do: u32,
    /// Loads and updates until all were of the newest version.
    loads: u32,
}

/// A page as it is seen.
#[derive(Debug, Deserialize)]
struct State {
    /// Of the page itself, and of each of its programs.
    versions: Vec<String>,
    written: bool,
    script: String,
    said: String,
    errors: Vec<String>,
}

impl Tally {
    fn see(&mut self, state: &State) -> Result<()> {
        let is_one = state.versions.iter().all(|version| *version == state.versions[0]);
        ensure!(is_one, "a page of several versions: {state:?}");
        ensure!(state.errors.is_empty(), "errors that nobody caught: {state:?}");
        ensure!(state.written || !state.said.is_empty(), "no script, and no sentence: {state:?}");
        self.pages += 1;
        match state.written {
            true => self.wrote += 1,
            false => self.said_what_to_do += 1,
        }
        Ok(())
    }
}

/// Loads a page anew, or takes the update that it offers, until it is of a version and writes with it.
fn come_to(page: &Visit, number: u32, text: &str, tally: &mut Tally) -> Result<()> {
    page.bring_to_front()?;
    let came = Instant::now();
    while came.elapsed() < PATIENCE {
        let state = settled(page)?;
        tally.see(&state)?;
        if state.versions[0] == number.to_string() && state.written {
            page.run("location.assign('#'); location.reload()").ok();
            let begun = Instant::now();
            loop {
                page.run(&format!("location.hash = {:?}", address())).ok();
                let state = settled(page)?;
                tally.see(&state)?;
                if state.script == text {
                    return Ok(());
                }
                ensure!(begun.elapsed() < PATIENCE, "another script: {state:?}");
            }
        }
        tally.loads += 1;
        let is_offered = || page.value(UPDATE_OFFERED).ok() == Some(true.into());
        let begun = Instant::now();
        while !is_offered() && begun.elapsed() < MAX_OFFER {
            sleep(Duration::from_millis(50));
        }
        let load =
            if is_offered() { "document.querySelector('#update-now').click()" } else { "location.reload()" };
        page.run(&format!("window.isOld = true; {load}")).ok();
        let begun = Instant::now();
        while page.value("window.isOld ?? false").ok() == Some(true.into()) && begun.elapsed() < PATIENCE {
            sleep(Duration::from_millis(50));
        }
    }
    let state = settled(page)?;
    ensure!(false, "after {PATIENCE:?} it is not at version {number}: {state:?}");
    Ok(())
}

/// A page that has written, or says something.
fn settled(page: &Visit) -> Result<State> {
    page.bring_to_front()?;
    let begun = Instant::now();
    loop {
        let state = page.value_as::<State>(&format!(
            "({{ versions: [document.title.split(' ').at(-1), ...window.versions], written: Boolean({WRITTEN}),
                script: document.querySelector('#script').textContent, errors: window.failures,
                said: document.querySelector('#notice').hidden ? '' : document.querySelector('#notice').textContent }})"
        ));
        match state {
            Ok(state) if state.written || !state.said.is_empty() || begun.elapsed() > PATIENCE => {
                return Ok(state);
            }
            Err(error) if begun.elapsed() > PATIENCE => return Err(error.context("there is no page")),
            // On its way, or a page that has just gone.
            _ => sleep(Duration::from_millis(50)),
        }
    }
}

fn address() -> String {
    format!("#length={LENGTH}&seed=1")
}

/// The site's version of a number, which all its programs name.
fn deployed(number: u32) -> Result<Replaced> {
    let version = site::version()?;
    let name = number.to_string();
    let another = Weights::content_hash(name.as_bytes())[..version.len()].to_owned();
    rebuilt(|path, file| {
        if path.ends_with(".wasm") {
            return [file, section("deployed", &name)].concat();
        }
        if ![".html", ".js"].iter().any(|ending| path.ends_with(ending)) {
            return file;
        }
        let text = String::from_utf8_lossy(&file).replace(&version, &another);
        let text = text.replace("<title>Scriptorium", &format!("<title>Version {name}"));
        if SCRIPTS.contains(&path) { [WATCH, &text].concat() } else { text }.into_bytes()
    })
}

/// A custom section of WebAssembly (core specification 5.5.3), of fewer than 128 bytes.
fn section(name: &str, content: &str) -> Vec<u8> {
    let body = [&[name.len() as u8], name.as_bytes(), content.as_bytes()].concat();
    [vec![0, body.len() as u8], body].concat()
}

/// A number of a path.
fn hash(path: &str) -> u32 {
    path.bytes().fold(7, |hash: u32, byte| hash.wrapping_mul(31).wrapping_add(u32::from(byte))) % 1_000_000
}
