//! `scriptorium export`: a model for another framework.

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;
use exchange::{Kind, export, export_softmax};

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
    /// For whom: keras (Keras 3), h5 (Keras 2), pytorch, onnx, safetensors (ours, in f32) or burn
    #[arg(long)]
    to: Kind,
    /// For Keras alone: end in a softmax, so that predict gives probabilities rather than logits
    #[arg(long)]
    softmax: bool,
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
        if self.softmax && !matches!(self.to, Kind::Keras | Kind::H5) {
            bail!("--softmax belongs to --to keras and --to h5; all others give logits, so leave it out");
        }
        let weights = load_weights(&self.weights)?;
        let written =
            if self.softmax { export_softmax(&weights, self.to) } else { export(&weights, self.to) };
        write_atomic(&out, &written?)?;
        print(format!("{} is written for {}", out.display(), self.to))
    }
}
