//! The page: settings, script, cast, and the choice between its own CPU generator and the engine.

mod address;
mod app;
mod bench;
mod colours;
mod controls;
mod engine;
mod fetch;
mod form;
mod host;
mod loaded;
mod menu;
mod models;
mod obey;
mod opening;
mod run;
mod sentences;
mod slice;
mod speed;
mod start;
mod support;
mod sweep_worker;
mod sweep_workers;
mod view;
mod writing;

use web::{dom, words::words};

fn main() {
    if web_sys::window().is_none() {
        return sweep_worker::start();
    }
    let (start, report): (fn() -> dom::Result<()>, fn(&str)) = match bench::is_here() {
        true => (bench::start, bench::report),
        false => (start::start, dom::notice),
    };
    std::panic::set_hook(Box::new(move |info| {
        report(&words("own-error", &[("error", &info.to_string())]));
    }));
    if let Err(message) = start() {
        report(&message);
    }
}
