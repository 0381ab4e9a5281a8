//! What commands print.

use std::{
    fmt::Display,
    io::{self, Write},
};

use anyhow::Result;

use crate::printable::printable;

/// Prints a text and a line end.
///
/// # Errors
/// If nobody reads it any more.
pub(super) fn print(text: impl Display) -> Result<()> {
    Ok(writeln!(io::stdout(), "{}", printable(&text.to_string()))?)
}

/// Prints JSON, which has escapes of its own, and a line end.
///
/// # Errors
/// If nobody reads it any more.
pub(super) fn print_json(json: &str) -> Result<()> {
    Ok(writeln!(io::stdout(), "{json}")?)
}
