//! Packages of the system, installed if there is apt and we are root.

use std::process::Command;

use crate::run::{first_line, step};

/// Installs a Debian package; `false` if that cannot be done here.
pub(crate) fn install(package: &str) -> bool {
    let is_root = first_line(Command::new("id").arg("-u")).is_some_and(|id| id == "0");
    let has_apt = first_line(Command::new("apt-get").arg("--version")).is_some();
    if !is_root || !has_apt {
        return false;
    }
    println!(
        "▸ {package} is missing: installing the system package as root with apt-get (--no-install forbids it)"
    );
    let apt = |arguments: &[&str]| {
        let mut command = Command::new("apt-get");
        command.arg("-qq").args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
        step(&format!("apt-get {}", arguments.join(" ")), &mut command).is_ok()
    };
    apt(&["update"]) && apt(&["install", "--yes", "--no-install-recommends", package])
}
