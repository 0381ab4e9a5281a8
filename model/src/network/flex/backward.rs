//! The backward pass over a sequence.

use rayon::prelude::*;

use super::{
    layout::Extent,
    product::{COLUMNS, Panels, add_panel, copy, pack_rows, tile},
    simd::{self, Kernel},
};
use crate::gates;

/// What the backward pass reads of the forward pass, beside the gates.
#[derive(Debug, Clone, Copy)]
pub(super) struct Passed<'a> {
    /// `[units, 4·units]`
    pub(super) recurrent: &'a [f32],
    /// The initial cell, `[batch, units]`.
    pub(super) initial_cell: &'a [f32],
    /// The cell after every step, `[time, batch, units]`.
    pub(super) cell: &'a [f32],
    /// Whether somebody asks for the gradients of the initial state.
    pub(super) state_tracked: bool,
}

/// `gates` comes with the gates' values and leaves with the gradients of their sums, as [`Extent::panels`] says;
/// `d_hidden` and `d_cell` `[batch, units]` come with the gradients of the last state, beside `d_output`
/// `[time, batch, units]`, and leave with those of the initial one, where they are asked for.
pub(super) fn backward(
    extent: Extent,
    gates: &mut [f32],
    passed: Passed<'_>,
    d_output: &[f32],
    d_hidden: &mut [f32],
    d_cell: &mut [f32],
) {
    let Extent { units, .. } = extent;
    let transposed = Panels::pack_gates_transposed(passed.recurrent, units);
    let group = extent.group();
    extent
        .cut(gates, COLUMNS)
        .into_par_iter()
        .zip(d_hidden.par_chunks_mut(group * units).zip(d_cell.par_chunks_mut(group * units)))
        .enumerate()
        .for_each(|(index, (gates, (d_hidden, d_cell)))| {
            let first_row = index * group;
            simd::run(Group {
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
}

/// One group's pass.
struct Group<'a> {
    extent: Extent,
    first_row: usize,
    gates: Vec<&'a mut [f32]>,
    passed: Passed<'a>,
    transposed: &'a Panels,
    d_output: &'a [f32],
    d_hidden: &'a mut [f32],
    d_cell: &'a mut [f32],
}

impl Kernel for Group<'_> {
    #[inline(always)]
    fn go<const FUSED: bool, const ROWS: usize>(self) {
        let Self { extent, passed, mut gates, d_hidden, d_cell, .. } = self;
        let Extent { time, batch, units } = extent;
        let size = d_hidden.len();
        let rows = size / units;
        let first = self.first_row * units;
        let mut packed = vec![0.0; rows * extent.panels() * COLUMNS];
        for step in (0..time).rev() {
            let rows_of = |step: usize| step * batch * units + first..step * batch * units + first + size;
            let before = match step.checked_sub(1) {
                Some(before) => &passed.cell[rows_of(before)],
                None => &passed.initial_cell[first..first + size],
            };
            let (cell, d_output) = (&passed.cell[rows_of(step)], &self.d_output[rows_of(step)]);
            for (block, (unit, width)) in extent.blocks().enumerate() {
                let panel = |gate: usize| (4 * block + gate) * time + step;
                for row in 0..rows {
                    let at = row * units + unit;
                    let tile_at = row * COLUMNS..(row + 1) * COLUMNS;
                    let mut values = [[0.0; COLUMNS]; 4];
                    for (gate, values) in values.iter_mut().enumerate() {
                        values.copy_from_slice(&gates[panel(gate)][tile_at.clone()]);
                    }
                    let mut d_c = tile(&d_cell[at..], width);
                    gates::backward::<FUSED, COLUMNS>(
                        &mut values,
                        &tile(&before[at..], width),
                        &tile(&cell[at..], width),
                        &tile(&d_hidden[at..], width),
                        &tile(&d_output[at..], width),
                        &mut d_c,
                    );
                    copy(&d_c, &mut d_cell[at..], width);
                    for (gate, values) in values.iter().enumerate() {
                        gates[panel(gate)][tile_at.clone()].copy_from_slice(values);
                    }
                }
                for gate in 0..4 {
                    let depth = extent.panels() * COLUMNS;
                    let first = (4 * block + gate) * COLUMNS;
                    pack_rows::<ROWS>(gates[panel(gate)], COLUMNS, &mut packed, depth, first);
                }
            }
            if step == 0 && !passed.state_tracked {
                continue;
            }
            d_hidden.fill(0.0);
            for (block, panel) in self.transposed.iter().enumerate() {
                if let Some(before) = step.checked_sub(1) {
                    // What the next round begins with.
                    for gate in 0..4 {
                        simd::prefetch(gates[(4 * block + gate) * time + before]);
                    }
                }
                add_panel::<FUSED, ROWS>(&packed, panel, d_hidden, block * COLUMNS, units);
            }
        }
    }
}
