//! Everything done to the project: `cargo xtask serve|build|test|parity|deny|bench|soak`.

mod bench;
mod browser;
mod cargo_tool;
mod deny;
mod files;
mod finish;
mod npm;
mod offline;
mod parity;
mod paths;
mod peers;
mod programs;
mod requirement;
mod run;
mod site;
mod soak;
mod system;
mod test;
mod tools;
mod version;
mod vulkan;
mod wasm_target;

use std::{ffi::OsString, process::ExitCode};

use anyhow::Result;
use clap::Parser;

use requirement::Installing;

/// Set up, build, serve and test Scriptorium.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask")]
struct Command {
    #[command(subcommand)]
    task: Task,
    /// Install nothing: say what is missing and how to install it
    #[arg(long, global = true)]
    no_install: bool,
}

#[derive(Debug, clap::Subcommand)]
enum Task {
    /// Install what is missing, build the page and serve it
    Serve {
        /// Port to serve on
        #[arg(long, default_value_t = 8080)]
        port: u16,
        /// Open the page in the browser
        #[arg(long)]
        open: bool,
    },
    /// Install what is missing and build the static site into dist/
    Build,
    /// Install what is missing and run every check and test
    Test,
    /// Exchange models with Keras, PyTorch and onnxruntime, installed for it (3 GB to fetch, once a machine), and compare
    Parity,
    /// Check licences, advisories, sources and duplicates of all dependencies
    Deny,
    /// Finish the site that Trunk has built; Trunk calls this
    #[command(hide = true)]
    FinishSite,
    /// Measure on this machine
    Bench {
        /// What to measure; all, if not given
        subject: Option<bench::Subject>,
        /// Train on wgpu too
        #[arg(long)]
        gpu: bool,
        /// Train with Keras on TensorFlow, PyTorch and JAX too, installed for it (3 GB to fetch, once a machine)
        #[arg(long)]
        peers: bool,
    },
    /// Try for a long time what may befall the program and the page: monkey, deployments, kills; --help after one of them says more
    Soak {
        /// What to try, and its flags
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
        arguments: Vec<OsString>,
    },
}

fn main() -> ExitCode {
    match run(Command::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<()> {
    let installing = if command.no_install { Installing::Forbidden } else { Installing::Allowed };
    match command.task {
        Task::Serve { port, open } => site::serve(port, open, installing),
        Task::Build => site::build(installing),
        Task::Test => test::test(installing),
        Task::Parity => parity::parity(installing),
        Task::Deny => deny::deny(installing),
        Task::FinishSite => finish::finish(),
        Task::Soak { arguments } => soak::soak(&arguments, installing),
        Task::Bench { subject, gpu, peers } => bench::bench(subject, gpu, peers, installing),
    }
}
