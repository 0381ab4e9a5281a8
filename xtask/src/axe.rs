//! axe-core, which the page tests ask whether everyone can use the page: from npm, in the user's cache, once a machine.

use std::{fs, path::PathBuf, process::Command};

use anyhow::{Context, Result, bail};

use crate::{
    browser::install,
    run::{first_line, step},
    tools::cache,
};

const VERSION: &str = "4.14.1";
const NPM: &str = if cfg!(windows) { "npm.cmd" } else { "npm" };

/// The file that a page loads, fetched unless it is there.
pub(crate) fn ensure() -> Result<PathBuf> {
    let folder = cache()?.join("tools").join(format!("axe-core-{VERSION}"));
    let script = folder.join("node_modules/axe-core/axe.min.js");
    if script.exists() {
        return Ok(script);
    }
    if !(has_npm() || install("npm") && has_npm()) {
        bail!(
            "npm is missing, from which the page tests have axe-core; install it (`apt-get install npm`, or https://nodejs.org)"
        );
    }
    // npm would take a folder above for its own if this were not there.
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let mut npm = Command::new(NPM);
    npm.args(["install", "--silent", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix"])
        .arg(&folder)
        .arg(format!("axe-core@{VERSION}"));
    step(&format!("fetching axe-core {VERSION} (3 MB, once a machine)"), &mut npm)?;
    if !script.exists() {
        bail!(
            "npm has fetched axe-core {VERSION} without {}; remove its folder and try again",
            script.display()
        );
    }
    Ok(script)
}

fn has_npm() -> bool {
    first_line(Command::new(NPM).arg("--version")).is_some()
}
