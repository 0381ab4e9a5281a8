//! The tab Train: a text, the settings of a training, and how it goes. Loaded when the tab is opened first.

mod beginning;
mod count;
mod curve;
mod form;
mod kept;
mod log;
mod program;
mod samples;
mod tab;
mod text;
mod watch;

use web::{
    dom::{Result, notice, root, set},
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
    tab::Tab::new().start()?;
    // For whoever waits for it.
    set(&*root()?, "data-train", "ready");
    Ok(())
}
