//! `scriptorium export`: a model for another framework.

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;
use exchange::{Kind, export};

use crate::{files::write_atomic, weights::load_weights};

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
}

impl Export {
    /// Reads, converts and writes.
    pub(super) fn run(&self) -> Result<()> {
        let weights = load_weights(&self.weights)?;
        let out = match &self.out {
            Some(out) => out.clone(),
            None => self.weights.with_extension(self.to.extension()),
        };
        if out == self.weights {
            bail!("{} would be written over itself; give another file with --out", out.display());
        }
        write_atomic(&out, &export(&weights, self.to)?)?;
        println!("{} is written for {}", out.display(), self.to);
        Ok(())
    }
}
