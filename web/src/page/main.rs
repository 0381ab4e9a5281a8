//! The page: settings, script, cast, and the choice between its own CPU generator and the engine.

mod address;
mod app;
mod bench;
mod embed;
mod engine;
mod fetch;
mod models;
mod scribe;
mod scribes;
mod settings;
mod speed;
mod support;
mod view;

use web::{dom, words::words};

fn main() {
    if web_sys::window().is_none() {
        return scribe::start();
    }
    std::panic::set_hook(Box::new(|info| {
        dom::notice(&words("own-error", &[("error", &info.to_string())]));
    }));
    let started = if dom::is_bench_page() { bench::start() } else { app::start() };
    if let Err(message) = started {
        dom::notice(&message);
    }
}
