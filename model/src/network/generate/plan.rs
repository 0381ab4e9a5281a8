//! How a block is spread over a device, and what a row is told.

use super::dimensions::{Dimensions, MAX_THREADS, MAX_TILE};
use crate::{draw::Draw, request::Request};

/// Most rows of a workgroup; the state has rows for workgroups of this size, the last of them included.
pub(crate) const MAX_ROWS: usize = 8;
/// Most threads that share a row's draw: each looks through what all others found.
const MAX_DRAWING: usize = 32;
/// Threads that run in step, at most, on what is taken for a software adapter.
const MAX_SOFTWARE_LANES: u32 = 8;

/// The id of nothing: a row that reads it keeps its zero state.
pub(crate) const NOTHING: u32 = u32::MAX;

/// Numbers of a row's settings, each at its place below.
pub(super) const SETTINGS: usize = 7;
/// The temperature, the bits of an f32.
pub(super) const TEMPERATURE: usize = 0;
/// Top-k.
pub(super) const TOP_K: usize = 1;
/// Top-p, the bits of an f32.
pub(super) const TOP_P: usize = 2;
/// Seed of the random stream.
pub(super) const SEED: usize = 3;
/// Row of the random stream.
pub(super) const STREAM: usize = 4;
/// The id to read next.
pub(super) const NEXT_ID: usize = 5;
/// 1 if the temperature divides probabilities, 0 if it divides logits.
pub(super) const SOFTENED: usize = 6;

/// The settings of a row; none for one that only fills up a workgroup.
pub(crate) fn row_settings(row: Option<&Request>, next_id: u32) -> [u32; SETTINGS] {
    let mut settings = [0; SETTINGS];
    if let Some(row) = row {
        settings[TEMPERATURE] = row.temperature.to_bits();
        settings[TOP_K] = row.top_k;
        settings[TOP_P] = row.top_p.to_bits();
        settings[SEED] = row.seed;
        settings[STREAM] = row.row;
        settings[SOFTENED] = u32::from(row.draw == Draw::Probabilities);
    }
    settings[NEXT_ID] = next_id;
    settings
}

/// What the draws of some rows need.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) struct Draws {
    /// Whether a row uses top-k or top-p.
    pub(crate) filtered: bool,
    /// Whether a row is drawn from probabilities.
    pub(crate) softened: bool,
}

impl Draws {
    /// Of these rows.
    pub(crate) fn of(rows: &[Request]) -> Self {
        Self {
            filtered: rows.iter().any(|row| row.top_k > 0 || row.top_p < 1.0),
            softened: rows.iter().any(|row| row.draw == Draw::Probabilities),
        }
    }
}

/// What a kernel is compiled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Plan {
    pub(super) dimensions: Dimensions,
    /// Threads of a workgroup, a power of two.
    pub(super) threads: usize,
    /// Rows of a workgroup, a power of two.
    pub(super) rows: usize,
    /// Units (and groups of four logits) that a thread computes at once.
    pub(super) tile: usize,
    pub(super) draws: Draws,
}

impl Plan {
    /// For so many `rows` on a device that runs at most so many `lanes` threads in step.
    pub(super) fn new(dimensions: Dimensions, rows: usize, draws: Draws, lanes: u32) -> Self {
        // Software adapters run threads in step in the lanes of a processor's registers. There a load costs much, a barrier
        // costs with the number of threads, and there are few processors: rows share loads, and threads are few.
        let (threads, rows) = if lanes <= MAX_SOFTWARE_LANES {
            (16, rows.div_ceil(2))
        } else {
            (dimensions.units.next_power_of_two().clamp(64, MAX_THREADS), rows / 64)
        };
        let rows = rows.next_power_of_two().min(MAX_ROWS);
        // More than this only makes the kernel longer to compile.
        let max_tile = if rows > 2 { MAX_TILE / 2 } else { MAX_TILE };
        let tile = dimensions.units.div_ceil(threads).min(max_tile);
        Self { dimensions, threads, rows, tile, draws }
    }

    /// Iterations of a thread's loops in a step, at most.
    pub(super) fn iterations(self) -> usize {
        let Dimensions { layers, units, .. } = self.dimensions;
        let tiles = units.div_ceil(self.threads * self.tile);
        let outputs = self.dimensions.outputs().div_ceil(self.threads * self.output_tile());
        tiles * (2 * layers - 1) * (units + 1) + outputs * (units + 1) + DrawPlan::new(self).iterations() + 1
    }

    /// Groups of four logits that a thread computes at once.
    pub(super) fn output_tile(self) -> usize {
        if self.dimensions.outputs() >= self.threads * self.tile { self.tile } else { 1 }
    }
}

/// How a workgroup's threads share the draws of its rows: `threads` of them a row, `share` ids a thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct DrawPlan {
    pub(super) rows: usize,
    pub(super) threads: usize,
    pub(super) share: usize,
    pub(super) vocab: usize,
    /// Numbers of a row's scratch, whose second half takes what is kept.
    pub(super) scratch: usize,
    pub(super) draws: Draws,
}

impl DrawPlan {
    pub(super) fn new(plan: Plan) -> Self {
        let threads = (plan.threads / plan.rows).clamp(1, MAX_DRAWING);
        Self {
            rows: plan.rows,
            threads,
            share: plan.dimensions.vocab.div_ceil(threads),
            vocab: plan.dimensions.vocab,
            scratch: plan.dimensions.scratch(),
            draws: plan.draws,
        }
    }

    /// Iterations of a thread's loops in a draw, at most.
    fn iterations(self) -> usize {
        let ranking = if self.draws.filtered { self.share * (self.vocab + 2) + self.threads } else { 0 };
        let softening = if self.draws.softened { self.share + self.threads } else { 0 };
        3 * self.share + 2 * self.threads + softening + ranking
    }
}
