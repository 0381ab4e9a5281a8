//! The forward pass over a sequence.

use rayon::prelude::*;

use super::{
    layout::Extent,
    product::{COLUMNS, Panels, add_panel, copy, pack_rows, tile},
    simd::{self, Kernel},
};
use crate::gates;

/// Where the input's part of the gates' sums comes from.
#[derive(Debug, Clone, Copy)]
pub(super) enum Input<'a> {
    /// From everywhere: `[time, batch, 4·units]`.
    Sums(&'a [f32]),
    /// Row `ids[step, row]` of `table`, `[characters, 4·units]`.
    Rows { table: &'a [f32], ids: &'a [usize] },
}

/// What a pass fills.
#[derive(Debug)]
pub(super) struct Outputs<'a> {
    /// The gates' values, as [`Extent::panels`] says.
    pub(super) gates: &'a mut [f32],
    /// The hidden state and the cell after every step, `[time, batch, units]`.
    pub(super) hidden: &'a mut [f32],
    pub(super) cell: &'a mut [f32],
}

/// Runs from the `initial` hidden state and cell `[batch, units]`; `recurrent` is `[units, 4·units]`.
pub(super) fn forward(
    extent: Extent,
    input: Input<'_>,
    recurrent: &[f32],
    initial: [&[f32]; 2],
    outputs: Outputs<'_>,
) {
    let Extent { units, .. } = extent;
    let recurrent = Panels::pack_gates(recurrent, units);
    let rests = initial[0].iter().all(|hidden| *hidden == 0.0);
    let group = extent.group();
    let [hidden_before, cell_before] = initial.map(|state| state.par_chunks(group * units));
    extent
        .cut(outputs.gates, COLUMNS)
        .into_par_iter()
        .zip(extent.cut(outputs.hidden, units))
        .zip(extent.cut(outputs.cell, units))
        .zip(hidden_before.zip(cell_before))
        .enumerate()
        .for_each(|(index, (((gates, hidden), cell), (hidden_before, cell_before)))| {
            let first_row = index * group;
            simd::run(Group {
                extent,
                first_row,
                rests,
                input,
                gates,
                hidden,
                cell,
                recurrent: &recurrent,
                hidden_before,
                cell_before,
            });
        });
}

/// One group's pass.
struct Group<'a> {
    extent: Extent,
    first_row: usize,
    /// Whether the initial hidden state is zero: then it adds nothing to the first sums.
    rests: bool,
    input: Input<'a>,
    gates: Vec<&'a mut [f32]>,
    hidden: Vec<&'a mut [f32]>,
    cell: Vec<&'a mut [f32]>,
    recurrent: &'a Panels,
    hidden_before: &'a [f32],
    cell_before: &'a [f32],
}

impl Kernel for Group<'_> {
    #[inline(always)]
    fn go<const FUSED: bool, const ROWS: usize>(self) {
        let Self { extent, first_row, input, mut gates, recurrent, .. } = self;
        let Extent { time, batch, units } = extent;
        let (mut hidden_before, mut cell_before) = (self.hidden_before, self.cell_before);
        let rows = hidden_before.len() / units;
        let mut packed = vec![0.0; hidden_before.len()];
        // What the rows' gates of a few units sum up to, `[rows, 4, COLUMNS]`: they become values while they are
        // in the first-level cache.
        let mut sums = vec![0.0; rows * 4 * COLUMNS];
        let source = |step: usize, row: usize| match input {
            Input::Sums(sums) => &sums[(step * batch + first_row + row) * 4 * units..][..4 * units],
            Input::Rows { table, ids } => {
                &table[ids[step * batch + first_row + row] * 4 * units..][..4 * units]
            }
        };
        for (step, (hidden, cell)) in self.hidden.into_iter().zip(self.cell).enumerate() {
            let adds = step > 0 || !self.rests;
            if adds {
                pack_rows::<ROWS>(hidden_before, units, &mut packed, units, 0);
            }
            for (block, (unit, width)) in extent.blocks().enumerate() {
                for (row, sums) in sums.chunks_exact_mut(4 * COLUMNS).enumerate() {
                    let source = source(step, row);
                    for (gate, sums) in sums.as_chunks_mut().0.iter_mut().enumerate() {
                        *sums = tile(&source[gate * units + unit..], width);
                    }
                }
                let panel = |gate: usize| (4 * block + gate) * time + step;
                for gate in 0..4 {
                    simd::prefetch(gates[panel(gate)]);
                }
                let panels = recurrent.iter().skip(4 * block).take(if adds { 4 } else { 0 });
                for (gate, panel) in panels.enumerate() {
                    add_panel::<FUSED, ROWS>(&packed, panel, &mut sums, gate * COLUMNS, 4 * COLUMNS);
                }
                for (row, sums) in sums.as_chunks_mut::<{ 4 * COLUMNS }>().0.iter_mut().enumerate() {
                    let at = row * units + unit;
                    let mut cell_tile = tile(&cell_before[at..], width);
                    let mut hidden_tile = [0.0; COLUMNS];
                    gates::forward::<FUSED>(sums, &mut cell_tile, &mut hidden_tile);
                    copy(&cell_tile, &mut cell[at..], width);
                    copy(&hidden_tile, &mut hidden[at..], width);
                    for (gate, sums) in sums.chunks_exact(COLUMNS).enumerate() {
                        gates[panel(gate)][row * COLUMNS..][..COLUMNS].copy_from_slice(sums);
                    }
                }
            }
            (hidden_before, cell_before) = (hidden, cell);
        }
    }
}
