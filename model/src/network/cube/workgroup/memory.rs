//! How a workgroup is spread over rows and units, and what lies in its memory.

use burn::cubecl::{self, prelude::*};

/// Weights to load before they are used.
pub(super) const BLOCK: usize = 4;

/// What a workgroup's kernels are compiled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::network::cube) struct Tile {
    /// Hidden units.
    pub(in crate::network::cube) units: usize,
    /// Rows of a workgroup.
    pub(in crate::network::cube) rows: usize,
    /// Threads of a workgroup.
    pub(in crate::network::cube) threads: usize,
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
