//! Passes over a sequence, dispatch by dispatch.

use std::ops::Range;

use burn::{
    backend::ops::FloatTensorOps,
    tensor::{Shape, Slice},
};
use burn_cubecl::{CubeBackend, kernel::into_contiguous};

use super::{
    super::ops::{LstmGradients, Operands, Passed},
    lanes,
    pass::{BackwardTensorsLaunch, ForwardTensorsLaunch, StepsLaunch},
    plan::{Kernels, Plan},
    product,
    tensors::{Tensor, argument, empty_like},
    workgroup,
};

/// Forward by a plan, over `gates` that may be overwritten. If there are ids and a `table` of rows for them to read, which
/// the kernels for planes of lanes alone do, nothing need be in `gates`.
pub(super) fn forward(
    plan: Plan,
    gates: Tensor,
    table: Option<[&Tensor; 2]>,
    operands: &Operands<CubeBackend>,
) -> Passed<CubeBackend> {
    let Plan { time, batch, units, .. } = plan;
    let [output, cells] = [(); 2].map(|()| empty_like(&gates, [time + 1, batch, units]));
    let [recurrent, hidden, cell] =
        [&operands.recurrent, &operands.hidden, &operands.cell].map(|tensor| into_contiguous(tensor.clone()));
    let weights = match plan.kernels {
        Kernels::Workgroup(_) => recurrent,
        Kernels::Lanes(tile) => lanes::packed_forward(&recurrent, tile),
    };
    for Range { start, end } in plan.step_ranges() {
        let (client, cubes, dim) = (&gates.client, plan.cubes(), plan.dim());
        let weights = argument(&weights);
        let tensors = ForwardTensorsLaunch::new(
            argument(&gates),
            argument(&hidden),
            argument(&cell),
            argument(&output),
            argument(&cells),
        );
        let steps = StepsLaunch::new(time, start, end, batch);
        // SAFETY: Every index lies within the shapes that the plan was read off; ids are characters of the table.
        unsafe {
            match plan.kernels {
                Kernels::Workgroup(tile) => workgroup::forward_pass::launch_unchecked(
                    client, cubes, dim, weights, tensors, steps, tile,
                ),
                Kernels::Lanes(tile) => {
                    let table =
                        table.map(|[ids, rows]| lanes::TableLaunch::new(argument(ids), argument(rows)));
                    lanes::forward_pass::launch_unchecked(
                        client,
                        cubes,
                        dim,
                        weights,
                        tensors,
                        table.into(),
                        steps,
                        tile,
                    );
                }
            }
        }
    }
    let last = match time - operands.last {
        0 => output.clone(),
        before => CubeBackend::float_slice(output.clone(), &[Slice::from(before..time + 1)]),
    };
    Passed { output: last, gates, hidden: output, cells }
}

/// Backward by a plan, over `gates` that may be overwritten. The gradient of the initial hidden state is computed if it is
/// `state_tracked`.
pub(super) fn backward(
    plan: Plan,
    gates: Tensor,
    operands: Operands<CubeBackend>,
    [states, cells, gradient]: [Tensor; 3],
    state_tracked: bool,
) -> LstmGradients<CubeBackend> {
    let Plan { time, batch, units, .. } = plan;
    let [hidden, cell] = [(); 2].map(|()| empty_like(&gates, [batch, units]));
    let weights = match plan.kernels {
        Kernels::Workgroup(_) => into_contiguous(CubeBackend::float_swap_dims(operands.recurrent, 0, 1)),
        Kernels::Lanes(tile) => lanes::packed_backward(&into_contiguous(operands.recurrent), tile),
    };
    for Range { start, end } in plan.step_ranges().rev() {
        let (client, cubes, dim) = (&gates.client, plan.cubes(), plan.dim());
        let weights = argument(&weights);
        let tensors = BackwardTensorsLaunch::new(
            argument(&gates),
            argument(&cells),
            argument(&gradient),
            argument(&hidden),
            argument(&cell),
        );
        let (steps, last) = (StepsLaunch::new(time, start, end, batch), operands.last);
        // SAFETY: Every index lies within the shapes that the plan was read off.
        unsafe {
            match plan.kernels {
                Kernels::Workgroup(tile) => workgroup::backward_pass::launch_unchecked(
                    client, cubes, dim, weights, tensors, steps, last, tile,
                ),
                Kernels::Lanes(tile) => lanes::backward_pass::launch_unchecked(
                    client,
                    cubes,
                    dim,
                    weights,
                    tensors,
                    steps,
                    last,
                    state_tracked,
                    tile,
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
    let recurrent = product::weights_gradient(read, sums, plan);
    LstmGradients { input: gates, recurrent, hidden, cell }
}
