//! The tab Train: a text, the settings of a training, and how it goes. Loaded when the tab is opened first.

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
    // For whoever waits for it.
    set(&*root()?, "data-train", "ready");
    Ok(())
}
