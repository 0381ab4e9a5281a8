//! The real program with hostile values for every flag that it has, one or two at a time: it ends within seconds with a sentence, or is at
//! work and ends when it is asked to; it never panics, prints no control character, and replaces nothing. docs/faults.md has the figures.
//!
//! `SCRIPTORIUM_HOSTILE=5000` tries so many command lines in place of a few, `SCRIPTORIUM_SEED` others.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod commands;
#[path = "../program/mod.rs"]
mod program;
mod trial;
mod values;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Command lines that are tried in every test run.
const FEW: u32 = 150;

fn number(name: &str, otherwise: u32) -> u32 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

#[test]
fn hostile_values_of_every_flag_are_refused_or_used() {
    let (wanted, seed) = (number("SCRIPTORIUM_HOSTILE", FEW), number("SCRIPTORIUM_SEED", 1));
    let mut random = ChaCha8Rng::seed_from_u64(u64::from(seed));
    let commands = commands::all();
    let flags: Vec<(usize, usize)> = commands
        .iter()
        .enumerate()
        .flat_map(|(command, known)| (0..known.flags.len()).map(move |flag| (command, flag)))
        .collect();
    let mut trial = trial::Trial::new();
    for n in 0..wanted {
        // Every flag in turn; every third time with a second one of the same command.
        let (command, flag) = flags[n as usize % flags.len()];
        let known = &commands[command];
        let mut hostile = vec![&known.flags[flag]];
        if random.random_range(0..3) == 0 {
            hostile.push(&known.flags[random.random_range(0..known.flags.len())]);
        }
        let arguments = known.with(&hostile, &mut random);
        trial.run(&arguments);
    }
    println!("{wanted} command lines of {} flags, seed {seed}: {}", flags.len(), trial.counts());
    assert!(trial.refused > wanted / 3 && trial.refused < wanted, "{}", trial.counts());
}
