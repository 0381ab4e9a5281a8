//! The recurrent weights' gradient where the lanes of a plane hand numbers to each other, as in [`super::lanes`].

use burn::cubecl::{self, prelude::*};

use super::lanes::Four;

/// Rows of a tile, in fours.
pub(super) const ROWS: usize = 8;

/// `result` `[rows, columns]` is the transpose of `left` `[depth, rows]`, times `right` `[depth, columns]`. Rows and
/// columns are counted in fours; a workgroup makes a tile of [`ROWS`] by one column a lane.
#[cube(launch_unchecked)]
pub(super) fn transposed_product(
    left: &[Four],
    right: &[Four],
    result: &mut [Four],
    depth: usize,
    #[comptime] rows: usize,
    #[comptime] columns: usize,
    #[comptime] lanes: usize,
) {
    let lane = UNIT_POS as usize;
    let top = CUBE_POS_X as usize * ROWS;
    let own = CUBE_POS_Y as usize * lanes + lane;
    let column = usize::min(own, columns - 1);
    let mut sums = Array::<Four>::new(comptime!(4 * ROWS));
    #[unroll]
    for r in 0..comptime!(4 * ROWS) {
        sums[r] = Four::new(0.0);
    }
    for block in 0..depth.div_ceil(lanes) {
        let mut tile = Array::<Four>::new(lanes);
        #[unroll]
        for k in 0..lanes {
            tile[k] = right[usize::min(block * lanes + k, depth - 1) * columns + column];
        }
        let k = block * lanes + lane;
        let at = usize::min(k, depth - 1) * rows;
        // Beyond the end the last one again, but zero.
        let scale = Four::new(if k < depth { 1.0f32 } else { 0.0f32 });
        #[unroll]
        for four in 0..ROWS {
            let part = left[at + usize::min(top + four, rows - 1)] * scale;
            #[unroll]
            for r in 0..4usize {
                #[unroll]
                for k in 0..lanes {
                    sums[four * 4 + r] += Four::new(plane_shuffle(part.extract(r), k as u32)) * tile[k];
                }
            }
        }
    }
    if own < columns {
        #[unroll]
        for r in 0..comptime!(4 * ROWS) {
            let row = top * 4 + r;
            if row < comptime!(4 * rows) {
                result[row * columns + own] = sums[r];
            }
        }
    }
}
