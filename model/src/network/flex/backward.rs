//! The backward pass over a sequence.

use rayon::prelude::*;

use super::{
    layout::{Extent, from_rows, to_rows},
    product::{COLUMNS, Panels, add_rows, tile},
    simd::{self, Kernel},
};
use crate::gates;

/// What the backward pass reads of the forward pass, beside the gates.
#[derive(Debug, Clone, Copy)]
pub(super) struct Passed<'a> {
    /// `[units, 4·units]`
    pub(super) recurrent: &'a [f32],
    /// The hidden states, as [`Extent::states`] says.
    pub(super) hidden: &'a [f32],
    /// The cells, likewise.
    pub(super) cells: &'a [f32],
    /// Whether somebody asks for the gradients of the initial state.
    pub(super) state_tracked: bool,
}

/// `gates` comes with the gates' values and leaves with the gradients of their sums, as [`Extent::panels`] says;
/// `d_hidden` and `d_cell` `[batch, units]` come with the gradients of the last state, beside `d_output`
/// `[…, batch, units]` of the last steps, and leave with those of the initial one, if they are asked for.
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
            let count = d_hidden.len() / units * extent.blocks().len();
            simd::run(Group {
                extent,
                first_row: index * group,
                passed,
                transposed: &transposed,
                gates,
                d_output,
                d_hidden: vec![[0.0; COLUMNS]; count],
                d_cell: vec![[0.0; COLUMNS]; count],
                d_state: [d_hidden, d_cell],
            });
        });
}

/// One group's pass.
struct Group<'a> {
    extent: Extent,
    first_row: usize,
    passed: Passed<'a>,
    transposed: &'a Panels,
    gates: Vec<&'a mut [f32]>,
    d_output: &'a [f32],
    /// The gradients of the state between two steps, in panels `[rows, COLUMNS]`.
    d_hidden: Vec<[f32; COLUMNS]>,
    d_cell: Vec<[f32; COLUMNS]>,
    /// Those of the last state, then of the initial one, `[rows, units]`: of the hidden state and of the cell.
    d_state: [&'a mut [f32]; 2],
}

impl Kernel for Group<'_> {
    #[inline(always)]
    fn run<const FUSED: bool, const ROWS: usize>(mut self) {
        let Extent { time, units, .. } = self.extent;
        let rows = self.d_state[0].len() / units;
        for (block, part) in self.extent.blocks().enumerate() {
            for (panels, state) in [&mut self.d_hidden, &mut self.d_cell].into_iter().zip(&self.d_state) {
                from_rows::<false>(state, units, part, &mut panels[block * rows..]);
            }
        }
        for step in (0..time).rev() {
            for (block, (unit, width)) in self.extent.blocks().enumerate() {
                if width == COLUMNS {
                    self.gates_of::<true>(step, block, unit, width);
                } else {
                    self.gates_of::<false>(step, block, unit, width);
                }
            }
            if step > 0 || self.passed.state_tracked {
                self.state_before::<FUSED, ROWS>(step, rows);
            }
        }
        for (block, part) in self.extent.blocks().enumerate() {
            for (panels, state) in [&self.d_hidden, &self.d_cell].into_iter().zip(&mut self.d_state) {
                to_rows::<false>(&panels[block * rows..], part, state, units);
            }
        }
    }
}

impl Group<'_> {
    /// A step of the units of a block back: the gradients of their gates and of their cells.
    #[inline(always)]
    fn gates_of<const FULL: bool>(&mut self, step: usize, block: usize, unit: usize, width: usize) {
        let Self { extent, first_row, passed, gates, d_output, d_hidden, d_cell, .. } = self;
        let Extent { time, batch, units } = *extent;
        let Ok(gates) = gates.get_disjoint_mut(extent.gates(block, step)) else { return };
        let [i, f, g, o] = gates.map(|gate| gate.as_chunks_mut().0);
        let rows = i.len();
        let place = |step: usize| {
            let first = block * extent.states() + (step * batch + *first_row) * COLUMNS;
            first..first + rows * COLUMNS
        };
        let cells = passed.cells[place(step)].as_chunks().0;
        let hidden = passed.hidden[place(step + 1)].as_chunks().0;
        let d_hidden = &mut d_hidden[block * rows..][..rows];
        let unobserved = time - d_output.len() / (batch * units);
        if let Some(output) = step.checked_sub(unobserved) {
            let d_output = d_output[(output * batch + *first_row) * units..].chunks_exact(units);
            for (d_hidden, d_output) in d_hidden.iter_mut().zip(d_output) {
                let d_output = tile::<FULL>(&d_output[unit..], width);
                for unit in 0..COLUMNS {
                    d_hidden[unit] += d_output[unit];
                }
            }
        }
        let d_state = d_hidden.iter().zip(&mut d_cell[block * rows..]);
        let gates = i.iter_mut().zip(f).zip(g.iter_mut().zip(o));
        let states = cells.iter().zip(hidden);
        for ((((i, f), (g, o)), (cell, hidden)), (d_hidden, d_cell)) in gates.zip(states).zip(d_state) {
            gates::backward([i, f, g, o], cell, hidden, d_hidden, d_cell);
        }
    }

    /// The gradient of the hidden state before a step, from those of its gates.
    #[inline(always)]
    fn state_before<const FUSED: bool, const ROWS: usize>(&mut self, step: usize, rows: usize) {
        let Self { extent, transposed, gates, d_hidden, .. } = self;
        d_hidden.fill([0.0; COLUMNS]);
        let d_sums: Vec<&[f32]> = gates.iter().skip(step).step_by(extent.time).map(|gate| &**gate).collect();
        for (block, (panel, d_hidden)) in transposed.iter().zip(d_hidden.chunks_exact_mut(rows)).enumerate() {
            if let Some(before) = step.checked_sub(1) {
                // What the next round begins with.
                for gate in extent.gates(block, before) {
                    simd::prefetch(gates[gate]);
                }
            }
            add_rows::<FUSED, ROWS>(&d_sums, panel, d_hidden.as_flattened_mut());
        }
    }
}
