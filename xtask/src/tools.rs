//! The programs that the page is built with, and in which versions.

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};
use cargo_lock::{Lockfile, Version};

use crate::{
    cargo_tool::CargoTool,
    paths::{root, search_path},
    requirement::{Installing, ensure},
    wasm_target::WasmTarget,
};

/// Trunk and wasm-bindgen, installed.
pub(crate) struct Tools {
    trunk: PathBuf,
    wasm_bindgen: PathBuf,
}

impl Tools {
    /// Finds them, or installs them; the target that they build for too.
    pub(crate) fn ensure(installing: Installing) -> Result<Self> {
        let [_, wasm_bindgen, trunk] =
            ensure([&WasmTarget, &self::wasm_bindgen()?, &self::trunk()], installing)?;
        Ok(Self { trunk, wasm_bindgen })
    }

    /// Trunk, which finds wasm-bindgen.
    pub(crate) fn trunk(&self) -> Result<Command> {
        let mut command = Command::new(&self.trunk);
        command
            .env("PATH", self.search_path()?)
            // Some systems set NO_COLOR=1, which this Trunk refuses: it wants true or false.
            .env_remove("NO_COLOR");
        Ok(command)
    }

    /// The search path for programs that start wasm-bindgen or its test runner.
    pub(crate) fn search_path(&self) -> Result<OsString> {
        let folder = self.wasm_bindgen.parent().map(Path::to_owned);
        Ok(env::join_paths(folder.into_iter().chain(search_path()))?)
    }
}

/// wasm-bindgen, in the very version of the library in Cargo.lock: the two speak a language that changes with each.
pub(crate) fn wasm_bindgen() -> Result<CargoTool> {
    let version = locked_version("wasm-bindgen")?;
    Ok(CargoTool {
        package: "wasm-bindgen-cli",
        programs: &["wasm-bindgen", "wasm-bindgen-test-runner"],
        usable: version.clone()..=version.clone(),
        version,
        // The lock file that it comes with names a crate that cannot be had any more.
        ours: Some("xtask/wasm-bindgen"),
        flags: &[],
        optimized: &["walrus", "wasmparser", "wasm-encoder", "wasm-bindgen-cli-support"],
        takes: "about 2 minutes on two cores",
    })
}

/// Trunk. From 0.21.9 on, integrity hashes are written as browsers read them; 0.22 asks for a newer compiler than ours and
/// has not been tried.
fn trunk() -> CargoTool {
    CargoTool {
        package: "trunk",
        programs: &["trunk"],
        version: Version::new(0, 21, 14),
        usable: Version::new(0, 21, 9)..=Version::new(0, 21, u64::MAX),
        // No TLS: with it, Trunk fetches tools that we have, and asks whether there is a newer Trunk.
        ours: None,
        flags: &["--no-default-features"],
        optimized: &["sha2"],
        takes: "about 3 minutes on two cores",
    }
}

/// cargo-deny, which checks licences, advisories, sources and duplicates of the dependencies. Of no use to a build, so
/// installed only when it is asked for.
pub(crate) fn cargo_deny() -> CargoTool {
    CargoTool {
        package: "cargo-deny",
        programs: &["cargo-deny"],
        version: Version::new(0, 20, 2),
        usable: Version::new(0, 20, 2)..=Version::new(0, 20, u64::MAX),
        ours: None,
        flags: &[],
        optimized: &[],
        takes: "about 8 minutes on two cores",
    }
}

/// The version of a package in Cargo.lock.
fn locked_version(package: &str) -> Result<Version> {
    version_in("Cargo.lock", package)
}

/// The version of a package in a lock file of the project.
fn version_in(lock: &str, package: &str) -> Result<Version> {
    let packages =
        Lockfile::load(root()?.join(lock)).with_context(|| format!("cannot read {lock}"))?.packages;
    let found = packages.into_iter().find(|candidate| candidate.name.as_str() == package);
    Ok(found.with_context(|| format!("{lock} does not list {package}"))?.version)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

    use super::{locked_version, version_in};

    #[test]
    fn our_lock_file_of_wasm_bindgen_is_of_the_librarys_version() {
        let tool = version_in("xtask/wasm-bindgen/Cargo.lock", "wasm-bindgen-cli").unwrap();
        assert_eq!(tool, locked_version("wasm-bindgen").unwrap());
    }
}
