//! Forward in the lanes of a plane.

use burn::cubecl::{self, prelude::*};

use super::{
    super::{
        gates::Gates,
        pass::{ForwardTensors, Steps},
    },
    plane::{Four, Tile, add_block, row},
};

/// Characters `[time, batch]`, and the rows `[characters, 4·units]` that they stand for.
#[derive(CubeType, CubeLaunch)]
pub(in crate::network::cube) struct Table {
    ids: Box<[i32]>,
    rows: Box<[f32]>,
}

/// Forward through some steps, with weights as [`super::pack_forward`] leaves them. The hidden state before the first step
/// waits in the place of the last cell, at the end of the output. The input's part is what is in the gates' place already
/// or, if there is a `table`, the rows that its characters stand for.
#[cube(launch_unchecked)]
pub(in crate::network::cube) fn forward_pass(
    weights: &[Four],
    tensors: &mut ForwardTensors,
    table: &ComptimeOption<Table>,
    steps: Steps,
    #[comptime] tile: Tile,
) {
    let units = comptime!(tile.units);
    let rows = comptime!(tile.rows);
    let lanes = comptime!(tile.lanes);
    let padded = comptime!(tile.padded());
    let time = steps.time;
    let batch = steps.batch;
    let lane = UNIT_POS as usize;
    let all = batch * units;
    let first = CUBE_POS_X as usize * rows;
    let own_rows = usize::min(rows, batch - first);

    if steps.from == 0 {
        for r in 0..own_rows {
            let mut unit = lane;
            while unit < units {
                let own = (first + r) * units + unit;
                tensors.output[time * all + own] = tensors.hidden_before[own];
                tensors.cells[own] = tensors.cell_before[own];
                unit += lanes;
            }
        }
    }
    for step in steps.from..steps.to {
        let before = if step == 0 { time * all } else { (step - 1) * all };
        for group in 0..comptime!(padded / lanes) {
            let owned = group * lanes + lane;
            let unit = usize::min(owned, units - 1);
            let mut sums = Array::<Four>::new(rows);
            #[unroll]
            for r in 0..rows {
                let place = step * batch + row(r, batch, tile);
                #[comptime]
                match table {
                    ComptimeOption::Some(table) => {
                        sums[r] =
                            load_gates(&table.rows, table.ids[place] as usize * 4 * units + unit, units);
                    }
                    ComptimeOption::None => {
                        sums[r] = load_gates(&tensors.gates, place * 4 * units + unit, units);
                    }
                }
            }
            for block in 0..comptime!(padded / lanes) {
                let mut part = Array::<Four>::new(lanes);
                #[unroll]
                for k in 0..lanes {
                    part[k] = weights[(block * lanes + k) * padded + owned];
                }
                let k = usize::min(block * lanes + lane, units - 1);
                #[unroll]
                for r in 0..rows {
                    let own = tensors.output[before + row(r, batch, tile) * units + k];
                    add_block(&mut sums, own, &part, r, lanes);
                }
            }
            if comptime!(padded == units) || owned < units {
                #[unroll]
                for r in 0..rows {
                    let gates = Gates::from_sums(
                        sums[r].extract(0usize),
                        sums[r].extract(1usize),
                        sums[r].extract(2usize),
                        sums[r].extract(3usize),
                    );
                    tensors.advance(gates, step * batch + row(r, batch, tile), unit, all, units);
                }
            }
        }
    }
    if steps.to == time {
        for r in 0..own_rows {
            let mut unit = lane;
            while unit < units {
                let own = time * all + (first + r) * units + unit;
                tensors.output[own] = tensors.cells[own];
                unit += lanes;
            }
        }
    }
}

/// The sums at `at` and `units`, `2·units` and `3·units` behind it.
#[cube]
fn load_gates(sums: &[f32], at: usize, #[comptime] units: usize) -> Four {
    let mut gates = Four::new(0.0);
    #[unroll]
    for gate in 0..4usize {
        gates.insert(gate, sums[at + gate * units]);
    }
    gates
}
