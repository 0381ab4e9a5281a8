//! A contender's side of the protocol: one unit of work after another, timed, on request.
//!
//! A child prints `ready` and its versions (or `cannot REASON`) once it is warm. For every line `go N` it does the work once
//! untimed, to bring the caches back that others have used since, then N times, and prints the wall and CPU
//! seconds of those N. It ends when its input does. `peers/train.py` speaks the same.

use std::{io::stdin, time::Instant};

use anyhow::{Context, Result};

use crate::cpu::cpu_seconds;

/// Takes turns until the standard input ends.
pub(crate) fn serve(mut work: impl FnMut()) -> Result<()> {
    // The second time no longer sets anything up.
    (0..2).for_each(|_| work());
    println!("ready");
    for line in stdin().lines() {
        let line = line?;
        let times = line.strip_prefix("go ").and_then(|times| times.parse::<u32>().ok());
        let times = times.with_context(|| format!("'{line}' is not 'go N'"))?;
        work();
        let (start, cpu_before) = (Instant::now(), cpu_seconds());
        (0..times).for_each(|_| work());
        let wall = start.elapsed().as_secs_f64();
        match cpu_seconds().zip(cpu_before) {
            Some((after, before)) => println!("{wall} {}", after - before),
            None => println!("{wall}"),
        }
    }
    Ok(())
}
