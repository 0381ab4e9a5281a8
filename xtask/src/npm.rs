//! Packages from npm, in the user's cache, once a machine.

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

const NPM: &str = if cfg!(windows) { "npm.cmd" } else { "npm" };

/// A package.
pub(crate) struct Package {
    name: &'static str,
    version: &'static str,
    /// A file that is there once it is installed.
    file: &'static str,
    takes: &'static str,
    /// Who has it from npm.
    whose: &'static str,
}

/// axe-core, whose script a page loads: the page tests ask it whether everyone can use the page.
pub(crate) const AXE: Package = Package {
    name: "axe-core",
    version: "4.14.1",
    file: "axe-core/axe.min.js",
    takes: "3 MB",
    whose: "the page tests",
};

/// TensorFlow.js, whose models are imported.
pub(crate) const TENSORFLOW_JS: Package = Package {
    name: "@tensorflow/tfjs",
    version: "4.22.0",
    file: "@tensorflow/tfjs/package.json",
    takes: "150 MB",
    whose: "the comparisons with TensorFlow.js",
};

impl Package {
    fn versioned(&self) -> String {
        format!("{}@{}", self.name, self.version)
    }

    /// The folder that has its `node_modules`.
    pub(crate) fn folder(&self) -> Result<PathBuf> {
        let name = self.name.trim_start_matches('@').replace('/', "-");
        Ok(cache()?.join("tools").join(format!("{name}-{}", self.version)))
    }

    fn file(&self, folder: &Path) -> PathBuf {
        folder.join("node_modules").join(self.file)
    }
}

impl Requirement for Package {
    fn name(&self) -> String {
        format!("{} {}", self.name, self.version)
    }

    fn find(&self) -> Option<PathBuf> {
        Some(self.file(&self.folder().ok()?)).filter(|file| file.exists())
    }

    fn remedy(&self) -> String {
        let folder = self.folder().unwrap_or_default();
        format!("`npm install --prefix {} {}`", folder.display(), self.versioned())
    }

    fn install(&self) -> Result<()> {
        let Self { name, version, takes, whose, .. } = self;
        if !(has_npm() || system::install("npm") && has_npm()) {
            bail!(
                "npm is missing, from which {whose} have {name}; install it (`apt-get install npm`, or https://nodejs.org)"
            );
        }
        let folder = self.folder()?;
        // npm would take a folder above for its own if this were not there.
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let mut npm = Command::new(NPM);
        npm.args(["install", "--silent", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts"])
            .arg("--prefix")
            .arg(&folder)
            .arg(self.versioned());
        step(&format!("fetching {name} {version} ({takes}, once a machine)"), &mut npm)?;
        let file = self.file(&folder);
        if !file.exists() {
            bail!(
                "npm has fetched {name} {version} without {}; remove its folder and try again",
                file.display()
            );
        }
        Ok(())
    }
}

fn has_npm() -> bool {
    first_line(Command::new(NPM).arg("--version")).is_some()
}
