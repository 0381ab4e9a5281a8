//! The gradients of the weights, from those of the gates' sums, which lie as [`Extent::panels`] says. The threads share
//! the panels.

use rayon::prelude::*;

use super::{
    layout::Extent,
    product::{COLUMNS, DEPTH, add_columns},
    simd::{self, Kernel},
};

/// Which rows of a table were added to the sums: the `ids` `[time, batch]` of so many `characters`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading<'a> {
    pub(super) ids: &'a [usize],
    pub(super) characters: usize,
}

/// The gradients of the recurrent weights and of the table, if one was read: `Σ hᵀ·∂z` over all steps and rows,
/// `[units, 4·units]`, for the `hidden` states as [`Extent::states`] says; and `[characters, 4·units]`, or nothing.
pub(super) fn gradients(
    extent: Extent,
    hidden: &[f32],
    d_sums: &[f32],
    reading: Option<Reading<'_>>,
) -> (Vec<f32>, Vec<f32>) {
    let Extent { units, .. } = extent;
    let Reading { ids, characters } = reading.unwrap_or(Reading { ids: &[], characters: 0 });
    let share = extent.panels().div_ceil(rayon::current_num_threads());
    let zeros = |height: usize| vec![0.0; extent.panels() * height * COLUMNS];
    let (mut recurrent, mut table) = (zeros(units), zeros(characters));
    let mut tables: Vec<&mut [f32]> = table.chunks_mut((share * characters * COLUMNS).max(1)).collect();
    tables.resize_with(extent.panels().div_ceil(share), Default::default);
    recurrent
        .par_chunks_mut(share * units * COLUMNS)
        .zip(d_sums.par_chunks((share * extent.panel()).max(1)))
        .zip(tables)
        .for_each(|((recurrent, d_sums), table)| {
            simd::run(Part { extent, hidden, d_sums, ids, recurrent, table });
        });
    (extent.rows(&recurrent, units), extent.rows(&table, characters))
}

/// Some panels.
struct Part<'a> {
    extent: Extent,
    hidden: &'a [f32],
    d_sums: &'a [f32],
    ids: &'a [usize],
    recurrent: &'a mut [f32],
    table: &'a mut [f32],
}

impl Kernel for Part<'_> {
    #[inline(always)]
    fn run<const FUSED: bool, const ROWS: usize>(self) {
        let Self { extent, hidden, d_sums, ids, recurrent, table } = self;
        let Extent { time, batch, units } = extent;
        let panels = recurrent.len() / (units * COLUMNS);
        let height = table.len() / panels;
        // The zero state that most sequences begin with adds nothing.
        let hidden = || hidden.chunks_exact(extent.states());
        let starts_at_zero =
            hidden().all(|panel| panel[..batch * COLUMNS].iter().all(|hidden| *hidden == 0.0));
        let first = if starts_at_zero { batch } else { 0 };
        for from in (0..time * batch).step_by(DEPTH) {
            let to = (from + DEPTH).min(time * batch);
            let panels = d_sums.chunks_exact(extent.panel()).zip(recurrent.chunks_exact_mut(units * COLUMNS));
            for (panel, (d_sums, recurrent)) in panels.enumerate() {
                let adding = from.max(first).min(to) * COLUMNS..to * COLUMNS;
                for (hidden, recurrent) in hidden().zip(recurrent.chunks_mut(COLUMNS * COLUMNS)) {
                    add_columns::<FUSED, ROWS>(&hidden[adding.clone()], &d_sums[adding.clone()], recurrent);
                }
                // While they are in the first-level cache.
                let d_sums = d_sums[from * COLUMNS..to * COLUMNS].as_chunks::<COLUMNS>().0;
                let (rows, _) = table[panel * height..][..height].as_chunks_mut::<COLUMNS>();
                for (id, d_sums) in ids.iter().skip(from).zip(d_sums) {
                    // Through a copy, so that the compiler can tell the two apart and adds all at once.
                    let mut sums = rows[*id];
                    for column in 0..COLUMNS {
                        sums[column] += d_sums[column];
                    }
                    rows[*id] = sums;
                }
            }
        }
    }
}
