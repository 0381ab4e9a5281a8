//! The gradients of the weights, from those of the gates' sums, which lie as [`Extent::panels`] says. The threads share
//! the panels.

use rayon::prelude::*;

use super::{
    layout::Extent,
    product::{COLUMNS, DEPTH, add_panel, pack_columns},
    simd::{self, Kernel},
};

/// Which rows of a table were added to the sums: the `ids` `[time, batch]` of so many `characters`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading<'a> {
    pub(super) ids: &'a [usize],
    pub(super) characters: usize,
}

/// The gradients of the recurrent weights and of the table, where one was read: `Σ hᵀ·∂z` over all steps and rows,
/// `[units, 4·units]`, for the `initial` hidden state `[batch, units]` and those after every step, `hidden`
/// `[time, batch, units]`; and `[characters, 4·units]`, or nothing.
pub(super) fn gradients(
    extent: Extent,
    initial: &[f32],
    hidden: &[f32],
    d_sums: &[f32],
    reading: Option<Reading<'_>>,
) -> (Vec<f32>, Vec<f32>) {
    let Extent { batch, units, .. } = extent;
    let Reading { ids, characters } = reading.unwrap_or(Reading { ids: &[], characters: 0 });
    let share = extent.panels().div_ceil(rayon::current_num_threads());
    let zeros = |height: usize| vec![0.0; extent.panels() * height * COLUMNS];
    let (mut recurrent, mut table) = (zeros(units), zeros(characters));
    let mut tables: Vec<&mut [f32]> = table.chunks_mut((share * characters * COLUMNS).max(1)).collect();
    tables.resize_with(extent.panels().div_ceil(share), Default::default);
    // The last hidden state goes into no sum.
    let hidden = &hidden[..hidden.len().saturating_sub(batch * units)];
    recurrent
        .par_chunks_mut(share * units * COLUMNS)
        .zip(d_sums.par_chunks((share * extent.panel()).max(1)))
        .zip(tables)
        .for_each(|((recurrent, d_sums), table)| {
            for (first, left) in [(0, initial), (batch, hidden)] {
                simd::run(Part { extent, first, left, d_sums, ids, recurrent, table });
            }
        });
    (extent.rows(&recurrent, units), extent.rows(&table, characters))
}

/// What some steps and rows, those of `left` `[rows, units]`, add to some panels; they begin at the panels' `first` row.
struct Part<'a> {
    extent: Extent,
    first: usize,
    left: &'a [f32],
    d_sums: &'a [f32],
    ids: &'a [usize],
    recurrent: &'a mut [f32],
    table: &'a mut [f32],
}

impl Kernel for Part<'_> {
    #[inline(always)]
    fn go<const FUSED: bool, const ROWS: usize>(self) {
        let Self { extent, first, left, d_sums, ids, recurrent, table } = self;
        let units = extent.units;
        let panels = recurrent.len() / (units * COLUMNS);
        let height = table.len() / panels;
        // The zero state that most sequences begin with adds nothing.
        let adds = left.iter().any(|hidden| *hidden != 0.0);
        let mut packed = vec![0.0; if adds { DEPTH.min(left.len() / units) * units } else { 0 }];
        for (left, at) in left.chunks(DEPTH * units).zip((first..).step_by(DEPTH)) {
            let deep = left.len() / units;
            if adds {
                pack_columns::<ROWS>(left, units, &mut packed[..deep * units]);
            }
            let panels = d_sums.chunks_exact(extent.panel()).zip(recurrent.chunks_exact_mut(units * COLUMNS));
            for (panel, (d_sums, recurrent)) in panels.enumerate() {
                let d_sums = &d_sums[at * COLUMNS..][..deep * COLUMNS];
                if adds {
                    add_panel::<FUSED, ROWS>(&packed[..deep * units], d_sums, recurrent, 0, COLUMNS);
                }
                // While they are in the first-level cache.
                let (rows, _) = table[panel * height..][..height].as_chunks_mut::<COLUMNS>();
                for (id, d_sums) in ids.iter().skip(at).zip(d_sums.as_chunks::<COLUMNS>().0) {
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
