//! `scriptorium export`: a model for another framework.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use exchange::{Kind, export};

use super::print::print;
use crate::{
    files::{check_replacing, write_atomic},
    weights::load_weights,
};

#[derive(Debug, Args)]
pub(super) struct Export {
    /// The weights file to read
    #[arg(long, value_name = "FILE")]
    weights: PathBuf,
    /// For whom: keras, pytorch, onnx, safetensors (ours, in f32) or burn
    #[arg(long)]
    to: Kind,
    /// The file to write [default: the weights' name with another ending]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Replace the file if it exists
    #[arg(long)]
    force: bool,
}

impl Export {
    /// Reads, converts and writes.
    pub(super) fn run(&self) -> Result<()> {
        let out = match &self.out {
            Some(out) => out.clone(),
            None => self.weights.with_extension(self.to.extension()),
        };
        check_replacing(&out, &[&self.weights], self.force)?;
        let weights = load_weights(&self.weights)?;
        write_atomic(&out, &export(&weights, self.to)?)?;
        print(format!("{} is written for {}", out.display(), self.to))
    }
}
