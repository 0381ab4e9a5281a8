//! Rows of a table and their gradient, for Vulkan in software, where burn's own kernels take half as long as the LSTM's:
//! they find every number's place anew.

use burn::{
    backend::{
        TensorMetadata,
        tensor::{FloatTensor, IntTensor},
    },
    cubecl::{self, prelude::*},
    tensor::DType,
};
use burn_cubecl::{CubeBackend, kernel::into_contiguous};

use super::{
    empty_like,
    lanes::Four,
    plan::{Kernels, Plan},
};
use crate::network::ops;

/// Rows that a workgroup copies.
const ROWS: usize = 16;
/// Most workgroups of a dispatch, by WebGPU's limits.
const MOST_CUBES: u32 = 65_535;
/// Columns, in fours, that a lane adds up at once.
const PARTS: usize = 2;

/// `rows` `[count, width]` are those of `table` that `ids` name; columns are counted in fours.
#[cube(launch_unchecked)]
fn pick_rows(
    ids: &[i32],
    table: &[Four],
    rows: &mut [Four],
    count: usize,
    #[comptime] width: usize,
    #[comptime] lanes: usize,
) {
    let first = CUBE_POS_X as usize * ROWS;
    for at in first..usize::min(first + ROWS, count) {
        let from = ids[at] as usize * width;
        for block in 0..comptime!(width.div_ceil(lanes)) {
            let column = block * lanes + UNIT_POS as usize;
            if column < width {
                rows[at * width + column] = table[from + column];
            }
        }
    }
}

/// `table` `[characters, width]` gets the sums of the `rows` `[count, width]` that `ids` gave its characters; columns are
/// counted in fours. A lane owns some: nobody else writes them. (A workgroup a character would skip the other
/// characters' rows; but this driver skips nothing, it computes and throws away.)
#[cube(launch_unchecked)]
fn add_rows(
    ids: &[i32],
    rows: &[Four],
    table: &mut [Four],
    count: usize,
    characters: usize,
    #[comptime] width: usize,
    #[comptime] lanes: usize,
) {
    let first = CUBE_POS_X as usize * comptime!(PARTS * lanes) + UNIT_POS as usize;
    for character in 0..characters {
        #[unroll]
        for part in 0..PARTS {
            let column = first + part * lanes;
            if column < width {
                table[character * width + column] = Four::new(0.0);
            }
        }
    }
    for at in 0..count {
        let to = ids[at] as usize * width;
        #[unroll]
        for part in 0..PARTS {
            let column = first + part * lanes;
            if column < width {
                let sum = table[to + column] + rows[at * width + column];
                table[to + column] = sum;
            }
        }
    }
}

/// [`LstmKernels::pick`](ops::LstmKernels::pick).
pub(super) fn pick(
    ids: &IntTensor<CubeBackend>,
    table: FloatTensor<CubeBackend>,
) -> FloatTensor<CubeBackend> {
    let [time, batch] = ids.shape().dims();
    let [_, gates] = table.shape().dims();
    let plan = Plan::near(&table, [time, batch, gates / 4]);
    let count = time * batch;
    let cubes = count.div_ceil(ROWS) as u32;
    let (Kernels::Lanes { lanes }, DType::I32, 0..=MOST_CUBES) = (plan.kernels, ids.dtype, cubes) else {
        return ops::pick::<CubeBackend>(ids, table);
    };
    let rows = empty_like(&table, [time, batch, gates]);
    // SAFETY: Every index lies within the shapes; ids are characters of the table.
    unsafe {
        pick_rows::launch_unchecked(
            &rows.client,
            CubeCount::new_1d(cubes),
            plan.dim(),
            into_contiguous(ids.clone()).into_buffer_arg(),
            into_contiguous(table).into_buffer_arg(),
            rows.clone().into_buffer_arg(),
            count,
            gates / 4,
            lanes,
        );
    }
    rows
}

/// [`LstmKernels::add_up`](ops::LstmKernels::add_up).
pub(super) fn add_up(
    ids: &IntTensor<CubeBackend>,
    characters: usize,
    rows: FloatTensor<CubeBackend>,
) -> FloatTensor<CubeBackend> {
    let [time, batch, gates] = rows.shape().dims();
    let plan = Plan::new(&rows);
    let count = time * batch;
    let may_turn = plan.may_turn(count + characters);
    let (Kernels::Lanes { lanes }, DType::I32, true) = (plan.kernels, ids.dtype, may_turn) else {
        return ops::add_up::<CubeBackend>(ids, characters, rows);
    };
    let table = empty_like(&rows, [characters, gates]);
    let width = gates / 4;
    // SAFETY: Every index lies within the shapes.
    unsafe {
        add_rows::launch_unchecked(
            &table.client,
            CubeCount::new_1d(width.div_ceil(PARTS * lanes) as u32),
            plan.dim(),
            into_contiguous(ids.clone()).into_buffer_arg(),
            into_contiguous(rows).into_buffer_arg(),
            table.clone().into_buffer_arg(),
            count,
            characters,
            width,
            lanes,
        );
    }
    table
}
