//! Backward with the gradients of a gate's sums in workgroup memory.

use burn::cubecl::{self, prelude::*};

use super::{
    super::pass::{BackwardTensors, Steps},
    memory::{Tile, nth_unit, of_rows, share},
};

/// Adds what the gradient of unit `k`'s gate, row `from` of `transposed`, gives to `unit`, and to those computed with it.
#[cube]
fn add_gradients(
    found: &mut Array<f32>,
    sums: &Shared<[f32]>,
    transposed: &[f32],
    from: usize,
    k: usize,
    unit: usize,
    #[comptime] tile: Tile,
) {
    let rows = comptime!(tile.rows);
    let behind = of_rows(sums, k, tile);
    #[unroll]
    for number in 0..comptime!(tile.back_span) {
        let weight = transposed
            [(from + k) * comptime!(tile.units) + nth_unit(unit, number, comptime!(tile.back_span), tile)];
        #[unroll]
        for r in 0..rows {
            found[number * rows + r] += weight * behind[r];
        }
    }
}

/// Backward through some steps, the last one first, with the recurrent weights `transposed`, `[4·units, units]`. The
/// output's hidden states are those of the `last` steps.
#[cube(launch_unchecked)]
pub(in crate::network::cube) fn backward_pass(
    transposed: &[f32],
    tensors: &mut BackwardTensors,
    steps: Steps,
    last: usize,
    #[comptime] tile: Tile,
) {
    let units = comptime!(tile.units);
    let rows = comptime!(tile.rows);
    let threads = comptime!(tile.threads);
    let span = comptime!(tile.back_span);
    let batch = steps.batch;
    let mut sums = Shared::<[f32]>::new_slice(units * rows);
    let first = CUBE_POS_X as usize * rows;
    let thread = UNIT_POS as usize;

    if steps.to == steps.time {
        let mut unit = thread;
        while unit < units {
            #[unroll]
            for r in 0..rows {
                let row = first + r;
                if row < batch {
                    tensors.d_hidden[row * units + unit] = 0.0;
                    tensors.d_cell[row * units + unit] =
                        tensors.gradient[(last * batch + row) * units + unit];
                }
            }
            unit += threads;
        }
    }

    for back in 0..steps.to - steps.from {
        let step = steps.to - 1 - back;
        let mut unit = thread;
        while unit < units {
            #[unroll]
            for r in 0..rows {
                let row = first + r;
                if row < batch {
                    tensors.step_back(step, row, unit, steps, last, units);
                    tensors.d_hidden[row * units + unit] = 0.0;
                }
            }
            unit += threads;
        }
        // One gate after another: all four at once would not fit the workgroup's memory.
        for gate in 0..4usize {
            sync_cube();
            let start = (step * batch * 4 + gate) * units;
            share(&mut sums, &tensors.gates, start, 4 * units, batch, tile);
            sync_cube();
            let mut unit = thread;
            while unit < units {
                let mut found = Array::<f32>::new(comptime!(rows * span));
                #[unroll]
                for n in 0..comptime!(rows * span) {
                    found[n] = 0.0;
                }
                for block in 0..comptime!(units / tile.block) {
                    #[unroll]
                    for k in 0..comptime!(tile.block) {
                        let k = block * comptime!(tile.block) + k;
                        add_gradients(&mut found, &sums, transposed, gate * units, k, unit, tile);
                    }
                }
                #[unroll]
                for k in comptime!(units / tile.block * tile.block)..units {
                    add_gradients(&mut found, &sums, transposed, gate * units, k, unit, tile);
                }
                #[unroll]
                for number in 0..span {
                    let own = unit + number * threads;
                    #[unroll]
                    for r in 0..rows {
                        let row = first + r;
                        if row < batch && own < units {
                            tensors.d_hidden[row * units + own] += found[number * rows + r];
                        }
                    }
                }
                unit += comptime!(threads * span);
            }
        }
    }
}
