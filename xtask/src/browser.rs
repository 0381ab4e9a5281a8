//! The browser that the tests run in.

use std::{env, path::PathBuf, process::Command};

use anyhow::{Result, bail};

use crate::{paths::search_path, requirement::Requirement, run::first_line, system};

/// Names under which Chrome and Chromium are installed.
const NAMES: [&str; 4] = ["chromium", "google-chrome", "google-chrome-stable", "chromium-browser"];

/// A Chrome or Chromium: the one that `CHROME` names, an installed one, or Debian's, installed now.
pub(crate) struct Browser;

impl Requirement for Browser {
    fn name(&self) -> String {
        "Chrome or Chromium".to_owned()
    }

    fn find(&self) -> Option<PathBuf> {
        if let Some(chosen) = env::var_os("CHROME").filter(|value| !value.is_empty()) {
            return Some(chosen.into());
        }
        let folders = search_path();
        NAMES
            .iter()
            .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
            .find(|program| first_line(Command::new(program).arg("--version")).is_some())
    }

    fn remedy(&self) -> String {
        "install one (Debian: `apt-get install chromium`), or set CHROME to the path of one".to_owned()
    }

    fn install(&self) -> Result<()> {
        if !system::install("chromium") {
            bail!("no Chrome or Chromium was found; install one, or set CHROME to the path of one");
        }
        Ok(())
    }
}
