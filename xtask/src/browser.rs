//! The browser the tests run in, and the software Vulkan for the native GPU tests.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Result, bail};

use crate::run::{first_line, step};

/// Names under which Chrome and Chromium are installed.
const NAMES: [&str; 4] = ["chromium", "google-chrome", "google-chrome-stable", "chromium-browser"];
/// Where Vulkan drivers announce themselves.
const VULKAN_DRIVERS: [&str; 2] = ["/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d"];

/// A Chrome or Chromium: an installed one, or Debian's, installed now where that may be.
pub(crate) fn ensure() -> Result<PathBuf> {
    if let Some(browser) = find() {
        return Ok(browser);
    }
    if !install("chromium") {
        bail!("no Chrome or Chromium was found; install one, or set CHROME to the path of one");
    }
    match find() {
        Some(browser) => Ok(browser),
        None => bail!("Debian's chromium is installed but not on the path; set CHROME to its path"),
    }
}

/// A Vulkan driver for the tests of the native GPU path; `false` where there is none and none can be had.
pub(crate) fn ensure_vulkan() -> bool {
    has_vulkan() || (install("mesa-vulkan-drivers") && has_vulkan())
}

fn has_vulkan() -> bool {
    VULKAN_DRIVERS
        .iter()
        .filter_map(|folder| Path::new(folder).read_dir().ok())
        .any(|mut drivers| drivers.next().is_some())
}

fn find() -> Option<PathBuf> {
    if let Some(chosen) = env::var_os("CHROME").filter(|value| !value.is_empty()) {
        return Some(chosen.into());
    }
    let folders: Vec<PathBuf> = env::split_paths(&env::var_os("PATH")?).collect();
    NAMES
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
        .find(|program| first_line(Command::new(program).arg("--version")).is_some())
}

/// Installs a Debian package, where there is apt and we are root.
pub(crate) fn install(package: &str) -> bool {
    let is_root = first_line(Command::new("id").arg("-u")).is_some_and(|id| id == "0");
    let has_apt = first_line(Command::new("apt-get").arg("--version")).is_some();
    if !is_root || !has_apt {
        return false;
    }
    let apt = |arguments: &[&str]| {
        let mut command = Command::new("apt-get");
        command.arg("-qq").args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
        step(&format!("apt-get {}", arguments.join(" ")), &mut command).is_ok()
    };
    apt(&["update"]) && apt(&["install", "--yes", "--no-install-recommends", package])
}
