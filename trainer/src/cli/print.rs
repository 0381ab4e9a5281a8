//! What commands print.

use std::{
    fmt::Display,
    io::{self, Write},
};

use anyhow::{Context, Result};

use crate::printable::{printable, printable_json};

/// Prints a text and a line end.
///
/// # Errors
/// If nobody reads it any more, or there is no room for it.
pub(super) fn print(text: impl Display) -> Result<()> {
    write_line(&printable(&text.to_string()))
}

/// Prints JSON and a line end.
///
/// # Errors
/// If nobody reads it any more, or there is no room for it.
pub(super) fn print_json(json: &str) -> Result<()> {
    write_line(&printable_json(json))
}

/// The output is flushed: an error that came when the program has ended would be nobody's.
fn write_line(line: &str) -> Result<()> {
    let mut output = io::stdout().lock();
    let written = writeln!(output, "{line}").and_then(|()| output.flush());
    written.context("cannot write to the standard output; make room where it goes")
}
