//! The page: settings, script, cast, and the choice between its own CPU generator and the engine.

mod address;
mod app;
mod bench;
mod colours;
mod controls;
mod engine;
mod form;
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
    let is_bench = bench::is_here();
    let report: fn(&str) = if is_bench { bench::report } else { dom::notice };
    std::panic::set_hook(Box::new(move |info| {
        report(&words("own-error", &[("error", &info.to_string())]));
    }));
    let started = if is_bench { bench::start() } else { start::start() };
    if let Err(message) = started {
        report(&message);
    }
}
