//! The programs of the page, compiled for the browser in as few runs of cargo as can share what they compile. Trunk asks
//! cargo for one program after another, and then finds all of them fresh.

use std::{env, path::PathBuf, process::Command};

use anyhow::Result;

use crate::{
    paths::target,
    run::{at_once, cargo, step},
    wasm_target::WASM_TARGET,
};

/// Set to 0, the page is built for browsers with SIMD alone: sooner, for whoever works on it.
pub(crate) const SCALAR_WANTED: &str = "SCRIPTORIUM_SCALAR_PAGE";

/// What does without burn, and is there for browsers without SIMD too: they are old, and have no WebGPU.
pub(crate) const PLAIN: [&str; 3] = ["page", "tools", "exchange"];

/// Compiles all of them; those for browsers without SIMD if they are wanted.
pub(crate) fn compile(scalar: bool) -> Result<()> {
    match scalar {
        // Linking the engine takes minutes on one core; the others have something to do meanwhile.
        true => at_once(compile_simd, compile_scalar),
        false => compile_simd(),
    }
}

fn compile_simd() -> Result<()> {
    // In a run of its own: if burn were in the tree of the others, its static constructors would be in them.
    step("compiling the engine (cold about 4 minutes on two cores)", &mut build(&["engine"], "engine"))?;
    step("compiling the page (cold about a minute)", &mut build_plain())
}

/// Compiles those for browsers without SIMD.
pub(crate) fn compile_scalar() -> Result<()> {
    let mut build = build_plain();
    build.arg("--target-dir").arg(scalar_target()?).env("RUSTFLAGS", "--cfg getrandom_backend=\"wasm_js\"");
    step("compiling the page for browsers without SIMD (cold about a minute)", &mut build)
}

/// Whether the site that Trunk builds is to have the programs for browsers without SIMD.
pub(crate) fn is_scalar_wanted() -> bool {
    env::var_os(SCALAR_WANTED).is_none_or(|wanted| wanted != "0")
}

/// Where a program for browsers without SIMD lies.
pub(crate) fn scalar(program: &str) -> Result<PathBuf> {
    Ok(scalar_target()?.join(WASM_TARGET).join("web").join(program).with_extension("wasm"))
}

/// A folder of its own, so that cargo can compile into it and into the usual one at once.
fn scalar_target() -> Result<PathBuf> {
    Ok(target()?.join("scalar"))
}

/// The features are the ones that index.html names for each of them, so that they share what they are made of.
fn build_plain() -> Command {
    build(&PLAIN, "exchange")
}

fn build(programs: &[&str], features: &str) -> Command {
    let mut build = cargo();
    build
        .args([
            "build",
            "--package",
            "web",
            "--features",
            features,
            "--profile",
            "web",
            "--target",
            WASM_TARGET,
        ])
        .args(programs.iter().flat_map(|program| ["--bin", program]));
    build
}
