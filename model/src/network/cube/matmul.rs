//! The product of two matrices on a GPU, without anything that only some of them have.

use burn::{
    backend::{TensorMetadata, tensor::FloatTensor},
    cubecl::{self, prelude::*},
};
use burn_cubecl::{CubeBackend, kernel::into_contiguous};

use super::{super::matmul::MatmulKernel, plan, tensors::empty_like};

/// Side of the square of numbers that a thread of a GPU makes.
const SIDE: usize = 4;
/// Side of the square of threads that a workgroup of a GPU is.
const THREADS: usize = 8;
/// The same in software, where a load is dear and threads are few.
const SOFTWARE_SIDE: usize = 16;
const SOFTWARE_THREADS: usize = 2;

/// How far it is in a matrix's memory from one row, or one column, to the next.
#[derive(CubeType, CubeLaunch, Clone, Copy)]
#[expand(derive(Clone, Copy))]
struct Strides {
    row: usize,
    column: usize,
}

/// `result` `[rows, columns]` is `left` `[rows, depth]` times `right` `[depth, columns]`. A workgroup makes a square of
/// squares; the columns of a thread lie as far apart as there are threads side by side, so that these load side by side.
#[cube(launch_unchecked)]
fn multiply_tiles(
    left: &[f32],
    right: &[f32],
    result: &mut [f32],
    of_left: Strides,
    of_right: Strides,
    rows: usize,
    columns: usize,
    depth: usize,
    #[comptime] side: usize,
    #[comptime] threads: usize,
) {
    let thread = UNIT_POS as usize;
    let top = (CUBE_POS_Y as usize * threads + thread / threads) * side;
    let first = CUBE_POS_X as usize * comptime!(threads * side) + thread % threads;
    let mut sums = Array::<f32>::new(comptime!(side * side));
    #[unroll]
    for n in 0..comptime!(side * side) {
        sums[n] = 0.0;
    }
    for k in 0..depth {
        let mut across = Array::<f32>::new(side);
        #[unroll]
        for c in 0..side {
            let column = usize::min(first + c * threads, columns - 1);
            across[c] = right[k * of_right.row + column * of_right.column];
        }
        #[unroll]
        for r in 0..side {
            let down = left[usize::min(top + r, rows - 1) * of_left.row + k * of_left.column];
            #[unroll]
            for c in 0..side {
                sums[r * side + c] += down * across[c];
            }
        }
    }
    #[unroll]
    for r in 0..side {
        #[unroll]
        for c in 0..side {
            let (row, column) = (top + r, first + c * threads);
            if row < rows && column < columns {
                result[row * columns + column] = sums[r * side + c];
            }
        }
    }
}

impl MatmulKernel for CubeBackend {
    fn multiply(
        left: FloatTensor<Self>,
        right: FloatTensor<Self>,
        transposed: [bool; 2],
    ) -> FloatTensor<Self> {
        let [left, right] = [left, right].map(into_contiguous);
        let [[a, b], [c, d]] = [&left, &right].map(|matrix| matrix.shape().dims());
        let [left_turned, right_turned] = transposed;
        let (rows, depth) = if left_turned { (b, a) } else { (a, b) };
        let columns = if right_turned { c } else { d };
        let strides = |width: usize, turned: bool| match turned {
            true => StridesLaunch::new(1, width),
            false => StridesLaunch::new(width, 1),
        };
        let result = empty_like(&left, [rows, columns]);
        let (side, threads) = match plan::is_software(&result) {
            true => (SOFTWARE_SIDE, SOFTWARE_THREADS),
            false => (SIDE, THREADS),
        };
        let count = |numbers: usize| numbers.div_ceil(side * threads) as u32;
        // SAFETY: Every index lies within the shapes.
        unsafe {
            multiply_tiles::launch_unchecked(
                &result.client,
                CubeCount::new_2d(count(columns), count(rows)),
                CubeDim::new_1d((threads * threads) as u32),
                left.clone().into_buffer_arg(),
                right.clone().into_buffer_arg(),
                result.clone().into_buffer_arg(),
                strides(b, left_turned),
                strides(d, right_turned),
                rows,
                columns,
                depth,
                side,
                threads,
            );
        }
        result
    }
}
