//! The page for browsers whose WebAssembly has no SIMD: Trunk builds with one set of instructions, so this is done after it.

use std::{env, path::PathBuf, process::Command};

use anyhow::{Context, Result};

use crate::run::{cargo, path_with_tools, step, target};

/// Set to 0, the page is built for browsers with SIMD alone: sooner, for whoever works on it.
pub(crate) const WANTED: &str = "SCRIPTORIUM_SCALAR_PAGE";

/// Builds it into the folder that Trunk is filling.
pub(crate) fn build() -> Result<()> {
    if env::var_os(WANTED).is_some_and(|wanted| wanted == "0") {
        return Ok(());
    }
    let staging = env::var_os("TRUNK_STAGING_DIR").context("Trunk calls this; use `cargo xtask build`")?;
    let bindgen = Command::new("wasm-bindgen").arg("--version").env("PATH", path_with_tools()?).output();
    if bindgen.is_err() {
        println!(
            "  no page for browsers without SIMD: wasm-bindgen is not on the path (`cargo xtask build` has it)"
        );
        return Ok(());
    }
    // A folder of its own: other flags in the same would make cargo build everything anew each time.
    let target = target()?.join("scalar");
    step(
        "building the page for browsers without SIMD (cold about 2 minutes)",
        cargo()
            .args(["build", "--package", "web", "--bin", "page", "--profile", "web"])
            .args(["--target", "wasm32-unknown-unknown", "--target-dir"])
            .arg(&target)
            .env("RUSTFLAGS", "--cfg getrandom_backend=\"wasm_js\""),
    )?;
    step(
        "binding it",
        Command::new("wasm-bindgen")
            .args(["--target", "web", "--no-typescript", "--out-name", "page-scalar", "--out-dir"])
            .arg(PathBuf::from(staging))
            .arg(target.join("wasm32-unknown-unknown/web/page.wasm")),
    )
}
