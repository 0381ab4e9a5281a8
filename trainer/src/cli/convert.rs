//! `scriptorium convert`: a weights file in another precision.

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, ValueEnum};
use model::Precision;

use crate::{
    files::{check_replacing, write_atomic},
    weights::load_weights,
};

#[derive(Debug, Args)]
pub(super) struct Convert {
    /// The weights file to read
    #[arg(long, value_name = "FILE")]
    weights: PathBuf,
    /// The weights file to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Replace the file if it exists
    #[arg(long)]
    force: bool,
    /// How its numbers are stored
    #[arg(long, value_enum)]
    precision: Stored,
}

/// [`Precision`] as a flag's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Stored {
    /// One byte each, with a scale for each column of a matrix
    Int8,
    /// Two bytes each
    F16,
    /// Four bytes each: exact
    F32,
}

impl Convert {
    /// Reads, converts and writes.
    pub(super) fn run(&self) -> Result<()> {
        check_replacing(&self.out, &[&self.weights], self.force)?;
        let precision = match self.precision {
            Stored::Int8 => Precision::I8,
            Stored::F16 => Precision::F16,
            Stored::F32 => Precision::F32,
        };
        let bytes = load_weights(&self.weights)?.to_bytes(precision)?;
        write_atomic(&self.out, &bytes)
    }
}
