//! The command line: one module a command, each with its flags and `run`.

mod convert;
mod corpus;
mod eval;
mod export;
mod import;
mod print;
mod publish;
mod sample;
mod train;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Teach a character LSTM to write scripts.
#[derive(Debug, Parser)]
#[command(name = "scriptorium", version, about)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Print the figures of a corpus and a first look at it
    Corpus(corpus::Corpus),
    /// Train a model
    Train(Box<train::Train>),
    /// Measure how well a model predicts a text
    Eval(eval::Eval),
    /// Write a script
    Sample(sample::Sample),
    /// Write a weights file anew in another precision
    Convert(convert::Convert),
    /// Make a weights file of a model that Keras, PyTorch or burn trained
    Import(import::Import),
    /// Write a model for another framework
    Export(export::Export),
    /// Put a model on the page: the site that is built afterwards has it
    Publish(publish::Publish),
}

/// Runs the command line.
///
/// # Errors
/// Every problem with a file or flag, in one sentence with the remedy.
pub fn run(cli: Cli) -> Result<()> {
    match cli.command {
        Command::Corpus(command) => command.run(),
        Command::Train(command) => command.run(),
        Command::Eval(command) => command.run(),
        Command::Sample(command) => command.run(),
        Command::Convert(command) => command.run(),
        Command::Import(command) => command.run(),
        Command::Export(command) => command.run(),
        Command::Publish(command) => command.run(),
    }
}
