//! `scriptorium`: teach a character LSTM to write scripts.

use std::{
    borrow::Cow,
    io::{self, Write},
    process::ExitCode,
};

use clap::Parser;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = match trainer::cli::Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return refuse(&error),
    };
    match trainer::cli::run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever read our output has enough, as `head` does.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("scriptorium: {}\n", trainer::printable(&format!("{error:#}"))));
            ExitCode::FAILURE
        }
    }
}

/// Says what is wrong with the arguments, or shows the help that they ask for.
fn refuse(error: &clap::Error) -> ExitCode {
    let plain = error.to_string();
    match trainer::printable(&plain) {
        // In colours, on a terminal. Whether anybody hears it changes nothing.
        Cow::Borrowed(_) => drop(error.print()),
        // The arguments hold control characters, and so does what is said of them.
        Cow::Owned(shown) => say(&shown),
    }
    u8::try_from(error.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from)
}

/// Says something on the standard error. That it may be full or closed is no reason to panic, as `eprint!` does.
fn say(text: &str) {
    let _ = io::stderr().write_all(text.as_bytes());
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
