//! A whole pass over a sequence. Rows do not depend on each other: groups of them run through all steps by
//! themselves, so one group's numbers stay in the caches and the groups spread over the threads.
//!
//! Every number is the same sum in the same order whatever the groups are, so the result does not depend on the
//! number of threads.

use rayon::prelude::*;

use super::{
    product::{COLUMNS, Panels, ROWS, add_product, add_transposed_product, pack_rows},
    simd::{self, Kernel},
};
use crate::gates;

/// Most rows of a group: its gates and the packed weights share the second-level cache.
const GROUP: usize = 4 * ROWS;

/// The extents of a pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Extent {
    /// Steps.
    pub(super) time: usize,
    /// Rows.
    pub(super) batch: usize,
    /// Hidden units.
    pub(super) units: usize,
}

impl Extent {
    /// Rows of a group: an even share for every thread, within the cache's measure.
    fn group(self) -> usize {
        let threads = rayon::current_num_threads();
        let groups = self.batch.div_ceil(GROUP).next_multiple_of(threads);
        self.batch.div_ceil(groups).max(1)
    }
}

/// Cuts `[time, batch, width]` into groups of rows, each a list of its steps.
fn groups(values: &mut [f32], extent: Extent, width: usize) -> Vec<Vec<&mut [f32]>> {
    let group = extent.group();
    let mut parts: Vec<Vec<&mut [f32]>> = Vec::new();
    parts.resize_with(extent.batch.div_ceil(group), || Vec::with_capacity(extent.time));
    for step in values.chunks_exact_mut(extent.batch * width) {
        for (part, rows) in parts.iter_mut().zip(step.chunks_mut(group * width)) {
            part.push(rows);
        }
    }
    parts
}

/// The forward pass. `gates` `[time, batch, 4·units]` comes with the input's part of the sums and leaves with the
/// gates' values; `hidden` and `cell` `[time, batch, units]` are filled. `recurrent` is `[units, 4·units]`, the
/// initial state `[batch, units]`.
pub(super) fn forward(
    extent: Extent,
    gates: &mut [f32],
    recurrent: &[f32],
    initial: [&[f32]; 2],
    hidden: &mut [f32],
    cell: &mut [f32],
) {
    let Extent { units, .. } = extent;
    let recurrent = Panels::pack(recurrent, units, 4 * units);
    let size = extent.group() * units;
    let [hidden_before, cell_before] = initial.map(|state| state.par_chunks(size));
    groups(gates, extent, 4 * units)
        .into_par_iter()
        .zip(groups(hidden, extent, units))
        .zip(groups(cell, extent, units))
        .zip(hidden_before.zip(cell_before))
        .for_each(|(((gates, hidden), cell), (hidden_before, cell_before))| {
            simd::run(Forward {
                units,
                gates,
                hidden,
                cell,
                recurrent: &recurrent,
                hidden_before,
                cell_before,
            });
        });
}

/// One group's forward pass.
struct Forward<'a> {
    units: usize,
    gates: Vec<&'a mut [f32]>,
    hidden: Vec<&'a mut [f32]>,
    cell: Vec<&'a mut [f32]>,
    recurrent: &'a Panels,
    hidden_before: &'a [f32],
    cell_before: &'a [f32],
}

impl Kernel for Forward<'_> {
    #[inline(always)]
    fn go<const FUSED: bool>(self) {
        let Self { units, recurrent, mut hidden_before, mut cell_before, .. } = self;
        let mut packed = vec![0.0; hidden_before.len()];
        let steps = self.gates.into_iter().zip(self.hidden).zip(self.cell);
        for ((gates, hidden), cell) in steps {
            pack_rows(hidden_before, units, &mut packed);
            add_product::<FUSED>(&packed, recurrent, gates);
            cell.copy_from_slice(cell_before);
            let rows = cell.chunks_exact_mut(units).zip(hidden.chunks_exact_mut(units));
            for (gates, (cell, hidden)) in gates.chunks_exact_mut(4 * units).zip(rows) {
                gates::forward(gates, cell, hidden);
            }
            (hidden_before, cell_before) = (hidden, cell);
        }
    }
}

/// What the backward pass reads of the forward pass, beside the gates.
#[derive(Debug, Clone, Copy)]
pub(super) struct Passed<'a> {
    /// `[units, 4·units]`
    pub(super) recurrent: &'a [f32],
    /// The initial hidden state and cell, `[batch, units]`.
    pub(super) initial: [&'a [f32]; 2],
    /// The hidden state and the cell after every step, `[time, batch, units]`.
    pub(super) hidden: &'a [f32],
    pub(super) cell: &'a [f32],
}

/// The backward pass. `gates` `[time, batch, 4·units]` comes with the gates' values and leaves with the gradients of
/// their sums; `d_hidden` and `d_cell` `[batch, units]` come with the gradients of the last state, beside `d_output`
/// `[time, batch, units]`, and leave with those of the initial one. Gives the gradient of the recurrent weights.
pub(super) fn backward(
    extent: Extent,
    gates: &mut [f32],
    passed: Passed<'_>,
    d_output: &[f32],
    d_hidden: &mut [f32],
    d_cell: &mut [f32],
) -> Vec<f32> {
    let Extent { units, .. } = extent;
    let transposed = Panels::pack_transposed(passed.recurrent, 4 * units, units);
    let group = extent.group();
    groups(gates, extent, 4 * units)
        .into_par_iter()
        .zip(d_hidden.par_chunks_mut(group * units).zip(d_cell.par_chunks_mut(group * units)))
        .enumerate()
        .for_each(|(index, (gates, (d_hidden, d_cell)))| {
            let first_row = index * group;
            simd::run(Backward {
                extent,
                first_row,
                gates,
                passed,
                transposed: &transposed,
                d_output,
                d_hidden,
                d_cell,
            });
        });
    recurrent_gradient(extent, passed, gates)
}

/// One group's backward pass.
struct Backward<'a> {
    extent: Extent,
    first_row: usize,
    gates: Vec<&'a mut [f32]>,
    passed: Passed<'a>,
    transposed: &'a Panels,
    d_output: &'a [f32],
    d_hidden: &'a mut [f32],
    d_cell: &'a mut [f32],
}

impl Kernel for Backward<'_> {
    #[inline(always)]
    fn go<const FUSED: bool>(self) {
        let Self { extent: Extent { batch, units, .. }, passed, d_hidden, d_cell, .. } = self;
        let size = d_hidden.len();
        let row = self.first_row * units;
        let mut packed = vec![0.0; 4 * size];
        let mut scratch = vec![0.0; units];
        for (step, sums) in self.gates.into_iter().enumerate().rev() {
            let at = |step: usize| step * batch * units + row..step * batch * units + row + size;
            let before = match step.checked_sub(1) {
                Some(before) => &passed.cell[at(before)],
                None => &passed.initial[1][row..row + size],
            };
            let (cell, d_output) = (&passed.cell[at(step)], &self.d_output[at(step)]);
            gates::backward(sums, before, cell, d_output, d_hidden, d_cell, &mut scratch);
            pack_rows(sums, 4 * units, &mut packed);
            d_hidden.fill(0.0);
            add_product::<FUSED>(&packed, self.transposed, d_hidden);
        }
    }
}

/// `Σ hᵀ·∂z` over all steps and rows: `[units, 4·units]`. The threads share the columns.
fn recurrent_gradient(extent: Extent, passed: Passed<'_>, d_sums: &[f32]) -> Vec<f32> {
    let Extent { batch, units, .. } = extent;
    let columns = 4 * units;
    let share = columns.div_ceil(rayon::current_num_threads()).next_multiple_of(COLUMNS);
    let (first, rest) = d_sums.split_at(batch * columns);
    let hidden = &passed.hidden[..passed.hidden.len() - batch * units];
    let parts: Vec<Vec<f32>> = (0..columns.div_ceil(share))
        .into_par_iter()
        .map(|part| {
            let first_column = part * share;
            let mut out = vec![0.0; units * share.min(columns - first_column)];
            for (hidden, d_sums) in [(passed.initial[0], first), (hidden, rest)] {
                simd::run(WeightGradient { units, hidden, d_sums, first_column, out: &mut out });
            }
            out
        })
        .collect();
    let mut gradient = vec![0.0; units * columns];
    for (row, gradient) in gradient.chunks_exact_mut(columns).enumerate() {
        for (gradient, part) in gradient.chunks_mut(share).zip(&parts) {
            let width = gradient.len();
            gradient.copy_from_slice(&part[row * width..(row + 1) * width]);
        }
    }
    gradient
}

/// Some columns of a weight gradient.
struct WeightGradient<'a> {
    units: usize,
    hidden: &'a [f32],
    d_sums: &'a [f32],
    first_column: usize,
    out: &'a mut [f32],
}

impl Kernel for WeightGradient<'_> {
    #[inline(always)]
    fn go<const FUSED: bool>(self) {
        let Self { units, hidden, d_sums, first_column, out } = self;
        let mut scratch = Vec::new();
        add_transposed_product::<FUSED>(hidden, units, d_sums, 4 * units, first_column, out, &mut scratch);
    }
}
