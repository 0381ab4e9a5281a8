//! `cargo xtask soak`: the real program and the built page under what may befall them, for as long as one likes.
//! docs/faults.md says what was tried and what came of it.

mod deployments;
mod kills;
#[path = "../../tests/program/mod.rs"]
mod program;
#[path = "../../tests/every_call/state.rs"]
#[allow(clippy::unwrap_used, reason = "a state that cannot be looked at is a find")]
mod state;

use std::time::Duration;

use anyhow::{Result, ensure};
use clap::{Parser, ValueEnum};
use tests::{
    Webgpu,
    monkey::{Kind, let_loose},
};

/// Try for a long time what may befall the program and the page
#[derive(Debug, Parser)]
struct Command {
    #[command(subcommand)]
    subject: Subject,
    /// What cargo tells a program that measures
    #[arg(long, hide = true, global = true)]
    bench: bool,
}

#[derive(Debug, clap::Subcommand)]
enum Subject {
    /// Let a monkey at the page
    Monkey {
        /// The browser
        #[arg(long, value_enum, default_value_t = Browser::Chromium)]
        browser: Browser,
        /// How long
        #[arg(long, default_value_t = 30.0)]
        minutes: f64,
        /// What it does
        #[arg(long, default_value_t = 1)]
        seed: u32,
    },
    /// Deploy the site anew, by halves, under open tabs
    Deployments {
        /// How often
        #[arg(long, default_value_t = 100)]
        count: u32,
        /// What chooses the instants and the halves
        #[arg(long, default_value_t = 1)]
        seed: u32,
    },
    /// Kill the program at random instants
    Kills {
        /// How often
        #[arg(long, default_value_t = 1000)]
        count: u32,
        /// What chooses the instants
        #[arg(long, default_value_t = 1)]
        seed: u32,
    },
}

/// Where the monkey is.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Browser {
    /// Chromium without WebGPU
    Chromium,
    /// Chromium with WebGPU on its software adapter
    ChromiumWebgpu,
    /// Firefox
    Firefox,
}

fn main() -> Result<()> {
    match Command::parse().subject {
        Subject::Monkey { browser, minutes, seed } => monkey(browser, minutes, seed),
        Subject::Deployments { count, seed } => deployments::run(count, seed),
        Subject::Kills { count, seed } => kills::run(count, seed),
    }
}

fn monkey(browser: Browser, minutes: f64, seed: u32) -> Result<()> {
    let kind = match browser {
        Browser::Chromium => Kind::Chromium(Webgpu::Missing),
        Browser::ChromiumWebgpu => Kind::Chromium(Webgpu::Software),
        Browser::Firefox => Kind::Firefox,
    };
    println!("a monkey in {browser:?}, seed {seed}, for {minutes} minutes");
    let report =
        let_loose(kind, seed, Duration::from_secs_f64(60.0 * minutes), |find| println!("FOUND {find}\n"))?;
    println!("{report}\n{:?}", report.actions);
    ensure!(report.finds.is_empty(), "there are finds");
    Ok(())
}
