//! `scriptorium`: teach a character LSTM to write scripts.

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    match trainer::cli::run(trainer::cli::Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("scriptorium: {error:#}");
            ExitCode::FAILURE
        }
    }
}
