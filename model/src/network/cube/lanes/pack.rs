//! The recurrent weights in the order in which a plane's lanes read them.

use burn::cubecl::{self, prelude::*};

use super::{
    super::tensors::{Tensor, argument, empty_like},
    plane::Tile,
};

/// Threads of a workgroup; each makes one number.
const THREADS: usize = 64;

/// The recurrent weights `[units, 4·units]` as [`super::forward_pass()`] reads them.
pub(in crate::network::cube) fn packed_forward(recurrent: &Tensor, tile: Tile) -> Tensor {
    let padded = tile.padded();
    let packed = empty_like(recurrent, [padded, padded, 4]);
    let cubes = CubeCount::new_1d((4 * padded * padded).div_ceil(THREADS) as u32);
    let [from, to] = [recurrent, &packed].map(argument);
    // SAFETY: Every index lies within the shapes.
    unsafe {
        let dim = CubeDim::new_1d(THREADS as u32);
        pack_forward::launch_unchecked(&recurrent.client, cubes, dim, from, to, tile);
    }
    packed
}

/// The recurrent weights `[units, 4·units]` as [`super::backward_pass()`] reads them.
pub(in crate::network::cube) fn packed_backward(recurrent: &Tensor, tile: Tile) -> Tensor {
    let (padded, groups) = (tile.padded(), tile.groups());
    let packed = empty_like(recurrent, [4 * padded, groups, tile.lanes, 4]);
    let cubes = CubeCount::new_1d((4 * padded * groups * tile.lanes * 4).div_ceil(THREADS) as u32);
    let [from, to] = [recurrent, &packed].map(argument);
    // SAFETY: Every index lies within the shapes.
    unsafe {
        let dim = CubeDim::new_1d(THREADS as u32);
        pack_backward::launch_unchecked(&recurrent.client, cubes, dim, from, to, tile);
    }
    packed
}

/// `[units, units]` of the four gates', zeros up to a multiple of the lanes.
#[cube(launch_unchecked)]
fn pack_forward(recurrent: &[f32], packed: &mut [f32], #[comptime] tile: Tile) {
    let units = comptime!(tile.units);
    let padded = comptime!(tile.padded());
    let at = ABSOLUTE_POS;
    if at < comptime!(4 * padded * padded) {
        let gate = at % 4;
        let unit = at / 4 % padded;
        let k = at / comptime!(4 * padded);
        let from = usize::min(k, units - 1) * 4 * units + gate * units + usize::min(unit, units - 1);
        packed[at] = if k < units && unit < units { recurrent[from] } else { 0.0f32 };
    }
}

/// `[4, units, units / 4·lanes, lanes]` of four units, `lanes` apart, zeros up to a multiple of the lanes.
#[cube(launch_unchecked)]
fn pack_backward(recurrent: &[f32], packed: &mut [f32], #[comptime] tile: Tile) {
    let units = comptime!(tile.units);
    let lanes = comptime!(tile.lanes);
    let padded = comptime!(tile.padded());
    let groups = comptime!(tile.groups());
    let at = ABSOLUTE_POS;
    if at < comptime!(4 * padded * groups * lanes * 4) {
        let part = at % 4;
        let lane = at / 4 % lanes;
        let group = at / comptime!(4 * lanes) % groups;
        let from = at / comptime!(4 * lanes * groups) % padded;
        let gate = at / comptime!(4 * lanes * groups * padded);
        let unit = (group * 4 + part) * lanes + lane;
        let place = usize::min(unit, units - 1) * 4 * units + gate * units + usize::min(from, units - 1);
        packed[at] = if unit < units && from < units { recurrent[place] } else { 0.0f32 };
    }
}
