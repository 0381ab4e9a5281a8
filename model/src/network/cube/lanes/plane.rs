//! How a plane is spread over rows and units, and how its lanes hand numbers to each other.

use burn::cubecl::{self, prelude::*};

/// What one load brings.
pub(in crate::network::cube) type Four = Vector<f32, Const<4>>;

/// What a plane's kernels are compiled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::network::cube) struct Tile {
    /// Hidden units.
    pub(in crate::network::cube) units: usize,
    /// Rows of a plane.
    pub(in crate::network::cube) rows: usize,
    /// Lanes of a plane.
    pub(in crate::network::cube) lanes: usize,
    /// Whether the batch is a multiple of the rows, so that none is missing.
    pub(in crate::network::cube) is_full: bool,
}

impl Tile {
    /// Units made a multiple of the lanes.
    pub(super) fn padded(self) -> usize {
        self.units.next_multiple_of(self.lanes)
    }

    /// Groups of four units a lane.
    pub(super) fn groups(self) -> usize {
        self.units.div_ceil(4 * self.lanes)
    }
}

/// Of a plane's rows the `number`-th, the last row of the batch if there are no more: its numbers are computed and
/// written again.
#[cube]
pub(super) fn row(number: usize, batch: usize, #[comptime] tile: Tile) -> usize {
    let row = CUBE_POS_X as usize * comptime!(tile.rows) + number;
    if comptime!(tile.is_full) { row } else { usize::min(row, batch - 1) }
}

/// `sums` gets, for every row, what the plane's lanes hold of it, times `weights`.
#[cube]
pub(super) fn add_block(
    sums: &mut Array<Four>,
    own: f32,
    weights: &Array<Four>,
    #[comptime] row: usize,
    #[comptime] lanes: usize,
) {
    #[unroll]
    for k in 0..lanes {
        sums[row] += Four::new(plane_shuffle(own, k as u32)) * weights[k];
    }
}
