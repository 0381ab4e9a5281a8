//! Forward with the state in workgroup memory.

use burn::cubecl::{self, prelude::*};

use super::{
    super::{
        gates::Gates,
        pass::{ForwardTensors, Steps},
    },
    memory::{BLOCK, Tile, share},
};

/// Adds what unit `k` of the step before gives to the four gates of `unit`.
#[cube]
fn add_gates(
    sums: &mut Array<f32>,
    state: &Shared<[f32]>,
    recurrent: &[f32],
    k: usize,
    unit: usize,
    #[comptime] tile: Tile,
) {
    let rows = comptime!(tile.rows);
    #[unroll]
    for gate in 0..4usize {
        let weight = recurrent[(k * 4 + gate) * comptime!(tile.units) + unit];
        #[unroll]
        for r in 0..rows {
            sums[r * 4 + gate] += state[k * rows + r] * weight;
        }
    }
}

/// Forward through some steps, with the recurrent weights `[units, 4·units]`.
#[cube(launch_unchecked)]
pub(in crate::network::cube) fn forward_pass(
    recurrent: &[f32],
    tensors: &mut ForwardTensors,
    steps: Steps,
    #[comptime] tile: Tile,
) {
    let units = comptime!(tile.units);
    let rows = comptime!(tile.rows);
    let threads = comptime!(tile.threads);
    let batch = steps.batch;
    let mut state = Shared::<[f32]>::new_slice(units * rows);
    let first = CUBE_POS_X as usize * rows;
    let thread = UNIT_POS as usize;
    let last_row = batch - 1;
    let all = batch * units;

    if steps.from == 0 {
        share(&mut state, &tensors.hidden_before, 0, units, batch, tile);
        let mut unit = thread;
        while unit < units {
            #[unroll]
            for r in 0..rows {
                let own = usize::min(first + r, last_row) * units + unit;
                tensors.cells[own] = tensors.cell_before[own];
            }
            unit += threads;
        }
    } else {
        share(&mut state, &tensors.output, (steps.from - 1) * all, units, batch, tile);
    }
    sync_cube();

    for step in steps.from..steps.to {
        let mut unit = thread;
        while unit < units {
            let mut sums = Array::<f32>::new(4 * rows);
            #[unroll]
            for r in 0..rows {
                let at = (step * batch + usize::min(first + r, last_row)) * 4 * units + unit;
                #[unroll]
                for gate in 0..4usize {
                    sums[r * 4 + gate] = tensors.gates[at + gate * units];
                }
            }
            for block in 0..comptime!(units / BLOCK) {
                #[unroll]
                for k in 0..BLOCK {
                    add_gates(&mut sums, &state, recurrent, block * BLOCK + k, unit, tile);
                }
            }
            #[unroll]
            for k in comptime!(units / BLOCK * BLOCK)..units {
                add_gates(&mut sums, &state, recurrent, k, unit, tile);
            }
            #[unroll]
            for r in 0..rows {
                let row = first + r;
                if row < batch {
                    let gates =
                        Gates::from_sums(sums[r * 4], sums[r * 4 + 1], sums[r * 4 + 2], sums[r * 4 + 3]);
                    let cell = tensors.advance(gates, step * batch + row, unit, all, units);
                    if step == steps.time - 1 {
                        tensors.output[(step * batch + row) * units + unit + all] = cell;
                    }
                }
            }
            unit += threads;
        }
        sync_cube();
        share(&mut state, &tensors.output, step * all, units, batch, tile);
        sync_cube();
    }
}
