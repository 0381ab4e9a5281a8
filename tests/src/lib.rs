//! What the tests share: a visit to the built site in a browser, a static server, the project's folders.

mod chrome;
mod failure;
pub mod hooks;
pub mod monkey;
mod page;
mod processes;
mod server;
pub mod site;
mod visit;

use std::path::{Path, PathBuf};

pub use chrome::{Browser, Webgpu};
pub use failure::{Failure, Result};
pub use page::Page;
pub use server::{Replaced, Server};
pub use visit::{Opening, Visit};

/// The project's folder, as cargo tells it now: clones that share a target folder share these programs.
pub fn root() -> PathBuf {
    let folder = std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(PathBuf::new, PathBuf::from);
    folder.parent().map_or_else(|| folder.clone(), Path::to_owned)
}

/// The `scriptorium` program, which lies beside the folder of the test that asks.
///
/// # Errors
/// If it was not built.
pub fn scriptorium() -> anyhow::Result<PathBuf> {
    let test = std::env::current_exe()?;
    let folder = test.parent().and_then(Path::parent).unwrap_or(Path::new("."));
    let program = folder.join(format!("scriptorium{}", std::env::consts::EXE_SUFFIX));
    anyhow::ensure!(program.exists(), "{} was not built; use `cargo xtask test`", program.display());
    Ok(program)
}
