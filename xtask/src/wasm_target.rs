//! Rust's standard library for the browser.

use std::{env, path::PathBuf, process::Command};

use anyhow::{Result, bail};

use crate::{
    paths::root,
    requirement::Requirement,
    run::{first_line, step},
};

/// The target that the page is built for.
pub(crate) const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// The standard library for [`WASM_TARGET`].
pub(crate) struct WasmTarget;

impl Requirement for WasmTarget {
    fn name(&self) -> String {
        format!("Rust's {WASM_TARGET} target")
    }

    fn find(&self) -> Option<PathBuf> {
        let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let query = ["--print", "target-libdir", "--target", WASM_TARGET];
        let folder = first_line(Command::new(rustc).args(query).current_dir(root().ok()?))?;
        Some(PathBuf::from(folder)).filter(|folder| folder.exists())
    }

    fn remedy(&self) -> String {
        format!("`rustup target add {WASM_TARGET}`, or install it with your package manager")
    }

    fn install(&self) -> Result<()> {
        let mut add = Command::new("rustup");
        add.args(["target", "add", WASM_TARGET]);
        if step(&format!("adding the {WASM_TARGET} target"), &mut add).is_err() {
            bail!(
                "Rust's {WASM_TARGET} target is missing and rustup could not add it; install it with your package manager"
            );
        }
        Ok(())
    }
}
