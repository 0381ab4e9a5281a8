//! axe-core, which the page tests ask whether everyone can use the page: from npm, in the user's cache, once a machine.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

use crate::{
    paths::cache,
    requirement::Requirement,
    run::{first_line, step},
    system,
};

const VERSION: &str = "4.14.1";
const NPM: &str = if cfg!(windows) { "npm.cmd" } else { "npm" };

/// axe-core's script, which a page loads.
pub(crate) struct Axe;

impl Axe {
    fn folder() -> Result<PathBuf> {
        Ok(cache()?.join("tools").join(format!("axe-core-{VERSION}")))
    }

    fn script(folder: &Path) -> PathBuf {
        folder.join("node_modules/axe-core/axe.min.js")
    }
}

impl Requirement for Axe {
    fn name(&self) -> String {
        format!("axe-core {VERSION}")
    }

    fn find(&self) -> Option<PathBuf> {
        Some(Self::script(&Self::folder().ok()?)).filter(|script| script.exists())
    }

    fn remedy(&self) -> String {
        let folder = Self::folder().unwrap_or_default();
        format!("`npm install --prefix {} axe-core@{VERSION}`", folder.display())
    }

    fn install(&self) -> Result<()> {
        if !(has_npm() || system::install("npm") && has_npm()) {
            bail!(
                "npm is missing, from which the page tests have axe-core; install it (`apt-get install npm`, or https://nodejs.org)"
            );
        }
        let folder = Self::folder()?;
        // npm would take a folder above for its own if this were not there.
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let mut npm = Command::new(NPM);
        npm.args(["install", "--silent", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts"])
            .arg("--prefix")
            .arg(&folder)
            .arg(format!("axe-core@{VERSION}"));
        step(&format!("fetching axe-core {VERSION} (3 MB, once a machine)"), &mut npm)?;
        let script = Self::script(&folder);
        if !script.exists() {
            bail!(
                "npm has fetched axe-core {VERSION} without {}; remove its folder and try again",
                script.display()
            );
        }
        Ok(())
    }
}

fn has_npm() -> bool {
    first_line(Command::new(NPM).arg("--version")).is_some()
}
