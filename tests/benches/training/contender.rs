//! The other side: contenders as child processes that take turns, so that a noisy machine is noisy for all.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use anyhow::{Context, Result, bail};

use crate::median::median;

/// Seconds that a turn should take: long against switching, short against the machine's moods.
const TURN_SECONDS: f64 = 0.25;

/// A program that does one unit of work after another on request.
#[derive(Debug)]
pub(crate) struct Contender {
    /// Whose work it is.
    pub(crate) name: String,
    /// Threads it may use; 0 for as many as there are.
    pub(crate) threads: usize,
    /// Its versions, if it has any of its own.
    pub(crate) about: String,
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    times: u32,
    walls: Vec<f64>,
    cpus: Vec<f64>,
}

/// What one unit of work took: medians over the turns, seconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Measured {
    /// On the clock.
    pub(crate) wall: f64,
    /// In all threads together (Linux; elsewhere not known).
    pub(crate) cpu: Option<f64>,
}

impl Contender {
    /// Starts one and waits until it is warm.
    pub(crate) fn start(name: &str, threads: usize, command: &mut Command) -> Result<Self> {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().with_context(|| {
            let program = command.get_program().display();
            format!("{name}: cannot start {program}; is it still there?")
        })?;
        let (input, output) = child.stdin.take().zip(child.stdout.take()).context("no pipes to the child")?;
        let mut contender = Self {
            name: name.to_owned(),
            threads,
            about: String::new(),
            child,
            input,
            output: BufReader::new(output),
            times: 1,
            walls: Vec::new(),
            cpus: Vec::new(),
        };
        let line = contender.read()?;
        if let Some(reason) = line.strip_prefix("cannot ") {
            bail!("{name} is left out: {reason}");
        }
        let about = line.strip_prefix("ready").with_context(|| format!("{name} said '{line}'"))?;
        contender.about = about.trim().to_owned();
        let (wall, _) = contender.go()?;
        contender.times = (TURN_SECONDS / wall).clamp(1.0, 1000.0) as u32;
        Ok(contender)
    }

    /// One more turn.
    pub(crate) fn turn(&mut self) -> Result<()> {
        let (wall, cpu) = self.go()?;
        self.walls.push(wall / f64::from(self.times));
        self.cpus.extend(cpu.map(|cpu| cpu / f64::from(self.times)));
        Ok(())
    }

    /// What the turns came to.
    pub(crate) fn measured(&self) -> Option<Measured> {
        Some(Measured { wall: median(&self.walls)?, cpu: median(&self.cpus) })
    }

    fn go(&mut self) -> Result<(f64, Option<f64>)> {
        writeln!(self.input, "go {}", self.times).with_context(|| format!("{} has gone", self.name))?;
        let line = self.read()?;
        let mut seconds = line.split(' ').map(str::parse);
        let wall = seconds.next().and_then(Result::ok).with_context(|| format!("{}: '{line}'", self.name))?;
        Ok((wall, seconds.next().and_then(Result::ok)))
    }

    fn read(&mut self) -> Result<String> {
        let mut line = String::new();
        if self.output.read_line(&mut line)? == 0 {
            bail!("{} ended without a word ({})", self.name, self.child.wait()?);
        }
        Ok(line.trim_end().to_owned())
    }
}

impl Drop for Contender {
    fn drop(&mut self) {
        // Nothing is lost with it, and one that hangs must not hang us; its status is of no interest.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
