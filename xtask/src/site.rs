//! The static site.

use std::net::TcpListener;

use anyhow::{Context, Result};

use crate::{
    programs,
    requirement::{Installing, ensure},
    run::{at_once, step},
    tools::Tools,
    wasm_target::WasmTarget,
};

/// Builds `dist/`.
pub(crate) fn build(installing: Installing) -> Result<()> {
    let tools = prepare(installing, true)?;
    step("building the site into dist/", tools.trunk()?.arg("build"))
}

/// Builds the site and serves it until stopped.
pub(crate) fn serve(port: u16, open: bool, installing: Installing) -> Result<()> {
    // Asked now rather than after a long build.
    TcpListener::bind(("127.0.0.1", port))
        .with_context(|| format!("port {port} is taken; choose another with --port"))?;
    let tools = prepare(installing, false)?;
    let mut trunk = tools.trunk()?;
    trunk.args(["serve", "--port", &port.to_string()]).env(programs::SCALAR_WANTED, "0");
    if open {
        trunk.arg("--open");
    }
    println!("the page will be at http://127.0.0.1:{port}/ (stop with Ctrl-C)");
    step("building and serving the site", &mut trunk)
}

/// Everything that Trunk needs: tools, and programs to put into the site.
fn prepare(installing: Installing, scalar: bool) -> Result<Tools> {
    ensure([&WasmTarget], installing)?;
    if installing == Installing::Forbidden {
        // Missing tools are told before anything is compiled.
        Tools::ensure(installing)?;
    }
    // Neither waits for the other: when one of them is down to a single compiler, the other has work for a second core.
    at_once(|| Tools::ensure(installing), || programs::compile(scalar))
}
