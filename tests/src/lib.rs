//! What the tests share: a browser, a static server, the project's folders.

mod browser;
mod server;
pub mod site;

use std::path::{Path, PathBuf};

pub use browser::{Page, Session, Webgpu};
pub use server::{Replaced, Server};

/// The project's folder, as cargo tells it now: clones that share a target folder share these programs.
pub fn root() -> PathBuf {
    let folder = std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(PathBuf::new, PathBuf::from);
    folder.parent().map_or_else(|| folder.clone(), Path::to_owned)
}

/// The `scriptorium` program, which lies beside the folder of the test that asks.
///
/// # Errors
/// Where it was not built.
pub fn scriptorium() -> anyhow::Result<PathBuf> {
    let test = std::env::current_exe()?;
    let folder = test.parent().and_then(Path::parent).unwrap_or(Path::new("."));
    let program = folder.join(format!("scriptorium{}", std::env::consts::EXE_SUFFIX));
    anyhow::ensure!(program.exists(), "{} was not built; use `cargo xtask test`", program.display());
    Ok(program)
}
