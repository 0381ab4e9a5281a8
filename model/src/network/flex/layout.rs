//! Where a pass keeps its numbers, and how its rows are shared out.
//!
//! Rows do not depend on each other: every thread runs a group of them through all steps by itself. Smaller groups would
//! keep a step's numbers in the first-level cache, but fetch the weights more often and write the gates in shorter
//! pieces: measured, they are slower. Every number is the same sum in the same order whatever the groups are, so the
//! result does not depend on the number of threads.

use rayon::prelude::*;

use super::product::{COLUMNS, copy, tile};

/// Rows that are not worth sharing out.
const FEW: usize = 64;

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
    /// Panels of the gates: four, one a gate, for every [`COLUMNS`] units.
    ///
    /// The gates lie as `[panels, time, batch, COLUMNS]` in all that the passes hand to each other: a panel's numbers
    /// one after another, as the products read them. Columns behind the last unit are finite, but have no meaning.
    pub(super) fn panels(self) -> usize {
        4 * self.blocks().len()
    }

    /// Numbers of a gate's panel.
    pub(super) fn panel(self) -> usize {
        self.time * self.batch * COLUMNS
    }

    /// Numbers of a panel of the states before every step and after the last, which lie as
    /// `[panels, time + 1, batch, COLUMNS]`: a panel for every [`COLUMNS`] units.
    pub(super) fn states(self) -> usize {
        (self.time + 1) * self.batch * COLUMNS
    }

    /// Rows of a group: an even share for every thread.
    pub(super) fn group(self) -> usize {
        self.batch.div_ceil(rayon::current_num_threads()).max(1)
    }

    /// Cuts `[…, time, batch, width]` into groups of rows, each a list of its steps.
    pub(super) fn cut(self, values: &mut [f32], width: usize) -> Vec<Vec<&mut [f32]>> {
        let group = self.group();
        let step = (self.batch * width).max(1);
        let steps = values.len() / step;
        let mut parts: Vec<Vec<&mut [f32]>> = Vec::new();
        parts.resize_with(self.batch.div_ceil(group), || Vec::with_capacity(steps));
        for step in values.chunks_exact_mut(step) {
            for (part, rows) in parts.iter_mut().zip(step.chunks_mut(group * width)) {
                part.push(rows);
            }
        }
        parts
    }

    /// Of a list as [`cut`](Self::cut) makes it of gates, the places of a block's four at a step.
    #[inline(always)]
    pub(super) fn gates(self, block: usize, step: usize) -> [usize; 4] {
        [0, 1, 2, 3].map(|gate| (4 * block + gate) * self.time + step)
    }

    /// The units of every panel of a gate: the first and how many.
    #[inline(always)]
    pub(super) fn blocks(self) -> impl ExactSizeIterator<Item = (usize, usize)> {
        (0..self.units).step_by(COLUMNS).map(move |unit| (unit, COLUMNS.min(self.units - unit)))
    }

    /// Row-major `[height, 4·units]` from panels of that many rows.
    pub(super) fn rows(self, panels: &[f32], height: usize) -> Vec<f32> {
        let wide = 4 * self.units;
        let mut rows = vec![0.0; height * wide];
        rows.par_chunks_exact_mut(wide).with_min_len(FEW).enumerate().for_each(|(row, target)| {
            for (block, (unit, width)) in self.blocks().enumerate() {
                for gate in 0..4 {
                    let source = &panels[((4 * block + gate) * height + row) * COLUMNS..];
                    target[gate * self.units + unit..][..width].copy_from_slice(&source[..width]);
                }
            }
        });
        rows
    }
}

/// A panel's tiles from the so many units, from `unit` on, of rows of all `units`; `FULL` as for [`copy`].
#[inline(always)]
pub(super) fn from_rows<const FULL: bool>(
    rows: &[f32],
    units: usize,
    (unit, width): (usize, usize),
    panel: &mut [[f32; COLUMNS]],
) {
    for (own, row) in panel.iter_mut().zip(rows.chunks_exact(units)) {
        *own = tile::<FULL>(&row[unit..], width);
    }
}

/// The inverse of [`from_rows`].
#[inline(always)]
pub(super) fn to_rows<const FULL: bool>(
    panel: &[[f32; COLUMNS]],
    (unit, width): (usize, usize),
    rows: &mut [f32],
    units: usize,
) {
    for (tile, row) in panel.iter().zip(rows.chunks_exact_mut(units)) {
        copy::<FULL>(tile, &mut row[unit..], width);
    }
}
