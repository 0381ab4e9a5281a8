//! How a workgroup is spread over rows and units, and what lies in its memory.

use burn::cubecl::{self, prelude::*};

/// What a workgroup's kernels are compiled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::network::cube) struct Tile {
    /// Hidden units.
    pub(in crate::network::cube) units: usize,
    /// Rows of a workgroup.
    pub(in crate::network::cube) rows: usize,
    /// Threads of a workgroup.
    pub(in crate::network::cube) threads: usize,
    /// Units, `threads` apart, that a thread computes at once: they share what is loaded of the rows.
    pub(in crate::network::cube) span: usize,
    /// The same on the way back, where there is one gate at a time.
    pub(in crate::network::cube) back_span: usize,
    /// Steps of a product that stand in a loop's body.
    pub(in crate::network::cube) block: usize,
}

impl Tile {
    /// Rounds of a thread, until all units are computed.
    pub(in crate::network::cube) fn rounds(self) -> usize {
        self.units.div_ceil(self.threads * self.span)
    }
}

/// Of the `span` units that a thread computes at once the `number`-th, if `unit` is the first; the last one of all, if
/// there are no more.
#[cube]
pub(super) fn nth_unit(
    unit: usize,
    #[comptime] number: usize,
    #[comptime] span: usize,
    #[comptime] tile: Tile,
) -> usize {
    let own = unit + comptime!(number * tile.threads);
    if comptime!(tile.units.is_multiple_of(tile.threads * span)) {
        own
    } else {
        usize::min(own, comptime!(tile.units - 1))
    }
}

/// What unit `k` has in every row of workgroup memory.
#[cube]
pub(super) fn of_rows(memory: &Shared<[f32]>, k: usize, #[comptime] tile: Tile) -> Array<f32> {
    let rows = comptime!(tile.rows);
    let mut values = Array::<f32>::new(rows);
    #[unroll]
    for r in 0..rows {
        values[r] = memory[k * rows + r];
    }
    values
}

/// Puts one number a unit and row into workgroup memory, `[units, rows]`: of `source`, from `start` on, with `stride`
/// numbers from one row to the next. Rows behind the last repeat it; what they compute is not written.
#[cube]
pub(super) fn share(
    memory: &mut Shared<[f32]>,
    source: &[f32],
    start: usize,
    stride: usize,
    batch: usize,
    #[comptime] tile: Tile,
) {
    let units = comptime!(tile.units);
    let rows = comptime!(tile.rows);
    let first = CUBE_POS_X as usize * rows;
    let mut unit = UNIT_POS as usize;
    while unit < units {
        #[unroll]
        for r in 0..rows {
            memory[unit * rows + r] = source[start + usize::min(first + r, batch - 1) * stride + unit];
        }
        unit += comptime!(tile.threads);
    }
}
