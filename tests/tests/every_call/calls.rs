//! The calls that the program makes to the system for files of ours, and making one of them fail.

use std::{
    fs,
    os::unix::process::ExitStatusExt,
    path::Path,
    process::{Command, Output},
};

use tests::scriptorium;

/// What is looked at: all that reads, writes, names or looks for files.
const LOOKED_AT: &str = "trace=/^(openat|read|write|fsync|rename|renameat|renameat2|mkdir|mkdirat|unlink|unlinkat|flock|statx|\
     newfstatat|readlink|readlinkat|getdents64)$";

/// One call of the program's first thread, which is the one that writes files.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    /// The system's name for it.
    pub(crate) name: String,
    /// It is the so-manieth of its name.
    pub(crate) number: usize,
    /// As `strace` shows it.
    pub(crate) line: String,
}

/// What befalls the program at a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The call is not carried out and says that there is no room, or no answer.
    Fails,
    /// The process is killed before the call is carried out.
    Kills,
}

impl Call {
    /// What `strace` is told to do.
    fn injected(&self, fault: Fault) -> String {
        let Self { name, number, line } = self;
        let error = match name.as_str() {
            "openat" if line.contains("O_CREAT") => "ENOSPC",
            "write" | "fsync" | "rename" | "renameat" | "renameat2" | "mkdir" | "mkdirat" => "ENOSPC",
            "flock" => "ENOLCK",
            _ => "EIO",
        };
        match fault {
            Fault::Fails => format!("inject={name}:error={error}:when={number}"),
            Fault::Kills => format!("inject={name}:signal=KILL:when={number}"),
        }
    }
}

/// Runs the program in a folder, with a fault, if there is to be one. `log` takes what `strace` sees.
pub(crate) fn run(
    folder: &Path,
    arguments: &[&str],
    fault: Option<(&Call, Fault)>,
    log: Option<&Path>,
) -> Output {
    let mut strace = Command::new("strace");
    strace.args(["-y", "-s", "200", "-e", LOOKED_AT, "-e", "signal=none", "-o"]);
    strace.arg(log.unwrap_or(Path::new("/dev/null")));
    if let Some((call, fault)) = fault {
        strace.args(["-e", &call.injected(fault)]);
    }
    strace.arg(scriptorium().unwrap()).args(arguments).current_dir(folder).output().unwrap()
}

/// Whether an output is that of a killed program: `strace` ends as the program did.
pub(crate) fn is_killed(output: &Output) -> bool {
    output.status.signal() == Some(9)
}

/// Whether there is a `strace` that may do this here.
pub(crate) fn is_possible() -> bool {
    let tried =
        Command::new("strace").args(["-o", "/dev/null", "-e", "inject=write:error=ENOSPC", "true"]).output();
    tried.is_ok_and(|output| output.status.success())
}

/// The calls in a log that are for files in `folder`, which the program ran in, or for its output.
pub(crate) fn in_log(log: &Path, folder: &Path) -> Vec<Call> {
    let folder = folder.canonicalize().unwrap();
    let folder = folder.to_str().unwrap();
    let mut calls: Vec<Call> = Vec::new();
    let mut counts = std::collections::HashMap::new();
    let log = fs::read(log).unwrap();
    for line in String::from_utf8_lossy(&log).lines() {
        let Some((name, rest)) = line.split_once('(') else { continue };
        let number = counts.entry(name.to_owned()).or_insert(0);
        *number += 1;
        // Not the folder that names are relative to, but what is named: `AT_FDCWD</tmp/x>, "run/a", …`.
        let rest = rest
            .strip_prefix("AT_FDCWD<")
            .and_then(|rest| rest.split_once(">, "))
            .map_or(rest, |parts| parts.1);
        let is_ours = match rest.strip_prefix('"') {
            Some(named) => !named.starts_with('/') && !named.starts_with('"') || named.starts_with(folder),
            None => {
                rest.split_once('<').is_some_and(|(_, path)| path.starts_with(folder))
                    || name == "write" && rest.starts_with("1<")
            }
        };
        if is_ours {
            calls.push(Call { name: name.to_owned(), number: *number, line: line.to_owned() });
        }
    }
    calls
}
