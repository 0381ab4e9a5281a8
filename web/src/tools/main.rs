//! The page's tools: what is done with a script once it is there. Looking at its odds and inside the network, reading
//! another text, saving, sharing, embedding; and bringing a model of one's own. They are loaded behind the page, which writes without them.

mod book;
mod bring;
mod cursor;
mod embedding;
mod heat;
mod inside;
mod odds;
mod panels;
mod save;
mod surprise;

use std::rc::Rc;

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
    let book = Rc::new(book::Book::default());
    save::listen()?;
    embedding::listen()?;
    bring::listen()?;
    surprise::listen(&book)?;
    panels::listen(&book)?;
    // For whoever waits for them.
    set(&*root()?, "data-tools", "ready");
    Ok(())
}
