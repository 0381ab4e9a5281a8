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

/// Programs that share what they are made of, and the profile they are compiled with. The features are the ones that
/// index.html names for each of them.
struct Group {
    programs: &'static [&'static str],
    features: &'static str,
    profile: &'static str,
}

/// For size.
const WEB: &str = "web";
const ENGINE: Group = Group { programs: &["engine"], features: "engine", profile: WEB };
/// What does without burn.
const PLAIN: Group = Group {
    programs: &["page", "tools", "train", "importer", "exporter"],
    features: "exchange",
    profile: WEB,
};
/// For speed: it carries the arithmetic of a training.
const LEARNER: Group = Group { programs: &["learner"], features: "learner", profile: "learner" };
/// The same on WebGPU, which does the arithmetic: for size. It shares most of what it is made of with the engine.
const LEARNER_GPU: Group = Group { programs: &["learner-gpu"], features: "learner-gpu", profile: WEB };
/// What is there for browsers without SIMD too: they are old, and have no WebGPU.
const SCALAR: [Group; 2] = [PLAIN, LEARNER];

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
    step("compiling the engine (cold about 4 minutes on two cores)", &mut build(&ENGINE))?;
    step("compiling the page (cold about a minute)", &mut build(&PLAIN))?;
    step("compiling what trains in the page (cold about 3 minutes)", &mut build(&LEARNER))?;
    step("compiling what trains on WebGPU (about 3 minutes after the engine)", &mut build(&LEARNER_GPU))
}

/// Compiles those for browsers without SIMD.
pub(crate) fn compile_scalar() -> Result<()> {
    for group in &SCALAR {
        let mut build = build(group);
        build
            .arg("--target-dir")
            .arg(scalar_target()?)
            .env("RUSTFLAGS", "--cfg getrandom_backend=\"wasm_js\"");
        let what = group.programs.join(", ");
        step(&format!("compiling for browsers without SIMD: {what} (cold about 3 minutes)"), &mut build)?;
    }
    Ok(())
}

/// Whether the site that Trunk builds is to have the programs for browsers without SIMD.
pub(crate) fn is_scalar_wanted() -> bool {
    env::var_os(SCALAR_WANTED).is_none_or(|wanted| wanted != "0")
}

/// The programs for browsers without SIMD, by name and where they lie.
pub(crate) fn scalar() -> Result<Vec<(&'static str, PathBuf)>> {
    let folder = scalar_target()?.join(WASM_TARGET);
    let of = |group: &Group| {
        let folder = folder.join(group.profile);
        group.programs.iter().map(move |program| (*program, folder.join(program).with_extension("wasm")))
    };
    Ok(SCALAR.iter().flat_map(of).collect())
}

/// A folder of its own, so that cargo can compile into it and into the usual one at once.
fn scalar_target() -> Result<PathBuf> {
    Ok(target()?.join("scalar"))
}

fn build(group: &Group) -> Command {
    let mut build = cargo();
    build
        .args(["build", "--package", "web", "--features", group.features, "--profile", group.profile])
        .args(["--target", WASM_TARGET])
        .args(group.programs.iter().flat_map(|program| ["--bin", program]));
    build
}
