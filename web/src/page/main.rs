//! The page: settings, script, cast, and the choice between its own CPU generator and the engine.

mod app;
mod bench;
mod dom;
mod engine;
mod fetch;
mod models;
mod settings;
mod speed;
mod support;
mod turn;

fn main() {
    std::panic::set_hook(Box::new(|info| {
        dom::notice(&format!("The page met an error of its own ({info}); reload it."));
    }));
    let started = if dom::is_bench_page() { bench::start() } else { app::start() };
    if let Err(message) = started {
        dom::notice(&message);
    }
}
