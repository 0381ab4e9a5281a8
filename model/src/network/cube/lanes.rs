//! The LSTM's loop where the lanes of a plane hand numbers to each other: on Vulkan in software.
//!
//! There arithmetic is nearly free and a load from memory, storage or workgroup, is dear: the driver goes through the
//! lanes one by one. So a workgroup is one plane, which needs no barriers; a lane loads for all others and hands its
//! number on; and a plane owns as many rows as its sums have room for, because every row uses the same weights.
//! Lane `l` owns the units `l`, `l + lanes`, …: what it loads of a row it has written itself.

use burn::cubecl::{self, prelude::*};

use super::gates::{sigmoid, tanh};

/// What one load brings.
pub(super) type Four = Vector<f32, Const<4>>;

/// Of a tile's rows the `number`-th, the last row of the batch where there are no more: its numbers are computed and
/// written again.
#[cube]
fn row(number: usize, batch: usize, #[comptime] rows: usize, #[comptime] whole: bool) -> usize {
    let row = CUBE_POS_X as usize * rows + number;
    if comptime!(whole) { row } else { usize::min(row, batch - 1) }
}

/// `sums` gets, for every row, what the plane's lanes hold of it, times `weights`.
#[cube]
fn add_block(
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

/// Recurrent weights `[units, 4·units]` for [`forward`]: `[units, units]` of the four gates', zeros up to `padded`.
#[cube(launch_unchecked)]
pub(super) fn pack_forward(
    recurrent: &[f32],
    packed: &mut [f32],
    #[comptime] units: usize,
    #[comptime] padded: usize,
) {
    let at = ABSOLUTE_POS;
    if at < comptime!(4 * padded * padded) {
        let gate = at % 4;
        let unit = at / 4 % padded;
        let k = at / comptime!(4 * padded);
        let from = usize::min(k, units - 1) * 4 * units + gate * units + usize::min(unit, units - 1);
        packed[at] = if k < units && unit < units { recurrent[from] } else { 0.0f32 };
    }
}

/// Recurrent weights for [`backward`]: `[4, units, units / 4·lanes, lanes]` of four units, `lanes` apart, zeros up to
/// `padded`.
#[cube(launch_unchecked)]
pub(super) fn pack_backward(
    recurrent: &[f32],
    packed: &mut [f32],
    #[comptime] units: usize,
    #[comptime] padded: usize,
    #[comptime] groups: usize,
    #[comptime] lanes: usize,
) {
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

/// Forward, through the steps `from..to`. `cells` `[time + 1, batch, units]` begins with the state's cell. The hidden
/// state before the first step waits in the place of the last cell, at the end of `output`. The input's part is what is in
/// `gates` already or, where it `reads`, the rows of `table` that `ids` name.
#[cube(launch_unchecked)]
pub(super) fn forward(
    gates: &mut [f32],
    weights: &[Four],
    hidden_before: &[f32],
    cell_before: &[f32],
    output: &mut [f32],
    cells: &mut [f32],
    ids: &[i32],
    table: &[f32],
    time: usize,
    from: usize,
    to: usize,
    batch: usize,
    #[comptime] units: usize,
    #[comptime] rows: usize,
    #[comptime] lanes: usize,
    #[comptime] whole: bool,
    #[comptime] reads: bool,
) {
    let padded = comptime!(units.div_ceil(lanes) * lanes);
    let lane = UNIT_POS as usize;
    let all = batch * units;
    let first = CUBE_POS_X as usize * rows;
    let mine = usize::min(rows, batch - first);

    if from == 0 {
        for r in 0..mine {
            let mut unit = lane;
            while unit < units {
                let own = (first + r) * units + unit;
                output[time * all + own] = hidden_before[own];
                cells[own] = cell_before[own];
                unit += lanes;
            }
        }
    }
    for step in from..to {
        let before = if step == 0 { time * all } else { (step - 1) * all };
        for group in 0..comptime!(padded / lanes) {
            let owned = group * lanes + lane;
            let unit = usize::min(owned, units - 1);
            let mut sums = Array::<Four>::new(rows);
            #[unroll]
            for r in 0..rows {
                let place = step * batch + row(r, batch, rows, whole);
                let mut sum = Four::new(0.0);
                if comptime!(reads) {
                    let at = ids[place] as usize * 4 * units + unit;
                    #[unroll]
                    for gate in 0..4usize {
                        sum.insert(gate, table[at + gate * units]);
                    }
                } else {
                    #[unroll]
                    for gate in 0..4usize {
                        sum.insert(gate, gates[(place * 4 + gate) * units + unit]);
                    }
                }
                sums[r] = sum;
            }
            for block in 0..comptime!(padded / lanes) {
                let mut tile = Array::<Four>::new(lanes);
                #[unroll]
                for k in 0..lanes {
                    tile[k] = weights[(block * lanes + k) * padded + owned];
                }
                let k = usize::min(block * lanes + lane, units - 1);
                #[unroll]
                for r in 0..rows {
                    let own = output[before + row(r, batch, rows, whole) * units + k];
                    add_block(&mut sums, own, &tile, r, lanes);
                }
            }
            if comptime!(padded == units) || owned < units {
                #[unroll]
                for r in 0..rows {
                    let row = row(r, batch, rows, whole);
                    let place = (step * batch + row) * units + unit;
                    let at = (step * batch + row) * 4 * units + unit;
                    let input = sigmoid(sums[r].extract(0usize));
                    let forget = sigmoid(sums[r].extract(1usize));
                    let candidate = tanh(sums[r].extract(2usize));
                    let exit = sigmoid(sums[r].extract(3usize));
                    let cell = forget * cells[place] + input * candidate;
                    gates[at] = input;
                    gates[at + units] = forget;
                    gates[at + 2 * units] = candidate;
                    gates[at + 3 * units] = exit;
                    cells[place + all] = cell;
                    output[place] = exit * tanh(cell);
                }
            }
        }
    }
    if to == time {
        for r in 0..mine {
            let mut unit = lane;
            while unit < units {
                let own = time * all + (first + r) * units + unit;
                output[own] = cells[own];
                unit += lanes;
            }
        }
    }
}

/// Backward, through the steps `from..to`, the last one first. As [`super::workgroup::backward`] otherwise.
#[cube(launch_unchecked)]
pub(super) fn backward(
    gates: &mut [f32],
    weights: &[Four],
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
    #[comptime] lanes: usize,
    #[comptime] whole: bool,
    #[comptime] tracked: bool,
) {
    let padded = comptime!(units.div_ceil(lanes) * lanes);
    let groups = comptime!(units.div_ceil(4 * lanes));
    let lane = UNIT_POS as usize;
    let all = batch * units;
    let first = CUBE_POS_X as usize * rows;
    let mine = usize::min(rows, batch - first);

    if to == time {
        for r in 0..mine {
            let mut unit = lane;
            while unit < units {
                let own = (first + r) * units + unit;
                d_hidden[own] = 0.0;
                d_cell[own] = gradient[last * all + own];
                unit += lanes;
            }
        }
    }
    for back in 0..to - from {
        let step = to - 1 - back;
        for r in 0..mine {
            let mut unit = lane;
            while unit < units {
                let own = (first + r) * units + unit;
                let place = step * all + own;
                let at = (step * batch + first + r) * 4 * units + unit;
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
                    let mut tile = Array::<Four>::new(lanes);
                    #[unroll]
                    for k in 0..lanes {
                        let from = gate * padded + block * lanes + k;
                        tile[k] = weights[(from * groups + group) * lanes + lane];
                    }
                    let unit = usize::min(block * lanes + lane, units - 1);
                    #[unroll]
                    for r in 0..rows {
                        let at =
                            (step * batch + row(r, batch, rows, whole)) * 4 * units + gate * units + unit;
                        add_block(&mut sums, gates[at], &tile, r, lanes);
                    }
                }
            }
            #[unroll]
            for part in 0..4usize {
                let unit = (group * 4 + part) * lanes + lane;
                if comptime!(groups * 4 * lanes == units) || unit < units {
                    #[unroll]
                    for r in 0..rows {
                        d_hidden[row(r, batch, rows, whole) * units + unit] = sums[r].extract(part);
                    }
                }
            }
        }
    }
}
