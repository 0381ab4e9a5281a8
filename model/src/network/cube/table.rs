//! Reading rows of a table, and the way back: the table's gradient. For Vulkan in software there is a kernel for that, since
//! burn's own finds every number's place anew.

use burn::{
    backend::{
        TensorMetadata,
        ops::{FloatTensorOps, IntTensorOps},
        tensor::IntTensor,
    },
    cubecl::{self, prelude::*},
    tensor::{DType, IndexingUpdateOp, Shape},
};
use burn_cubecl::{CubeBackend, kernel::into_contiguous};

use super::{
    super::ops::Read,
    lanes::Four,
    plan::{Kernels, Plan},
    tensors::{Tensor, empty_like},
};

/// Columns, in fours, that a lane adds up at once.
const PARTS: usize = 2;

/// `table` `[characters, width]` gets the sums of the `rows` `[count, width]` that `ids` gave its characters; columns are
/// counted in fours. A lane owns some: nobody else writes them. (A workgroup a character would skip the other
/// characters' rows; but this driver skips nothing, it computes and throws away.)
#[cube(launch_unchecked)]
fn sum_rows(
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

/// The gradient of the table that was [`Read`], from that of its rows, `[time, batch, 4·units]`.
pub(super) fn gradient(read: Read<CubeBackend>, rows: Tensor) -> Tensor {
    let [time, batch, gates] = rows.shape().dims();
    let plan = Plan::new(&rows);
    let count = time * batch;
    let characters = read.characters;
    let may_iterate = plan.may_iterate(count + characters);
    let (Kernels::Lanes(tile), DType::I32, true) = (plan.kernels, read.ids.dtype, may_iterate) else {
        return add_rows(read, rows);
    };
    let table = empty_like(&rows, [characters, gates]);
    let width = gates / 4;
    // SAFETY: Every index lies within the shapes.
    unsafe {
        sum_rows::launch_unchecked(
            &table.client,
            CubeCount::new_1d(width.div_ceil(PARTS * tile.lanes) as u32),
            plan.dim(),
            into_contiguous(read.ids).into_buffer_arg(),
            into_contiguous(rows).into_buffer_arg(),
            table.clone().into_buffer_arg(),
            count,
            characters,
            width,
            tile.lanes,
        );
    }
    table
}

/// The rows of a `table` `[characters, 4·units]` that `ids` `[time, batch]` name, `[time, batch, 4·units]`, by burn's own
/// operations.
pub(super) fn select_rows(ids: IntTensor<CubeBackend>, table: Tensor) -> Tensor {
    let [time, batch] = ids.shape().dims();
    let [_, gates] = table.shape().dims();
    let ids = CubeBackend::int_reshape(ids, Shape::new([time * batch]));
    CubeBackend::float_reshape(CubeBackend::float_select(table, 0, ids), Shape::new([time, batch, gates]))
}

/// [`gradient`] by burn's own operations.
fn add_rows(read: Read<CubeBackend>, rows: Tensor) -> Tensor {
    let Read { ids, characters } = read;
    let [time, batch, gates] = rows.shape().dims();
    let zeros =
        CubeBackend::float_zeros(Shape::new([characters, gates]), &rows.device(), rows.dtype().into());
    let ids = CubeBackend::int_reshape(ids, Shape::new([time * batch]));
    let rows = CubeBackend::float_reshape(rows, Shape::new([time * batch, gates]));
    CubeBackend::float_select_assign(zeros, 0, ids, rows, IndexingUpdateOp::Add)
}
