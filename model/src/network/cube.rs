//! The LSTM's loop on a GPU: a whole pass over a sequence is one dispatch.
//!
//! A workgroup owns a few rows of the batch and runs them through all steps. Rows do not depend on each other, so
//! workgroups never wait for one another; within one, what all threads read of the step before lies in workgroup
//! memory. A thread owns every `threads`-th unit. All fits WebGPU's default limits: 256 threads, 16 KB of workgroup
//! memory, 8 buffers.

use burn::{
    backend::{TensorMetadata, ops::FloatTensorOps, tensor::FloatTensor},
    cubecl::{self, prelude::*},
    tensor::{Shape, Slice},
};
use burn_cubecl::{CubeBackend, kernel::into_contiguous, ops::numeric::empty_device_contiguous_dtype};

use super::ops::{LstmGradients, LstmKernels, Operands, Passed};

type Tensor = FloatTensor<CubeBackend>;

/// Most threads of a workgroup.
const MOST_THREADS: usize = 256;
/// Numbers that fit into workgroup memory.
const WORKGROUP_MEMORY: usize = 16 * 1024 / 4;
/// Most rows of a workgroup: their sums stay in registers.
const MOST_ROWS: usize = 4;

/// How a pass is spread over the device.
#[derive(Debug, Clone, Copy)]
struct Plan {
    time: usize,
    batch: usize,
    units: usize,
    rows: usize,
    threads: usize,
}

impl Plan {
    fn new(gates: &Tensor) -> Self {
        let shape = gates.shape();
        let (time, batch, units) = (shape[0], shape[1], shape[2] / 4);
        let rows = MOST_ROWS.min(WORKGROUP_MEMORY / units).min(batch).max(1);
        let threads = units.next_power_of_two().clamp(32, MOST_THREADS);
        Self { time, batch, units, rows, threads }
    }

    fn cubes(self) -> CubeCount {
        CubeCount::new_1d(self.batch.div_ceil(self.rows) as u32)
    }

    fn dim(self) -> CubeDim {
        CubeDim::new_1d(self.threads as u32)
    }
}

#[cube]
fn sigmoid(x: f32) -> f32 {
    // Within the clamp nothing overflows, and beyond it an f32 shows no difference.
    1.0 / (1.0 + f32::exp(-f32::clamp(x, -40.0, 40.0)))
}

#[cube]
fn tanh(x: f32) -> f32 {
    2.0 * sigmoid(2.0 * x) - 1.0
}

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

/// Forward: `gates` `[time, batch, 4·units]` comes with the input's part of the sums and leaves with the gates' values.
#[cube(launch_unchecked)]
fn forward(
    gates: &mut [f32],
    recurrent: &[f32],
    hidden_before: &[f32],
    cell_before: &[f32],
    output: &mut [f32],
    cells: &mut [f32],
    time: usize,
    batch: usize,
    #[comptime] units: usize,
    #[comptime] rows: usize,
    #[comptime] threads: usize,
) {
    let mut state = Shared::<[f32]>::new_slice(units * rows);
    let first = CUBE_POS_X as usize * rows;
    let thread = UNIT_POS as usize;
    let last = batch - 1;

    share(&mut state, hidden_before, 0, units, batch, units, rows, threads);
    sync_cube();

    for step in 0..time {
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
            for k in 0..units {
                let at = k * 4 * units + unit;
                let input = recurrent[at];
                let forget = recurrent[at + units];
                let candidate = recurrent[at + 2 * units];
                let exit = recurrent[at + 3 * units];
                #[unroll]
                for r in 0..rows {
                    let hidden = state[k * rows + r];
                    sums[r * 4] += hidden * input;
                    sums[r * 4 + 1] += hidden * forget;
                    sums[r * 4 + 2] += hidden * candidate;
                    sums[r * 4 + 3] += hidden * exit;
                }
            }
            #[unroll]
            for r in 0..rows {
                let row = first + r;
                if row < batch {
                    let place = (step * batch + row) * units + unit;
                    let before = if step == 0 {
                        cell_before[row * units + unit]
                    } else {
                        cells[place - batch * units]
                    };
                    let input = sigmoid(sums[r * 4]);
                    let forget = sigmoid(sums[r * 4 + 1]);
                    let candidate = tanh(sums[r * 4 + 2]);
                    let exit = sigmoid(sums[r * 4 + 3]);
                    let cell = forget * before + input * candidate;
                    let at = (step * batch + row) * 4 * units + unit;
                    gates[at] = input;
                    gates[at + units] = forget;
                    gates[at + 2 * units] = candidate;
                    gates[at + 3 * units] = exit;
                    cells[place] = cell;
                    output[place] = exit * tanh(cell);
                    if step == time - 1 {
                        output[place + batch * units] = cell;
                    }
                }
            }
            unit += threads;
        }
        sync_cube();
        share(&mut state, &*output, step * batch * units, units, batch, units, rows, threads);
        sync_cube();
    }
}

/// Backward: `gates` comes with the gates' values and leaves with the gradients of their sums; `transposed`
/// `[4·units, units]` holds the recurrent weights; `gradient` is that of the output.
#[cube(launch_unchecked)]
fn backward(
    gates: &mut [f32],
    transposed: &[f32],
    cell_before: &[f32],
    cells: &[f32],
    gradient: &[f32],
    d_hidden: &mut [f32],
    d_cell: &mut [f32],
    time: usize,
    batch: usize,
    #[comptime] units: usize,
    #[comptime] rows: usize,
    #[comptime] threads: usize,
) {
    let mut sums = Shared::<[f32]>::new_slice(units * rows);
    let first = CUBE_POS_X as usize * rows;
    let thread = UNIT_POS as usize;

    let mut unit = thread;
    while unit < units {
        #[unroll]
        for r in 0..rows {
            let row = first + r;
            if row < batch {
                d_hidden[row * units + unit] = 0.0;
                d_cell[row * units + unit] = gradient[(time * batch + row) * units + unit];
            }
        }
        unit += threads;
    }

    for back in 0..time {
        let step = time - 1 - back;
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
                    let before = if step == 0 { cell_before[own] } else { cells[place - batch * units] };
                    let tanh_cell = tanh(cells[place]);
                    let d_h = d_hidden[own] + gradient[place];
                    let d_c = d_cell[own] + d_h * exit * (1.0 - tanh_cell * tanh_cell);
                    gates[at] = d_c * candidate * input * (1.0 - input);
                    gates[at + units] = d_c * before * forget * (1.0 - forget);
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
                for k in 0..units {
                    let weight = transposed[(gate * units + k) * units + unit];
                    #[unroll]
                    for r in 0..rows {
                        found[r] += weight * sums[k * rows + r];
                    }
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

/// A tensor of its own to be overwritten, its numbers in order.
fn to_overwrite(tensor: Tensor) -> Tensor {
    let tensor = into_contiguous(tensor);
    if tensor.can_mut() { tensor } else { tensor.copy() }
}

fn empty_like<const D: usize>(tensor: &Tensor, shape: [usize; D]) -> Tensor {
    let (client, device) = (tensor.client.clone(), tensor.device.clone());
    empty_device_contiguous_dtype(client, device, Shape::new(shape), tensor.dtype)
}

impl LstmKernels for CubeBackend {
    fn lstm_forward(projected: Tensor, operands: &Operands<Self>) -> Passed<Self> {
        let gates = to_overwrite(projected);
        let plan = Plan::new(&gates);
        let Plan { time, batch, units, rows, threads } = plan;
        let output = empty_like(&gates, [time + 1, batch, units]);
        let cells = empty_like(&gates, [time, batch, units]);
        let [recurrent, hidden, cell] = [&operands.recurrent, &operands.hidden, &operands.cell]
            .map(|tensor| into_contiguous(tensor.clone()).into_buffer_arg());
        // SAFETY: Every index lies within the shapes that the plan was read off.
        unsafe {
            forward::launch_unchecked(
                &gates.client,
                plan.cubes(),
                plan.dim(),
                gates.clone().into_buffer_arg(),
                recurrent,
                hidden,
                cell,
                output.clone().into_buffer_arg(),
                cells.clone().into_buffer_arg(),
                time,
                batch,
                units,
                rows,
                threads,
            );
        }
        Passed { output, gates, cells }
    }

    fn lstm_backward(
        operands: Operands<Self>,
        passed: Passed<Self>,
        gradient: Tensor,
    ) -> LstmGradients<Self> {
        let gates = to_overwrite(passed.gates);
        let plan = Plan::new(&gates);
        let Plan { time, batch, units, rows, threads } = plan;
        let [hidden, cell] = [(); 2].map(|()| empty_like(&gates, [batch, units]));
        let transposed = into_contiguous(Self::float_swap_dims(operands.recurrent, 0, 1));
        let [cell_before, cells, gradient] = [operands.cell, passed.cells, gradient].map(into_contiguous);
        // SAFETY: Every index lies within the shapes that the plan was read off.
        unsafe {
            backward::launch_unchecked(
                &gates.client,
                plan.cubes(),
                plan.dim(),
                gates.clone().into_buffer_arg(),
                transposed.into_buffer_arg(),
                cell_before.into_buffer_arg(),
                cells.into_buffer_arg(),
                gradient.into_buffer_arg(),
                hidden.clone().into_buffer_arg(),
                cell.clone().into_buffer_arg(),
                time,
                batch,
                units,
                rows,
                threads,
            );
        }
        // The weights' gradient is one large product: what went in, transposed, times the sums' gradients.
        let mut read = vec![Self::float_reshape(operands.hidden, Shape::new([1, batch, units]))];
        if time > 1 {
            read.push(Self::float_slice(passed.output, &[Slice::from(0..time - 1)]));
        }
        let read = Self::float_cat(read, 0);
        let read = Self::float_reshape(read, Shape::new([time * batch, units]));
        let sums = Self::float_reshape(gates.clone(), Shape::new([time * batch, 4 * units]));
        let recurrent = Self::float_matmul(Self::float_swap_dims(read, 0, 1), sums);
        LstmGradients { projected: gates, recurrent, hidden, cell }
    }
}
