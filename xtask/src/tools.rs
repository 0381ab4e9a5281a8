//! The build's tools, installed where they are missing: into the user's cache, in a folder named by version,
//! so that every clone finds them.

use std::{env, fs, path::PathBuf, process::Command};

use anyhow::{Context, Result, bail};

use crate::run::{cargo, first_line, root, step};

/// The wasm target the page is built for.
const WASM_TARGET: &str = "wasm32-unknown-unknown";
/// Trunk 0.22 asks for a newer compiler than ours.
const TRUNK: &str = "0.21.14";

/// A program from the package registry.
struct Tool {
    package: &'static str,
    program: &'static str,
    version: String,
    /// Flags for `cargo install`.
    flags: &'static [&'static str],
    takes: &'static str,
}

/// What checks licences, advisories, sources and duplicates of the dependencies. Of no use to a build, so installed only
/// when it is asked for.
const DENY: &str = "0.20.2";

/// Installs cargo-deny where it is missing, and tells where it is.
pub(crate) fn deny() -> Result<PathBuf> {
    let tool = Tool {
        package: "cargo-deny",
        program: "cargo-deny",
        version: DENY.to_owned(),
        flags: &["--locked"],
        takes: "about 8 minutes on two cores",
    };
    tool.ensure()?;
    tool.program()
}

/// The tools the page is built with.
fn all() -> Result<Vec<Tool>> {
    Ok(vec![
        Tool {
            package: "wasm-bindgen-cli",
            program: "wasm-bindgen",
            version: wasm_bindgen_version()?,
            // Not --locked: a crate its lock file names has been withdrawn.
            flags: &[],
            takes: "about 3 minutes on two cores",
        },
        Tool {
            package: "trunk",
            program: "trunk",
            version: TRUNK.to_owned(),
            flags: &["--locked", "--no-default-features", "--features", "rustls"],
            takes: "about 7 minutes on two cores",
        },
    ])
}

/// wasm-bindgen's version in Cargo.lock: the tool must be of the very same.
fn wasm_bindgen_version() -> Result<String> {
    let lock = fs::read_to_string(root()?.join("Cargo.lock")).context("cannot read Cargo.lock")?;
    let (_, after) = lock
        .split_once("name = \"wasm-bindgen\"\nversion = \"")
        .context("Cargo.lock does not list wasm-bindgen")?;
    let (version, _) = after.split_once('"').context("Cargo.lock is cut off")?;
    Ok(version.to_owned())
}

/// The user's cache folder for this project.
pub(crate) fn cache() -> Result<PathBuf> {
    let base = match env::var_os("XDG_CACHE_HOME").filter(|value| !value.is_empty()) {
        Some(folder) => PathBuf::from(folder),
        None => {
            let home = env::var_os("HOME").or_else(|| env::var_os("USERPROFILE"));
            PathBuf::from(home.context("neither XDG_CACHE_HOME nor HOME is set; set one")?).join(".cache")
        }
    };
    Ok(base.join("scriptorium"))
}

impl Tool {
    fn folder(&self) -> Result<PathBuf> {
        Ok(cache()?.join("tools").join(format!("{}-{}", self.package, self.version)))
    }

    fn program(&self) -> Result<PathBuf> {
        let name = format!("{}{}", self.program, env::consts::EXE_SUFFIX);
        Ok(self.folder()?.join("bin").join(name))
    }

    /// Installs the tool unless it is there, in the right version.
    fn ensure(&self) -> Result<()> {
        let program = self.program()?;
        let version = first_line(Command::new(&program).arg("--version"));
        if version.is_some_and(|line| line.split_whitespace().any(|word| word == self.version)) {
            return Ok(());
        }
        let what = format!("installing {} {} ({}, once a machine)", self.package, self.version, self.takes);
        let version = format!("={}", self.version);
        let mut install = cargo();
        install
            .args(["install", "--force", "--debug", "--version", &version])
            .args(self.flags)
            .arg("--root")
            .arg(self.folder()?)
            .arg("--target-dir")
            .arg(cache()?.join("tools/target"))
            .arg(self.package)
            // A little optimisation: the tool handles megabytes, but compiles in half the time.
            .envs([("CARGO_PROFILE_DEV_OPT_LEVEL", "1"), ("CARGO_PROFILE_DEV_DEBUG", "0")]);
        step(&what, &mut install)
    }
}

/// The folders of the tools, to put on the path.
pub(crate) fn folders() -> Result<Vec<PathBuf>> {
    all()?.iter().map(|tool| Ok(tool.folder()?.join("bin"))).collect()
}

/// Installs whatever building the page needs and is not there.
pub(crate) fn ensure() -> Result<()> {
    ensure_wasm_target()?;
    for tool in all()? {
        tool.ensure()?;
    }
    // What compiling the tools left behind is of no further use.
    let leftovers = cache()?.join("tools/target");
    if leftovers.exists() {
        fs::remove_dir_all(&leftovers).with_context(|| format!("cannot remove {}", leftovers.display()))?;
    }
    Ok(())
}

fn ensure_wasm_target() -> Result<()> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let query = ["--print", "target-libdir", "--target", WASM_TARGET];
    let folder = first_line(Command::new(rustc).args(query).current_dir(root()?));
    if folder.is_some_and(|folder| PathBuf::from(folder).exists()) {
        return Ok(());
    }
    let mut add = Command::new("rustup");
    add.args(["target", "add", WASM_TARGET]);
    if step(&format!("adding the {WASM_TARGET} target"), &mut add).is_err() {
        bail!(
            "Rust's {WASM_TARGET} target is missing and rustup could not add it; install it with your package manager"
        );
    }
    Ok(())
}
