//! What the dependencies are allowed to be: deny.toml says it, cargo-deny checks it.

use std::process::Command;

use anyhow::Result;

use crate::{
    requirement::{Installing, ensure},
    run::step,
    tools,
};

/// Checks all of it. Advisories come last and are no failure if their database cannot be had, as without a network.
pub(crate) fn deny(installing: Installing) -> Result<()> {
    let [program] = ensure([&tools::cargo_deny()], installing)?;
    let check = |what: &[&str]| {
        let mut command = Command::new(&program);
        command.arg("--all-features").arg("check").args(what);
        command
    };
    step("checking licences, sources and duplicates", &mut check(&["licenses", "sources", "bans"]))?;
    let mut fetch = Command::new(&program);
    if step("fetching the advisories", fetch.args(["fetch", "db"])).is_err() {
        println!("  the advisories' database cannot be had here; they are not checked");
        return Ok(());
    }
    step("checking the advisories", &mut check(&["advisories"]))
}
