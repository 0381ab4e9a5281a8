//! `scriptorium sample`: write a script, or one for each of several temperatures.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use model::{Draw, Request};

use super::print::print;
use crate::{
    sample::{with_cast, write},
    weights::load_weights,
};

#[derive(Debug, Args)]
pub(super) struct Sample {
    /// The weights file
    #[arg(long, value_name = "FILE")]
    weights: PathBuf,
    /// What the script begins with
    #[arg(long, default_value = "")]
    prompt: String,
    /// How daring: 0 is always the likeliest character; several give a sweep
    #[arg(long, num_args = 1.., value_delimiter = ',', default_value = "0.5", allow_negative_numbers = true)]
    temperature: Vec<f32>,
    /// What the temperature divides: logits, or probabilities as the course's notebook, whose temperatures are 0.01 to 0.05
    #[arg(long, default_value = "logits", value_parser = draw)]
    draw: Draw,
    /// Draw only from this many of the likeliest characters; 0 is all
    #[arg(long, default_value_t = 0)]
    top_k: u32,
    /// Draw only from the fewest likeliest characters whose probabilities together reach this share; 1 is all
    #[arg(long, default_value_t = 1.0, allow_negative_numbers = true)]
    top_p: f32,
    /// Characters to write
    #[arg(long, default_value_t = 500)]
    length: u64,
    /// Seed of the random stream
    #[arg(long, default_value_t = 1)]
    seed: u32,
    /// Print the cast of characters above the script
    #[arg(long)]
    cast: bool,
}

/// What a temperature can divide.
fn draw(name: &str) -> Result<Draw, String> {
    Draw::parse(name).ok_or_else(|| "give logits or probabilities".to_owned())
}

impl Sample {
    /// Reads the model, writes and prints.
    pub(super) fn run(&self) -> Result<()> {
        let weights = load_weights(&self.weights)?;
        // All are checked before the first is written.
        let requests = self
            .temperature
            .iter()
            .map(|&t| {
                Request::new(&weights.vocab, &self.prompt, t, self.length, self.seed)?
                    .with_draw(self.draw)
                    .with_top(self.top_k, self.top_p)
            })
            .collect::<Result<Vec<_>, _>>()?;
        let sweep = requests.len() > 1;
        for (text, temperature) in write(&weights, requests).iter().zip(&self.temperature) {
            let script = format!("{}{text}", self.prompt);
            if sweep {
                print(format!("temperature {temperature}\n{} => {text}\n", self.prompt))?;
            } else if self.cast {
                print(with_cast(&script))?;
            } else {
                print(script)?;
            }
        }
        Ok(())
    }
}
