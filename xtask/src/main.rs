//! Everything done to the project: `cargo xtask serve|build|test|parity|bench`.

mod axe;
mod bench;
mod browser;
mod deny;
mod finish;
mod offline;
mod parity;
mod peers;
mod run;
mod site;
mod test;
mod tools;

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;

/// Set up, build, serve and test Scriptorium.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask")]
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
}

fn main() -> ExitCode {
    let done = match Task::parse() {
        Task::Serve { port, open } => site::serve(port, open),
        Task::Build => site::build(),
        Task::Test => test::test(),
        Task::Parity => parity::parity(),
        Task::Deny => deny::deny(),
        Task::FinishSite => finish::finish(),
        Task::Bench { subject, gpu, peers } => bench::bench(subject, gpu, peers),
    };
    finish(done)
}

fn finish(done: Result<()>) -> ExitCode {
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
