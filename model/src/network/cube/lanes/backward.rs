//! Backward in the lanes of a plane.

use burn::cubecl::{self, prelude::*};

use super::{
    super::pass::{BackwardTensors, Steps},
    plane::{Four, Tile, add_block, row},
};

/// Backward through some steps, the last one first, with weights as [`super::pack_backward`] leaves them. The output's
/// hidden states are those of the `last` steps; the gradient of the initial hidden state is computed if it is `tracked`.
#[cube(launch_unchecked)]
pub(in crate::network::cube) fn backward_pass(
    weights: &[Four],
    tensors: &mut BackwardTensors,
    steps: Steps,
    last: usize,
    #[comptime] tracked: bool,
    #[comptime] tile: Tile,
) {
    let units = comptime!(tile.units);
    let rows = comptime!(tile.rows);
    let lanes = comptime!(tile.lanes);
    let padded = comptime!(tile.padded());
    let groups = comptime!(tile.groups());
    let batch = steps.batch;
    let lane = UNIT_POS as usize;
    let all = batch * units;
    let first = CUBE_POS_X as usize * rows;
    let own_rows = usize::min(rows, batch - first);

    if steps.to == steps.time {
        for r in 0..own_rows {
            let mut unit = lane;
            while unit < units {
                let own = (first + r) * units + unit;
                tensors.d_hidden[own] = 0.0;
                tensors.d_cell[own] = tensors.gradient[last * all + own];
                unit += lanes;
            }
        }
    }
    for back in 0..steps.to - steps.from {
        let step = steps.to - 1 - back;
        for r in 0..own_rows {
            let mut unit = lane;
            while unit < units {
                tensors.step_back(step, first + r, unit, steps, last, units);
                unit += lanes;
            }
        }
        // Before the first step is the state, whose gradient not everybody asks for.
        let products = if comptime!(tracked) || step > 0 { groups } else { 0usize.runtime() };
        for group in 0..products {
            let mut sums = Array::<Four>::new(rows);
            #[unroll]
            for r in 0..rows {
                sums[r] = Four::new(0.0);
            }
            for gate in 0..4usize {
                for block in 0..comptime!(padded / lanes) {
                    let mut part = Array::<Four>::new(lanes);
                    #[unroll]
                    for k in 0..lanes {
                        let from = gate * padded + block * lanes + k;
                        part[k] = weights[(from * groups + group) * lanes + lane];
                    }
                    let unit = usize::min(block * lanes + lane, units - 1);
                    #[unroll]
                    for r in 0..rows {
                        let at = (step * batch + row(r, batch, tile)) * 4 * units + gate * units + unit;
                        add_block(&mut sums, tensors.gates[at], &part, r, lanes);
                    }
                }
            }
            #[unroll]
            for part in 0..4usize {
                let unit = (group * 4 + part) * lanes + lane;
                if comptime!(groups * 4 * lanes == units) || unit < units {
                    #[unroll]
                    for r in 0..rows {
                        tensors.d_hidden[row(r, batch, tile) * units + unit] = sums[r].extract(part);
                    }
                }
            }
        }
    }
}
