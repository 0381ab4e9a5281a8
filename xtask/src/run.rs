//! Running programs, and saying what runs and how long it took.

use std::{
    env,
    fmt::{self, Display, Formatter},
    panic,
    process::{Command, Stdio},
    thread,
    time::Instant,
};

use anyhow::{Context, Result, bail};

use crate::paths::root;

/// The cargo that runs this.
pub(crate) fn cargo() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Runs a step in the project's folder; announces it and says how long it took.
pub(crate) fn step(what: &str, command: &mut Command) -> Result<()> {
    println!("▸ {what}");
    let took = Stopwatch::start();
    let status = command
        .current_dir(root()?)
        .status()
        .with_context(|| format!("{what}: cannot start {}", command.get_program().display()))?;
    if !status.success() {
        bail!("{what} failed ({status}) after {took}");
    }
    println!("  {what}: done in {took}");
    Ok(())
}

/// The first line a program prints, if it runs and succeeds.
pub(crate) fn first_line(command: &mut Command) -> Option<String> {
    let output = command.stderr(Stdio::null()).stdin(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.lines().next().unwrap_or_default().to_owned())
}

/// Time since a start, printed as minutes and seconds.
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts now.
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }
}

impl Display for Stopwatch {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let seconds = self.0.elapsed().as_secs();
        write!(formatter, "{}:{:02}", seconds / 60, seconds % 60)
    }
}

/// Does two things side by side, and waits for both.
pub(crate) fn at_once<T>(
    here: impl FnOnce() -> Result<T>,
    beside: impl FnOnce() -> Result<()> + Send,
) -> Result<T> {
    thread::scope(|scope| {
        let beside = scope.spawn(beside);
        let here = here();
        beside.join().unwrap_or_else(|panicked| panic::resume_unwind(panicked))?;
        here
    })
}
