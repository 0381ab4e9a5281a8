//! Wall and CPU time of contenders that take turns, so that a noisy machine is noisy for all.

mod cpu;

use std::time::Instant;

use cpu::cpu_seconds;

/// Something to measure.
pub(crate) struct Contender<'a> {
    name: &'a str,
    work: Box<dyn FnMut() + 'a>,
}

impl<'a> Contender<'a> {
    pub(crate) fn new(name: &'a str, work: impl FnMut() + 'a) -> Self {
        Self { name, work: Box::new(work) }
    }
}

/// What a contender took, once.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Measured {
    /// Median over the rounds, seconds.
    pub(crate) wall: f64,
    /// Mean over all rounds, seconds in all threads (Linux; elsewhere not known).
    pub(crate) cpu: Option<f64>,
}

/// Runs every contender once to warm up, then `rounds` rounds of `times` each, in turn; prints and gives what one
/// time took.
pub(crate) fn alternate(rounds: usize, times: usize, contenders: &mut [Contender<'_>]) -> Vec<Measured> {
    for contender in &mut *contenders {
        (contender.work)();
    }
    let mut walls = vec![Vec::with_capacity(rounds); contenders.len()];
    let mut cpus = vec![Some(0.0); contenders.len()];
    for _ in 0..rounds {
        for ((contender, walls), cpu) in contenders.iter_mut().zip(&mut walls).zip(&mut cpus) {
            let (start, cpu_before) = (Instant::now(), cpu_seconds());
            (0..times).for_each(|_| (contender.work)());
            walls.push(start.elapsed().as_secs_f64() / times as f64);
            let used = cpu_seconds().zip(cpu_before).map(|(after, before)| after - before);
            *cpu = cpu.zip(used).map(|(sum, used)| sum + used);
        }
    }
    let results = walls.into_iter().zip(cpus).map(|(mut walls, cpu)| {
        walls.sort_by(f64::total_cmp);
        Measured { wall: walls[rounds / 2], cpu: cpu.map(|cpu| cpu / (rounds * times) as f64) }
    });
    let results: Vec<Measured> = results.collect();
    for (contender, Measured { wall, cpu }) in contenders.iter().zip(&results) {
        let cpu = cpu.map_or_else(|| "unknown".to_owned(), |cpu| format!("{:.2} ms", cpu * 1e3));
        println!("  {}: {:.2} ms wall (median), {cpu} CPU", contender.name, wall * 1e3);
    }
    results
}
