//! The gates of one step, forward and backward, in place. Each loop touches few slices, so that the compiler can
//! tell them apart and vectorise it.

use crate::math::{sigmoid, tanh};

/// One row's step: turns the gates' sums in `gates` `[4·units]` into their values, moves `cell` `[units]` on and gives
/// the new `hidden` state `[units]`.
///
/// `c' = σ(f)·c + σ(i)·tanh(g)`, `h' = σ(o)·tanh(c')` (Gers, Schmidhuber and Cummins, 2000).
#[inline(always)]
pub(crate) fn forward(gates: &mut [f32], cell: &mut [f32], hidden: &mut [f32]) {
    let units = cell.len();
    let (input_forget, rest) = gates.split_at_mut(2 * units);
    let (candidate, output) = rest.split_at_mut(units);
    for value in input_forget.iter_mut() {
        *value = sigmoid(*value);
    }
    for value in candidate.iter_mut() {
        *value = tanh(*value);
    }
    for value in output.iter_mut() {
        *value = sigmoid(*value);
    }
    let (input, forget) = input_forget.split_at(units);
    for (cell, ((f, i), g)) in cell.iter_mut().zip(forget.iter().zip(input).zip(&*candidate)) {
        *cell = f * *cell + i * g;
    }
    for ((hidden, cell), o) in hidden.iter_mut().zip(&*cell).zip(&*output) {
        *hidden = o * tanh(*cell);
    }
}

/// One step of some rows backward: turns the gates' values in `gates` `[rows, 4·units]` into the gradients of
/// their sums.
///
/// `d_output` is the gradient of the step's own output; `d_hidden` is that of the hidden state from the step
/// after, used up; `d_cell` that of the cell, which becomes the one for the step before. All and the cells are
/// `[rows, units]`; `scratch` holds `units` numbers.
///
/// With `c' = f·c + i·g` and `h' = o·tanh(c')`: `∂o = ∂h·tanh(c')·o(1-o)`, `∂c' += ∂h·o·(1-tanh²(c'))`,
/// `∂i = ∂c'·g·i(1-i)`, `∂g = ∂c'·i·(1-g²)`, `∂f = ∂c'·c·f(1-f)`, `∂c = ∂c'·f`.
#[cfg(feature = "flex")]
#[inline(always)]
pub(crate) fn backward(
    gates: &mut [f32],
    cell_before: &[f32],
    cell: &[f32],
    d_output: &[f32],
    d_hidden: &mut [f32],
    d_cell: &mut [f32],
    scratch: &mut [f32],
) {
    let units = scratch.len();
    let cells = cell_before.chunks_exact(units).zip(cell.chunks_exact(units));
    let reached = d_output
        .chunks_exact(units)
        .zip(d_hidden.chunks_exact_mut(units).zip(d_cell.chunks_exact_mut(units)));
    let rows = gates.chunks_exact_mut(4 * units).zip(cells.zip(reached));
    for (gates, ((before, cell), (d_output, (d_hidden, d_cell)))) in rows {
        let (i, rest) = gates.split_at_mut(units);
        let (f, rest) = rest.split_at_mut(units);
        let (g, o) = rest.split_at_mut(units);
        for (tanh_cell, cell) in scratch.iter_mut().zip(cell) {
            *tanh_cell = tanh(*cell);
        }
        for (d_hidden, d_output) in d_hidden.iter_mut().zip(d_output) {
            *d_hidden += d_output;
        }
        let output = o.iter_mut().zip(d_cell.iter_mut()).zip(d_hidden.iter().zip(&*scratch));
        for ((o, d_c), (d_h, t)) in output {
            *d_c += d_h * *o * (1.0 - t * t);
            *o = d_h * t * *o * (1.0 - *o);
        }
        for ((i, g), d_c) in i.iter_mut().zip(g.iter_mut()).zip(&*d_cell) {
            let (input, candidate) = (*i, *g);
            *i = d_c * candidate * input * (1.0 - input);
            *g = d_c * input * (1.0 - candidate * candidate);
        }
        for ((f, d_c), before) in f.iter_mut().zip(d_cell.iter_mut()).zip(before) {
            let forget = *f;
            *f = *d_c * before * forget * (1.0 - forget);
            *d_c *= forget;
        }
    }
}
