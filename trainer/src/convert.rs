//! Weights files in another precision.

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, ValueEnum};
use model::Precision;

use crate::{files::write_whole, sample::load_weights};

/// Write a weights file anew in another precision.
#[derive(Debug, Args)]
pub struct ConvertCommand {
    /// The weights file to read
    #[arg(long, value_name = "FILE")]
    weights: PathBuf,
    /// The weights file to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// How its numbers are stored
    #[arg(long, value_enum)]
    precision: Stored,
}

/// How numbers are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Stored {
    /// One byte each, with a scale for each column of a matrix
    Int8,
    /// Two bytes each
    F16,
    /// Four bytes each: exact
    F32,
}

impl ConvertCommand {
    /// Reads, converts and writes.
    ///
    /// # Errors
    /// Where a file cannot be read or written, or is no weights file; the message names it.
    pub fn run(&self) -> Result<()> {
        let precision = match self.precision {
            Stored::Int8 => Precision::I8,
            Stored::F16 => Precision::F16,
            Stored::F32 => Precision::F32,
        };
        let bytes = load_weights(&self.weights)?.to_bytes(precision)?;
        write_whole(&self.out, &bytes)
    }
}
