//! The LSTM's loop on a GPU: a whole pass over a sequence is one dispatch.
//!
//! A workgroup owns a few rows of the batch and runs them through all steps. Rows do not depend on each other, so
//! workgroups never wait for one another. [`workgroup`] has the kernels for GPUs, [`lanes`] those for Vulkan in
//! software.

mod gates;
mod lanes;
mod plan;
mod product;
mod table;
#[cfg(test)]
mod tests;
mod workgroup;

use std::ops::Range;

use burn::{
    backend::{
        TensorMetadata,
        ops::FloatTensorOps,
        tensor::{FloatTensor, IntTensor},
    },
    cubecl::prelude::*,
    tensor::{DType, Shape, Slice},
};
use burn_cubecl::{CubeBackend, kernel::into_contiguous, ops::numeric::empty_device_contiguous_dtype};

pub(super) use self::plan::most_turns;
use self::plan::{Kernels, Plan};
use super::ops::{LstmGradients, LstmKernels, Operands, Passed, pick};

type Tensor = FloatTensor<CubeBackend>;

/// A tensor of its own to be overwritten, its numbers in order.
pub(super) fn to_overwrite(tensor: Tensor) -> Tensor {
    let tensor = into_contiguous(tensor);
    if tensor.can_mut() { tensor } else { tensor.copy() }
}

pub(super) fn empty_like<const D: usize>(tensor: &Tensor, shape: [usize; D]) -> Tensor {
    let (client, device) = (tensor.client.clone(), tensor.device.clone());
    empty_device_contiguous_dtype(client, device, Shape::new(shape), tensor.dtype)
}

fn argument(tensor: &Tensor) -> BufferArg {
    tensor.clone().into_buffer_arg()
}

/// Threads of a workgroup where each makes one number.
const EACH: usize = 64;

/// The recurrent weights as [`lanes::forward`] reads them.
fn packed_forward(recurrent: &Tensor, units: usize, lanes: usize) -> Tensor {
    let padded = units.next_multiple_of(lanes);
    let packed = empty_like(recurrent, [padded, padded, 4]);
    let cubes = CubeCount::new_1d((4 * padded * padded).div_ceil(EACH) as u32);
    let [from, to] = [recurrent, &packed].map(argument);
    // SAFETY: Every index lies within the shapes.
    unsafe {
        let dim = CubeDim::new_1d(EACH as u32);
        lanes::pack_forward::launch_unchecked(&recurrent.client, cubes, dim, from, to, units, padded);
    }
    packed
}

/// The recurrent weights as [`lanes::backward`] reads them.
fn packed_backward(recurrent: &Tensor, units: usize, lanes: usize) -> Tensor {
    let padded = units.next_multiple_of(lanes);
    let groups = units.div_ceil(4 * lanes);
    let packed = empty_like(recurrent, [4 * padded, groups, lanes, 4]);
    let cubes = CubeCount::new_1d((4 * padded * groups * lanes * 4).div_ceil(EACH) as u32);
    let [from, to] = [recurrent, &packed].map(argument);
    // SAFETY: Every index lies within the shapes.
    unsafe {
        let dim = CubeDim::new_1d(EACH as u32);
        lanes::pack_backward::launch_unchecked(
            &recurrent.client,
            cubes,
            dim,
            from,
            to,
            units,
            padded,
            groups,
            lanes,
        );
    }
    packed
}

/// The weights' gradient, one large product: what went in, transposed, times the sums' gradients.
fn weights_gradient(read: Tensor, sums: Tensor, plan: Plan) -> Tensor {
    let Plan { time, batch, units, kernels, .. } = plan;
    let depth = time * batch;
    if let Kernels::Lanes { lanes } = kernels
        && units.is_multiple_of(4)
        && plan.may_turn(depth.div_ceil(lanes))
    {
        let result = empty_like(&sums, [units, 4 * units]);
        let (rows, columns) = (units / 4, units);
        let cubes = CubeCount::new_2d(rows.div_ceil(product::ROWS) as u32, columns.div_ceil(lanes) as u32);
        let [left, right] = [read, sums].map(into_contiguous);
        // SAFETY: Every index lies within the shapes.
        unsafe {
            product::transposed_product::launch_unchecked(
                &result.client,
                cubes,
                plan.dim(),
                left.into_buffer_arg(),
                right.into_buffer_arg(),
                result.clone().into_buffer_arg(),
                depth,
                rows,
                columns,
                lanes,
            );
        }
        return result;
    }
    CubeBackend::float_matmul(CubeBackend::float_swap_dims(read, 0, 1), sums)
}

/// Forward by a plan, over `gates` that may be overwritten. Where the ids and a table are to be read, which the kernels for
/// planes of lanes alone do, nothing need be in `gates`.
fn forward(
    plan: Plan,
    gates: Tensor,
    reading: Option<[&Tensor; 2]>,
    operands: &Operands<CubeBackend>,
) -> Passed<CubeBackend> {
    let Plan { time, batch, units, rows, kernels, .. } = plan;
    let [output, cells] = [(); 2].map(|()| empty_like(&gates, [time + 1, batch, units]));
    let [recurrent, hidden, cell] =
        [&operands.recurrent, &operands.hidden, &operands.cell].map(|tensor| into_contiguous(tensor.clone()));
    let weights = match kernels {
        Kernels::Workgroup { .. } => recurrent,
        Kernels::Lanes { lanes } => packed_forward(&recurrent, units, lanes),
    };
    let (client, cubes, dim) = (&gates.client, plan.cubes(), plan.dim());
    for Range { start, end } in plan.stretches() {
        let cubes = cubes.clone();
        let [of_gates, of_weights, of_hidden, of_cell, of_output, of_cells] =
            [&gates, &weights, &hidden, &cell, &output, &cells].map(argument);
        // What is not read is something that is there.
        let [of_ids, of_table] = reading.unwrap_or([&hidden; 2]).map(argument);
        // SAFETY: Every index lies within the shapes that the plan was read off; ids are characters of the table.
        unsafe {
            match kernels {
                Kernels::Workgroup { threads } => workgroup::forward::launch_unchecked(
                    client, cubes, dim, of_gates, of_weights, of_hidden, of_cell, of_output, of_cells, time,
                    start, end, batch, units, rows, threads,
                ),
                Kernels::Lanes { lanes } => lanes::forward::launch_unchecked(
                    client,
                    cubes,
                    dim,
                    of_gates,
                    of_weights,
                    of_hidden,
                    of_cell,
                    of_output,
                    of_cells,
                    of_ids,
                    of_table,
                    time,
                    start,
                    end,
                    batch,
                    units,
                    rows,
                    lanes,
                    batch.is_multiple_of(rows),
                    reading.is_some(),
                ),
            }
        }
    }
    let last = match time - operands.last {
        0 => output.clone(),
        before => CubeBackend::float_slice(output.clone(), &[Slice::from(before..time + 1)]),
    };
    Passed { output: last, gates, hidden: output, cells }
}

/// Backward by a plan, over `gates` that may be overwritten.
fn backward(
    plan: Plan,
    gates: Tensor,
    operands: Operands<CubeBackend>,
    [states, cells, gradient]: [Tensor; 3],
) -> LstmGradients<CubeBackend> {
    let Plan { time, batch, units, rows, kernels, .. } = plan;
    let [hidden, cell] = [(); 2].map(|()| empty_like(&gates, [batch, units]));
    let weights = match kernels {
        Kernels::Workgroup { .. } => into_contiguous(CubeBackend::float_swap_dims(operands.recurrent, 0, 1)),
        Kernels::Lanes { lanes } => packed_backward(&into_contiguous(operands.recurrent), units, lanes),
    };
    let (client, cubes, dim) = (&gates.client, plan.cubes(), plan.dim());
    for Range { start, end } in plan.stretches().rev() {
        let cubes = cubes.clone();
        let [of_gates, of_weights, of_cells, of_gradient, of_hidden, of_cell] =
            [&gates, &weights, &cells, &gradient, &hidden, &cell].map(argument);
        // SAFETY: Every index lies within the shapes that the plan was read off.
        unsafe {
            match kernels {
                Kernels::Workgroup { threads } => workgroup::backward::launch_unchecked(
                    client,
                    cubes,
                    dim,
                    of_gates,
                    of_weights,
                    of_cells,
                    of_gradient,
                    of_hidden,
                    of_cell,
                    time,
                    operands.last,
                    start,
                    end,
                    batch,
                    units,
                    rows,
                    threads,
                ),
                Kernels::Lanes { lanes } => lanes::backward::launch_unchecked(
                    client,
                    cubes,
                    dim,
                    of_gates,
                    of_weights,
                    of_cells,
                    of_gradient,
                    of_hidden,
                    of_cell,
                    time,
                    operands.last,
                    start,
                    end,
                    batch,
                    units,
                    rows,
                    lanes,
                    batch.is_multiple_of(rows),
                    operands.state_tracked,
                ),
            }
        }
    }
    let mut read = vec![CubeBackend::float_reshape(operands.hidden, Shape::new([1, batch, units]))];
    if time > 1 {
        read.push(CubeBackend::float_slice(states, &[Slice::from(0..time - 1)]));
    }
    let read = CubeBackend::float_reshape(CubeBackend::float_cat(read, 0), Shape::new([time * batch, units]));
    let sums = CubeBackend::float_reshape(gates.clone(), Shape::new([time * batch, 4 * units]));
    let recurrent = weights_gradient(read, sums, plan);
    LstmGradients { projected: gates, recurrent, hidden, cell }
}

impl LstmKernels for CubeBackend {
    fn add_up(ids: &IntTensor<Self>, characters: usize, rows: Tensor) -> Tensor {
        table::add_up(ids, characters, rows)
    }

    fn lstm_forward(projected: Tensor, operands: &Operands<Self>) -> Passed<Self> {
        let gates = to_overwrite(projected);
        forward(Plan::new(&gates), gates, None, operands)
    }

    fn lstm_forward_reading(ids: &IntTensor<Self>, table: Tensor, operands: &Operands<Self>) -> Passed<Self> {
        let [time, batch] = ids.shape().dims();
        let table = into_contiguous(table);
        let [_, gates] = table.shape().dims();
        let plan = Plan::near(&table, [time, batch, gates / 4]);
        if matches!(plan.kernels, Kernels::Lanes { .. }) && ids.dtype == DType::I32 {
            let gates = empty_like(&table, [time, batch, gates]);
            let ids = into_contiguous(ids.clone());
            return forward(plan, gates, Some([&ids, &table]), operands);
        }
        Self::lstm_forward(pick::<Self>(ids, table), operands)
    }

    fn lstm_backward(
        operands: Operands<Self>,
        passed: Passed<Self>,
        gradient: Tensor,
    ) -> LstmGradients<Self> {
        let gates = to_overwrite(passed.gates);
        let others = [passed.hidden, passed.cells, gradient].map(into_contiguous);
        backward(Plan::new(&gates), gates, operands, others)
    }
}
