//! The tab Train: a text, the settings of a training, and how it goes. Loaded when the tab is opened first.

mod beginning;
mod count;
mod curve;
mod export;
mod form;
mod keeper;
mod kept;
mod log;
mod program;
mod samples;
mod tab;
mod text;
mod watch;

use web::{
    dom::{Result, notice, root, set},
    host::Host,
    link,
    words::words,
};

fn main() {
    std::panic::set_hook(Box::new(|info| {
        notice(&words("own-error", &[("error", &info.to_string())]));
    }));
    if let Err(message) = start() {
        notice(&message);
    }
}

fn start() -> Result<()> {
    // What of the origins cannot be used, the page has said.
    let (host, _) = Host::from_url(&link::parameters()?)?;
    tab::Tab::new(host).start()?;
    // For whoever waits for it.
    set(&*root()?, "data-train", "ready");
    Ok(())
}
