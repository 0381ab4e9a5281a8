//! The recurrent weights' gradient in software: where the lanes of a plane hand numbers to each other, as in
//! [`super::lanes`], and where they do not.

use burn::{
    backend::{TensorMetadata, ops::FloatTensorOps},
    cubecl::{self, prelude::*},
};
use burn_cubecl::{CubeBackend, kernel::into_contiguous};

use super::{
    super::matmul::{IN_USE, MatmulKernel},
    lanes::{Four, Tile},
    plan::{Kernels, Plan},
    tensors::{Tensor, empty_like},
};

/// Rows of a tile, in fours.
const ROWS: usize = 8;

/// The gradient of the recurrent weights `[units, 4·units]`, one large product: the hidden states that were `read`,
/// `[time·batch, units]`, transposed, times the gradients of the gates' `sums`, `[time·batch, 4·units]`.
pub(super) fn weights_gradient(read: Tensor, sums: Tensor, plan: Plan) -> Tensor {
    let depth = plan.time * plan.batch;
    if plan.is_software() && plan.units.is_multiple_of(4) {
        return tiled_product(read, sums, plan.dim());
    }
    let Some(tile) = fitting_tile(plan, depth) else {
        return match IN_USE {
            true => CubeBackend::multiply(read, sums, [true, false]),
            false => CubeBackend::float_matmul(CubeBackend::float_swap_dims(read, 0, 1), sums),
        };
    };
    let result = empty_like(&sums, [tile.units, 4 * tile.units]);
    let (rows, columns) = (tile.units / 4, tile.units);
    let cubes = CubeCount::new_2d(rows.div_ceil(ROWS) as u32, columns.div_ceil(tile.lanes) as u32);
    let [left, right] = [read, sums].map(into_contiguous);
    // SAFETY: Every index lies within the shapes.
    unsafe {
        transposed_product::launch_unchecked(
            &result.client,
            cubes,
            plan.dim(),
            left.into_buffer_arg(),
            right.into_buffer_arg(),
            result.clone().into_buffer_arg(),
            depth,
            rows,
            columns,
            tile.lanes,
        );
    }
    result
}

/// The plane for [`transposed_product`], if it can make this product.
fn fitting_tile(plan: Plan, depth: usize) -> Option<Tile> {
    match plan.kernels {
        Kernels::Lanes(tile)
            if tile.units.is_multiple_of(4) && plan.may_iterate(depth.div_ceil(tile.lanes)) =>
        {
            Some(tile)
        }
        _ => None,
    }
}

/// `result` `[rows, columns]` is the transpose of `left` `[depth, rows]`, times `right` `[depth, columns]`. Rows and
/// columns are counted in fours; a workgroup makes a tile of [`ROWS`] by one column a lane.
#[cube(launch_unchecked)]
fn transposed_product(
    left: &[Four],
    right: &[Four],
    result: &mut [Four],
    depth: usize,
    #[comptime] rows: usize,
    #[comptime] columns: usize,
    #[comptime] lanes: usize,
) {
    let lane = UNIT_POS as usize;
    let top = CUBE_POS_X as usize * ROWS;
    let own = CUBE_POS_Y as usize * lanes + lane;
    let column = usize::min(own, columns - 1);
    let mut sums = Array::<Four>::new(comptime!(4 * ROWS));
    #[unroll]
    for r in 0..comptime!(4 * ROWS) {
        sums[r] = Four::new(0.0);
    }
    for block in 0..depth.div_ceil(lanes) {
        let mut tile = Array::<Four>::new(lanes);
        #[unroll]
        for k in 0..lanes {
            tile[k] = right[usize::min(block * lanes + k, depth - 1) * columns + column];
        }
        let k = block * lanes + lane;
        let at = usize::min(k, depth - 1) * rows;
        // Beyond the end the last one again, but zero.
        let scale = Four::new(if k < depth { 1.0f32 } else { 0.0f32 });
        #[unroll]
        for four in 0..ROWS {
            let part = left[at + usize::min(top + four, rows - 1)] * scale;
            #[unroll]
            for r in 0..4usize {
                #[unroll]
                for k in 0..lanes {
                    sums[four * 4 + r] += Four::new(plane_shuffle(part.extract(r), k as u32)) * tile[k];
                }
            }
        }
    }
    if own < columns {
        #[unroll]
        for r in 0..comptime!(4 * ROWS) {
            let row = top * 4 + r;
            if row < comptime!(4 * rows) {
                result[row * columns + own] = sums[r];
            }
        }
    }
}

/// Fours of rows, and of columns, that a thread of [`add_tiles`] owns.
const SIDE: usize = 4;

/// The transpose of `left` `[depth, units]` times `right` `[depth, 4·units]` by threads that each have a tile of its own;
/// units are a multiple of four.
fn tiled_product(left: Tensor, right: Tensor, dim: CubeDim) -> Tensor {
    let [[depth, units], [_, gates]] = [&left, &right].map(|tensor| tensor.shape().dims());
    let result = empty_like(&right, [units, gates]);
    let (rows, columns) = (units / 4, gates / 4);
    let cubes = CubeCount::new_2d(
        rows.div_ceil(SIDE) as u32,
        columns.div_ceil(SIDE).div_ceil(dim.num_elems() as usize) as u32,
    );
    let [left, right] = [left, right].map(into_contiguous);
    // SAFETY: Every index lies within the shapes.
    unsafe {
        add_tiles::launch_unchecked(
            &result.client,
            cubes,
            dim,
            left.into_buffer_arg(),
            right.into_buffer_arg(),
            result.clone().into_buffer_arg(),
            depth,
            rows,
            columns,
        );
    }
    result
}

/// As [`transposed_product`], but a thread loads all that its tile of [`SIDE`] by [`SIDE`] fours takes: a load is dear, and
/// serves four times as many sums as there are fours on the other side.
#[cube(launch_unchecked)]
fn add_tiles(
    left: &[Four],
    right: &[Four],
    result: &mut [Four],
    depth: usize,
    #[comptime] rows: usize,
    #[comptime] columns: usize,
) {
    let top = CUBE_POS_X as usize * SIDE;
    let first = (CUBE_POS_Y as usize * CUBE_DIM_X as usize + UNIT_POS as usize) * SIDE;
    let mut sums = Array::<Four>::new(comptime!(4 * SIDE * SIDE));
    #[unroll]
    for n in 0..comptime!(4 * SIDE * SIDE) {
        sums[n] = Four::new(0.0);
    }
    for k in 0..depth {
        let mut across = Array::<Four>::new(SIDE);
        #[unroll]
        for c in 0..SIDE {
            across[c] = right[k * columns + usize::min(first + c, columns - 1)];
        }
        #[unroll]
        for four in 0..SIDE {
            let down = left[k * rows + usize::min(top + four, rows - 1)];
            #[unroll]
            for r in 0..4usize {
                let own = Four::new(down.extract(r));
                #[unroll]
                for c in 0..SIDE {
                    sums[(four * 4 + r) * SIDE + c] += own * across[c];
                }
            }
        }
    }
    #[unroll]
    for r in 0..comptime!(4 * SIDE) {
        let row = top * 4 + r;
        #[unroll]
        for c in 0..SIDE {
            if row < comptime!(4 * rows) && first + c < columns {
                result[row * columns + first + c] = sums[r * SIDE + c];
            }
        }
    }
}
