//! The static site.

use std::{net::TcpListener, process::Command};

use anyhow::{Context, Result};

use crate::{finish, run::step, tools};

/// Builds `dist/`.
pub(crate) fn build() -> Result<()> {
    tools::ensure()?;
    let mut trunk = trunk();
    step(
        "building the page and the engine into dist/ (cold about 10 minutes on two cores)",
        trunk.arg("build"),
    )
}

/// Builds the site and serves it until stopped.
pub(crate) fn serve(port: u16, open: bool) -> Result<()> {
    // Asked now rather than after a long build.
    TcpListener::bind(("127.0.0.1", port))
        .with_context(|| format!("port {port} is taken; choose another with --port"))?;
    tools::ensure()?;
    let mut trunk = trunk();
    trunk.args(["serve", "--port", &port.to_string()]).env(finish::SCALAR_WANTED, "0");
    if open {
        trunk.arg("--open");
    }
    println!("the page will be at http://127.0.0.1:{port}/ (stop with Ctrl-C)");
    step("building and serving (cold about 8 minutes on two cores)", &mut trunk)
}

fn trunk() -> Command {
    let mut command = Command::new("trunk");
    // Some systems set NO_COLOR=1, which this Trunk refuses: it wants true or false.
    command.env_remove("NO_COLOR");
    command
}
