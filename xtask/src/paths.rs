//! Where things lie: the project, what cargo builds, and what is kept in the user's cache.

use std::{
    env,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

/// The project's folder, as cargo tells it now: clones that share a target folder share this program.
pub(crate) fn root() -> Result<PathBuf> {
    let manifest = env::var_os("CARGO_MANIFEST_DIR").context("start this by `cargo xtask`")?;
    let manifest = Path::new(&manifest);
    Ok(manifest.parent().context("xtask lies in the project's folder")?.to_owned())
}

/// The folder in which cargo puts what it builds.
pub(crate) fn target() -> Result<PathBuf> {
    Ok(match env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => root()?.join(folder),
        None => root()?.join("target"),
    })
}

/// A program of the workspace that a step before has built.
pub(crate) fn built(name: &str) -> Result<PathBuf> {
    let program = target()?.join("release").join(executable(name));
    program.canonicalize().with_context(|| format!("{} was not built", program.display()))
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

/// The folders in which the system looks for programs.
pub(crate) fn search_path() -> Vec<PathBuf> {
    env::split_paths(&env::var_os("PATH").unwrap_or_default()).collect()
}

/// A program's file name.
pub(crate) fn executable(name: &str) -> String {
    format!("{name}{}", env::consts::EXE_SUFFIX)
}
