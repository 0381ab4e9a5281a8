//! The forward pass over a sequence.

use rayon::prelude::*;

use super::{
    layout::{Extent, from_rows, to_rows},
    product::{COLUMNS, Panels, add_rows, tile},
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
    /// The hidden states, as [`Extent::states`] says.
    pub(super) hidden: &'a mut [f32],
    /// The cells, likewise.
    pub(super) cells: &'a mut [f32],
    /// The last hidden states, as many as there is room for, and behind them the last cell: `[…, batch, units]`.
    pub(super) last: &'a mut [f32],
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
    let starts_at_zero = initial[0].iter().all(|hidden| *hidden == 0.0);
    let group = extent.group();
    let [hidden_before, cell_before] = initial.map(|state| state.par_chunks(group * units));
    extent
        .cut(outputs.gates, COLUMNS)
        .into_par_iter()
        .zip(extent.cut(outputs.hidden, COLUMNS))
        .zip(extent.cut(outputs.cells, COLUMNS))
        .zip(extent.cut(outputs.last, units))
        .zip(hidden_before.zip(cell_before))
        .enumerate()
        .for_each(|(index, ((((gates, hidden), cells), last), initial))| {
            simd::run(Group {
                extent,
                first_row: index * group,
                starts_at_zero,
                input,
                initial: [initial.0, initial.1],
                recurrent: &recurrent,
                gates,
                hidden,
                cells,
                last,
            });
        });
}

/// One group's pass.
struct Group<'a> {
    extent: Extent,
    first_row: usize,
    /// Whether the initial hidden state is zero: then it adds nothing to the first sums.
    starts_at_zero: bool,
    input: Input<'a>,
    initial: [&'a [f32]; 2],
    recurrent: &'a Panels,
    gates: Vec<&'a mut [f32]>,
    hidden: Vec<&'a mut [f32]>,
    cells: Vec<&'a mut [f32]>,
    last: Vec<&'a mut [f32]>,
}

impl Kernel for Group<'_> {
    #[inline(always)]
    fn run<const FUSED: bool, const ROWS: usize>(mut self) {
        let Extent { time, units, .. } = self.extent;
        let states = time + 1;
        for (block, part) in self.extent.blocks().enumerate() {
            for (state, initial) in [&mut self.hidden, &mut self.cells].into_iter().zip(self.initial) {
                from_rows::<false>(initial, units, part, state[block * states].as_chunks_mut().0);
            }
        }
        for step in 0..time {
            for (block, (unit, width)) in self.extent.blocks().enumerate() {
                if width == COLUMNS {
                    self.advance::<FUSED, ROWS, true>(step, block, unit, width);
                } else {
                    self.advance::<FUSED, ROWS, false>(step, block, unit, width);
                }
            }
        }
        for (block, part) in self.extent.blocks().enumerate() {
            if let Some(last) = self.last.last_mut() {
                to_rows::<false>(self.cells[block * states + time].as_chunks().0, part, last, units);
            }
        }
    }
}

impl Group<'_> {
    /// A step of the units of a block.
    #[inline(always)]
    fn advance<const FUSED: bool, const ROWS: usize, const FULL: bool>(
        &mut self,
        step: usize,
        block: usize,
        unit: usize,
        width: usize,
    ) {
        let Self { extent, first_row, starts_at_zero, input, recurrent, gates, hidden, cells, last, .. } =
            self;
        let Extent { time, batch, units } = *extent;
        // What comes next is fetched while the products are calculated.
        let next = if block + 1 < extent.blocks().len() { (block + 1, step) } else { (0, step + 1) };
        for panel in extent.gates(next.0, next.1) {
            if let Some(gate) = gates.get(panel) {
                simd::prefetch(gate);
            }
        }
        let Ok(gates) = gates.get_disjoint_mut(extent.gates(block, step)) else { return };
        let mut gates = gates.map(|gate| gate.as_chunks_mut::<COLUMNS>().0);
        // The input's part, to which the products are added; what comes of it becomes values in place.
        for row in 0..gates[0].len() {
            let place = step * batch + *first_row + row;
            let source = match *input {
                Input::Sums(sums) => &sums[place * 4 * units..][..4 * units],
                Input::Rows { table, ids } => &table[ids[place] * 4 * units..][..4 * units],
            };
            for (gate, sums) in gates.iter_mut().enumerate() {
                sums[row] = tile::<FULL>(&source[gate * units + unit..], width);
            }
        }
        if step > 0 || !*starts_at_zero {
            let before: Vec<&[f32]> =
                hidden.iter().skip(step).step_by(time + 1).map(|hidden| &**hidden).collect();
            for (panel, sums) in recurrent.iter().skip(4 * block).zip(&mut gates) {
                add_rows::<FUSED, ROWS>(&before, panel, sums.as_flattened_mut());
            }
        }
        let [i, f, g, o] = gates;
        let at = block * (time + 1) + step;
        let (cells_before, cells) = cells[at..].split_at_mut(1);
        let cells = cells_before[0].as_chunks().0.iter().zip(cells[0].as_chunks_mut().0);
        let states = cells.zip(hidden[at + 1].as_chunks_mut().0);
        let gates = i.iter_mut().zip(f).zip(g.iter_mut().zip(o));
        for (((i, f), (g, o)), ((cell_before, cell), hidden)) in gates.zip(states) {
            *cell = *cell_before;
            gates::forward_apart::<FUSED, COLUMNS>([i, f, g, o], cell, hidden);
        }
        if let Some(rows) = (step + last.len()).checked_sub(time + 1).and_then(|step| last.get_mut(step)) {
            to_rows::<FULL>(hidden[at + 1].as_chunks().0, (unit, width), rows, units);
        }
    }
}
