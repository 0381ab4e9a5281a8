//! Running programs, and saying what runs and how long it took.

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Instant,
};

use anyhow::{Context, Result, bail};

/// The project's folder, as cargo tells it now: clones that share a target folder share this program.
pub(crate) fn root() -> Result<PathBuf> {
    let manifest = env::var_os("CARGO_MANIFEST_DIR").context("start this by `cargo xtask`")?;
    let manifest = Path::new(&manifest);
    Ok(manifest.parent().context("xtask lies in the project's folder")?.to_owned())
}

/// Where cargo puts what it builds.
pub(crate) fn target() -> Result<PathBuf> {
    Ok(match env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => root()?.join(folder),
        None => root()?.join("target"),
    })
}

/// A program of the workspace that a step before has built.
pub(crate) fn built(name: &str) -> Result<PathBuf> {
    let program = target()?.join("release").join(format!("{name}{}", env::consts::EXE_SUFFIX));
    program.canonicalize().with_context(|| format!("{} was not built", program.display()))
}

/// The cargo that runs this.
pub(crate) fn cargo() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Runs a step in the project's folder, with the installed tools on the path; announces it and says how long
/// it took.
pub(crate) fn step(what: &str, command: &mut Command) -> Result<()> {
    println!("▸ {what}");
    let start = Instant::now();
    let status = command
        .current_dir(root()?)
        .env("PATH", path_with_tools()?)
        .status()
        .with_context(|| format!("{what}: cannot start {}", command.get_program().display()))?;
    let seconds = start.elapsed().as_secs();
    if !status.success() {
        bail!("{what} failed ({status}) after {}:{:02}", seconds / 60, seconds % 60);
    }
    println!("  {what}: done in {}:{:02}", seconds / 60, seconds % 60);
    Ok(())
}

/// The first line a program prints, if it runs and succeeds.
pub(crate) fn first_line(command: &mut Command) -> Option<String> {
    let output = command.stderr(Stdio::null()).stdin(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.lines().next().unwrap_or_default().to_owned())
}

/// The path with our tools before everything else.
pub(crate) fn path_with_tools() -> Result<OsString> {
    let mut folders = crate::tools::folders()?;
    folders.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
    Ok(env::join_paths(folders)?)
}
