//! The LSTM's loop with the state in workgroup memory: on GPUs.
//!
//! A workgroup owns a few rows of the batch, a thread every `threads`-th unit. What all threads read of the step
//! before lies in workgroup memory. All fits WebGPU's default limits: 256 threads, 16 KB of workgroup memory, 8
//! buffers.

use burn::cubecl::{self, prelude::*};

use super::gates::{sigmoid, tanh};

/// Weights to load before they are used.
const BLOCK: usize = 4;

/// Puts one number a unit and row into workgroup memory, `[units, rows]`: of `source`, from `start` on, with `stride`
/// numbers from one row to the next. Rows behind the last repeat it; what they compute is not written.
#[cube]
fn share(
    memory: &mut Shared<[f32]>,
    source: &[f32],
    start: usize,
    stride: usize,
    batch: usize,
    #[comptime] units: usize,
    #[comptime] rows: usize,
    #[comptime] threads: usize,
) {
    let first = CUBE_POS_X as usize * rows;
    let mut unit = UNIT_POS as usize;
    while unit < units {
        #[unroll]
        for r in 0..rows {
            memory[unit * rows + r] = source[start + usize::min(first + r, batch - 1) * stride + unit];
        }
        unit += threads;
    }
}

/// Adds what unit `k` of the step before gives to the four gates of `unit`.
#[cube]
fn add_gates(
    sums: &mut Array<f32>,
    state: &Shared<[f32]>,
    recurrent: &[f32],
    k: usize,
    unit: usize,
    #[comptime] units: usize,
    #[comptime] rows: usize,
) {
    #[unroll]
    for gate in 0..4usize {
        let weight = recurrent[(k * 4 + gate) * units + unit];
        #[unroll]
        for r in 0..rows {
            sums[r * 4 + gate] += state[k * rows + r] * weight;
        }
    }
}

/// Adds what the gradient of unit `k`'s gate, row `from` of `transposed`, gives to `unit`.
#[cube]
fn add_gradients(
    found: &mut Array<f32>,
    sums: &Shared<[f32]>,
    transposed: &[f32],
    from: usize,
    k: usize,
    unit: usize,
    #[comptime] units: usize,
    #[comptime] rows: usize,
) {
    let weight = transposed[(from + k) * units + unit];
    #[unroll]
    for r in 0..rows {
        found[r] += weight * sums[k * rows + r];
    }
}

/// Forward, through the steps `from..to`: `gates` `[time, batch, 4·units]` comes with the input's part of the sums and
/// leaves with the gates' values. `cells` `[time + 1, batch, units]` begins with the state's cell.
#[cube(launch_unchecked)]
pub(super) fn forward(
    gates: &mut [f32],
    recurrent: &[f32],
    hidden_before: &[f32],
    cell_before: &[f32],
    output: &mut [f32],
    cells: &mut [f32],
    time: usize,
    from: usize,
    to: usize,
    batch: usize,
    #[comptime] units: usize,
    #[comptime] rows: usize,
    #[comptime] threads: usize,
) {
    let mut state = Shared::<[f32]>::new_slice(units * rows);
    let first = CUBE_POS_X as usize * rows;
    let thread = UNIT_POS as usize;
    let last = batch - 1;
    let all = batch * units;

    if from == 0 {
        share(&mut state, hidden_before, 0, units, batch, units, rows, threads);
        let mut unit = thread;
        while unit < units {
            #[unroll]
            for r in 0..rows {
                let own = usize::min(first + r, last) * units + unit;
                cells[own] = cell_before[own];
            }
            unit += threads;
        }
    } else {
        share(&mut state, &*output, (from - 1) * all, units, batch, units, rows, threads);
    }
    sync_cube();

    for step in from..to {
        let mut unit = thread;
        while unit < units {
            let mut sums = Array::<f32>::new(4 * rows);
            #[unroll]
            for r in 0..rows {
                let at = (step * batch + usize::min(first + r, last)) * 4 * units + unit;
                #[unroll]
                for gate in 0..4usize {
                    sums[r * 4 + gate] = gates[at + gate * units];
                }
            }
            for block in 0..comptime!(units / BLOCK) {
                #[unroll]
                for k in 0..BLOCK {
                    add_gates(&mut sums, &state, recurrent, block * BLOCK + k, unit, units, rows);
                }
            }
            #[unroll]
            for k in comptime!(units / BLOCK * BLOCK)..units {
                add_gates(&mut sums, &state, recurrent, k, unit, units, rows);
            }
            #[unroll]
            for r in 0..rows {
                let row = first + r;
                if row < batch {
                    let place = (step * batch + row) * units + unit;
                    let input = sigmoid(sums[r * 4]);
                    let forget = sigmoid(sums[r * 4 + 1]);
                    let candidate = tanh(sums[r * 4 + 2]);
                    let exit = sigmoid(sums[r * 4 + 3]);
                    let cell = forget * cells[place] + input * candidate;
                    let at = (step * batch + row) * 4 * units + unit;
                    gates[at] = input;
                    gates[at + units] = forget;
                    gates[at + 2 * units] = candidate;
                    gates[at + 3 * units] = exit;
                    cells[place + all] = cell;
                    output[place] = exit * tanh(cell);
                    if step == time - 1 {
                        output[place + all] = cell;
                    }
                }
            }
            unit += threads;
        }
        sync_cube();
        share(&mut state, &*output, step * all, units, batch, units, rows, threads);
        sync_cube();
    }
}

/// Backward, through the steps `from..to`, the last one first: `gates` comes with the gates' values and leaves with
/// the gradients of their sums; `transposed` `[4·units, units]` holds the recurrent weights; `gradient` is that of the
/// output, whose hidden states are those of the `last` steps. `d_hidden` and `d_cell` go from one call to the next.
#[cube(launch_unchecked)]
pub(super) fn backward(
    gates: &mut [f32],
    transposed: &[f32],
    cells: &[f32],
    gradient: &[f32],
    d_hidden: &mut [f32],
    d_cell: &mut [f32],
    time: usize,
    last: usize,
    from: usize,
    to: usize,
    batch: usize,
    #[comptime] units: usize,
    #[comptime] rows: usize,
    #[comptime] threads: usize,
) {
    let mut sums = Shared::<[f32]>::new_slice(units * rows);
    let first = CUBE_POS_X as usize * rows;
    let thread = UNIT_POS as usize;
    let all = batch * units;

    if to == time {
        let mut unit = thread;
        while unit < units {
            #[unroll]
            for r in 0..rows {
                let row = first + r;
                if row < batch {
                    d_hidden[row * units + unit] = 0.0;
                    d_cell[row * units + unit] = gradient[(last * batch + row) * units + unit];
                }
            }
            unit += threads;
        }
    }

    for back in 0..to - from {
        let step = to - 1 - back;
        let mut unit = thread;
        while unit < units {
            #[unroll]
            for r in 0..rows {
                let row = first + r;
                if row < batch {
                    let place = (step * batch + row) * units + unit;
                    let own = row * units + unit;
                    let at = (step * batch + row) * 4 * units + unit;
                    let input = gates[at];
                    let forget = gates[at + units];
                    let candidate = gates[at + 2 * units];
                    let exit = gates[at + 3 * units];
                    let tanh_cell = tanh(cells[place + all]);
                    let mut d_h = d_hidden[own];
                    if step + last >= time {
                        d_h += gradient[place + last * all - time * all];
                    }
                    let d_c = d_cell[own] + d_h * exit * (1.0 - tanh_cell * tanh_cell);
                    gates[at] = d_c * candidate * input * (1.0 - input);
                    gates[at + units] = d_c * cells[place] * forget * (1.0 - forget);
                    gates[at + 2 * units] = d_c * input * (1.0 - candidate * candidate);
                    gates[at + 3 * units] = d_h * tanh_cell * exit * (1.0 - exit);
                    d_cell[own] = d_c * forget;
                    d_hidden[own] = 0.0;
                }
            }
            unit += threads;
        }
        // One gate after another: all four at once would not fit the workgroup's memory.
        #[unroll]
        for gate in 0..4usize {
            sync_cube();
            let start = (step * batch * 4 + gate) * units;
            share(&mut sums, &*gates, start, 4 * units, batch, units, rows, threads);
            sync_cube();
            let mut unit = thread;
            while unit < units {
                let mut found = Array::<f32>::new(rows);
                #[unroll]
                for r in 0..rows {
                    found[r] = 0.0;
                }
                for block in 0..comptime!(units / BLOCK) {
                    #[unroll]
                    for k in 0..BLOCK {
                        let k = block * BLOCK + k;
                        add_gradients(&mut found, &sums, transposed, gate * units, k, unit, units, rows);
                    }
                }
                #[unroll]
                for k in comptime!(units / BLOCK * BLOCK)..units {
                    add_gradients(&mut found, &sums, transposed, gate * units, k, unit, units, rows);
                }
                #[unroll]
                for r in 0..rows {
                    let row = first + r;
                    if row < batch {
                        d_hidden[row * units + unit] += found[r];
                    }
                }
                unit += threads;
            }
        }
    }
}
