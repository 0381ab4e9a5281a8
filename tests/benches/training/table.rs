//! The table: what each contender took, what that is against ours, and the bars.

use super::{
    contender::{Contender, Measured},
    peers::{JAX, KERAS, TORCH},
    work::KERNELS_FLOP,
};
use crate::peak;

/// Names of our side in the table.
pub(crate) const OURS: &str = "Scriptorium";
pub(crate) const OURS_WGPU: &str = "Scriptorium on wgpu";
pub(crate) const STOCK: &str = "burn's nn::Lstm on Flex";
pub(crate) const STOCK_WGPU: &str = "burn's nn::Lstm on wgpu";
pub(crate) const KERNELS: &str = "our LSTM's kernels, forward and backward";
pub(crate) const PEAK: &str = "the peak: multiply-adds in registers";

/// How many times our time a contender takes, at least: CPU time on one thread, wall time on two (on a GPU, of all
/// there is).
const BARS: [(&str, Option<f64>, Option<f64>); 5] = [
    (KERAS, Some(1.8), Some(2.5)),
    (TORCH, Some(1.7), Some(1.6)),
    (JAX, None, Some(1.6)),
    (STOCK, Some(3.5), None),
    (STOCK_WGPU, None, Some(10.0)),
];
/// How many times the wall time of two threads one thread takes, at least.
const TWO_THREADS: f64 = 1.6;
/// Percentage of the peak that the kernels reach, at least.
const PEAK_SHARE: f64 = 60.0;

const HEADINGS: [&str; 7] =
    ["", "CPU ms, 1 thread", "wall ms, 1 thread", "wall ms, 2 threads", "reached", "bar", "met"];

/// Prints the table of all that was measured, in the order of the contenders.
pub(crate) fn print(contenders: &[Contender]) {
    let times = Times(contenders);
    let mut rows = vec![HEADINGS.map(str::to_owned)];
    let mut last = "";
    for contender in contenders {
        if contender.name != last {
            rows.push(times.row(&contender.name));
        }
        last = &contender.name;
    }
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
    let widths: Vec<usize> = (0..HEADINGS.len()).map(width).collect();
    let lines = HEADINGS.map(|_| String::new());
    rows.insert(1, lines);
    for (at, row) in rows.iter().enumerate() {
        let fill = if at == 1 { '-' } else { ' ' };
        let cells = row.iter().zip(&widths).map(|(cell, &width)| {
            let missing = width.saturating_sub(cell.chars().count());
            cell.clone() + &String::from(fill).repeat(missing)
        });
        println!("| {} |", cells.collect::<Vec<_>>().join(" | "));
    }
}

/// Something reached, and how much was to be.
struct Claim {
    reached: String,
    bar: Option<(String, bool)>,
}

impl Claim {
    fn new(value: f64, what: &str, min: Option<f64>, show: impl Fn(f64) -> String) -> Self {
        Self {
            reached: format!("{} {what}", show(value)),
            bar: min.map(|min| (format!("{} {what}", show(min)), value >= min)),
        }
    }
}

/// All that was measured.
struct Times<'a>(&'a [Contender]);

impl Times<'_> {
    fn of(&self, name: &str, threads: usize) -> Option<Measured> {
        let contender = self.0.iter().find(|one| one.name == name && one.threads == threads)?;
        contender.measured()
    }

    fn cpu(&self, name: &str) -> Option<f64> {
        self.of(name, 1)?.cpu
    }

    /// Seconds on the clock, two threads or an entire GPU.
    fn wall(&self, name: &str) -> Option<f64> {
        Some(self.of(name, 2).or_else(|| self.of(name, 0))?.wall)
    }

    fn claims(&self, name: &str) -> Vec<Claim> {
        let times = |value: f64| format!("{value:.2} ×");
        let (cpu, wall) = (self.cpu(name), self.wall(name));
        match name {
            OURS => {
                let two = self.of(name, 1).zip(wall).map(|(one, two)| one.wall / two);
                two.map(|two| Claim::new(two, "by two threads", Some(TWO_THREADS), times))
                    .into_iter()
                    .collect()
            }
            OURS_WGPU => Vec::new(),
            KERNELS => {
                let share = cpu.zip(self.cpu(PEAK)).map(|(kernels, peak)| {
                    let share = (KERNELS_FLOP / kernels) / (peak::FLOP / peak);
                    Claim::new(100.0 * share, "of the peak", Some(PEAK_SHARE), |share| {
                        format!("{share:.0} %")
                    })
                });
                share.into_iter().collect()
            }
            PEAK => {
                let rate = cpu.map(|cpu| {
                    Claim::new(peak::FLOP / cpu / 1e9, "GFLOP/s", None, |rate| format!("{rate:.1}"))
                });
                rate.into_iter().collect()
            }
            _ => {
                let ours = if name == STOCK_WGPU { OURS_WGPU } else { OURS };
                let (cpu_bar, wall_bar) = BARS
                    .iter()
                    .find(|(of, ..)| *of == name)
                    .map_or((None, None), |&(_, cpu, wall)| (cpu, wall));
                let cpu = cpu.zip(self.cpu(ours)).map(|(theirs, ours)| (theirs / ours, "CPU", cpu_bar));
                let wall = wall.zip(self.wall(ours)).map(|(theirs, ours)| (theirs / ours, "wall", wall_bar));
                let both = [cpu, wall].into_iter().flatten();
                both.map(|(value, what, min)| Claim::new(value, what, min, times)).collect()
            }
        }
    }

    fn row(&self, name: &str) -> [String; HEADINGS.len()] {
        let claims = self.claims(name);
        let join = |cell: &dyn Fn(&Claim) -> String| claims.iter().map(cell).collect::<Vec<_>>().join(", ");
        let bar = |claim: &Claim| claim.bar.as_ref().map_or("–", |(bar, _)| bar).to_owned();
        let met = |claim: &Claim| match claim.bar {
            Some((_, true)) => "yes".to_owned(),
            Some((_, false)) => "no".to_owned(),
            None => "–".to_owned(),
        };
        let milliseconds = |seconds: Option<f64>| {
            seconds.map_or_else(String::new, |seconds| format!("{:.2}", seconds * 1e3))
        };
        [
            name.to_owned(),
            milliseconds(self.cpu(name)),
            milliseconds(self.of(name, 1).map(|one| one.wall)),
            milliseconds(self.wall(name)),
            join(&|claim| claim.reached.clone()),
            join(&bar),
            join(&met),
        ]
    }
}
