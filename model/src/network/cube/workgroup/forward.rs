//! Forward with the state in workgroup memory.

use burn::cubecl::{self, prelude::*};

use super::{
    super::{
        gates::Gates,
        pass::{ForwardTensors, Steps},
    },
    memory::{Tile, nth_unit, of_rows, share},
};

/// Adds what unit `k` of the step before gives to the four gates of `unit`, and of those computed with it.
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
    let before = of_rows(state, k, tile);
    #[unroll]
    for number in 0..comptime!(tile.span) {
        let own = nth_unit(unit, number, comptime!(tile.span), tile);
        #[unroll]
        for gate in 0..4usize {
            let weight = recurrent[(k * 4 + gate) * comptime!(tile.units) + own];
            #[unroll]
            for r in 0..rows {
                sums[(number * rows + r) * 4 + gate] += before[r] * weight;
            }
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
    let span = comptime!(tile.span);
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
            let mut sums = Array::<f32>::new(comptime!(4 * rows * span));
            #[unroll]
            for number in 0..span {
                #[unroll]
                for r in 0..rows {
                    let at = (step * batch + usize::min(first + r, last_row)) * 4 * units
                        + nth_unit(unit, number, comptime!(tile.span), tile);
                    #[unroll]
                    for gate in 0..4usize {
                        sums[(number * rows + r) * 4 + gate] = tensors.gates[at + gate * units];
                    }
                }
            }
            for block in 0..comptime!(units / tile.block) {
                #[unroll]
                for k in 0..comptime!(tile.block) {
                    add_gates(&mut sums, &state, recurrent, block * comptime!(tile.block) + k, unit, tile);
                }
            }
            #[unroll]
            for k in comptime!(units / tile.block * tile.block)..units {
                add_gates(&mut sums, &state, recurrent, k, unit, tile);
            }
            #[unroll]
            for number in 0..span {
                let own = unit + number * threads;
                #[unroll]
                for r in 0..rows {
                    let row = first + r;
                    if row < batch && own < units {
                        let at = comptime!((number * rows + r) * 4);
                        let gates = Gates::from_sums(sums[at], sums[at + 1], sums[at + 2], sums[at + 3]);
                        let cell = tensors.advance(gates, step * batch + row, own, all, units);
                        if step == steps.time - 1 {
                            tensors.output[(step * batch + row) * units + own + all] = cell;
                        }
                    }
                }
            }
            unit += comptime!(threads * span);
        }
        sync_cube();
        share(&mut state, &tensors.output, step * all, units, batch, tile);
        sync_cube();
    }
}
