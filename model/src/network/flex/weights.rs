//! The gradients of the weights, from those of the gates' sums, which lie as [`Extent::panels`] says. The threads share
//! the panels.

use rayon::prelude::*;

use super::{
    layout::Extent,
    product::{COLUMNS, DEPTH, add_panel, pack_columns},
    simd::{self, Kernel},
};

/// `Σ hᵀ·∂z` over all steps and rows, `[units, 4·units]`, for the `initial` hidden state `[batch, units]` and those after
/// every step, `hidden` `[time, batch, units]`.
pub(super) fn recurrent(extent: Extent, initial: &[f32], hidden: &[f32], d_sums: &[f32]) -> Vec<f32> {
    let Extent { batch, units, .. } = extent;
    let share = extent.panels().div_ceil(rayon::current_num_threads());
    let mut gradient = vec![0.0; extent.panels() * units * COLUMNS];
    let hidden = &hidden[..hidden.len().saturating_sub(batch * units)];
    gradient
        .par_chunks_mut(share * units * COLUMNS)
        .zip(d_sums.par_chunks((share * extent.panel()).max(1)))
        .for_each(|(gradient, d_sums)| {
            for (first, left) in [(0, initial), (batch, hidden)] {
                // The zero state that most sequences begin with adds nothing.
                if left.iter().all(|hidden| *hidden == 0.0) {
                    continue;
                }
                simd::run(Product { extent, first, left, d_sums, gradient });
            }
        });
    extent.rows(&gradient, units)
}

/// The part of some panels that some steps and rows have: of `left`, which begins at the `first` row of the panels.
struct Product<'a> {
    extent: Extent,
    first: usize,
    left: &'a [f32],
    d_sums: &'a [f32],
    gradient: &'a mut [f32],
}

impl Kernel for Product<'_> {
    #[inline(always)]
    fn go<const FUSED: bool>(self) {
        let Self { extent, first, left, d_sums, gradient } = self;
        let units = extent.units;
        let mut packed = vec![0.0; DEPTH.min(left.len() / units) * units];
        for (number, left) in left.chunks(DEPTH * units).enumerate() {
            let deep = left.len() / units;
            let packed = &mut packed[..deep * units];
            pack_columns(left, units, packed);
            let panels = d_sums.chunks_exact(extent.panel()).zip(gradient.chunks_exact_mut(units * COLUMNS));
            for (d_sums, gradient) in panels {
                let d_sums = &d_sums[(first + number * DEPTH) * COLUMNS..][..deep * COLUMNS];
                add_panel::<FUSED>(packed, d_sums, gradient, 0, COLUMNS);
            }
        }
    }
}

/// The gradient of a table `[characters, 4·units]` whose rows `ids` `[time, batch]` were added to the sums.
pub(super) fn table(extent: Extent, ids: &[usize], characters: usize, d_sums: &[f32]) -> Vec<f32> {
    let mut gradient = vec![0.0; extent.panels() * characters * COLUMNS];
    gradient
        .par_chunks_exact_mut(characters * COLUMNS)
        .zip(d_sums.par_chunks_exact(extent.panel().max(1)))
        .for_each(|(gradient, d_sums)| simd::run(Scatter { ids, d_sums, gradient }));
    extent.rows(&gradient, characters)
}

/// A panel of a table's gradient.
struct Scatter<'a> {
    ids: &'a [usize],
    d_sums: &'a [f32],
    gradient: &'a mut [f32],
}

impl Kernel for Scatter<'_> {
    #[inline(always)]
    fn go<const FUSED: bool>(self) {
        let (rows, _) = self.gradient.as_chunks_mut::<COLUMNS>();
        for (id, d_sums) in self.ids.iter().zip(self.d_sums.as_chunks::<COLUMNS>().0) {
            for (sum, d_sum) in rows[*id].iter_mut().zip(d_sums) {
                *sum += d_sum;
            }
        }
    }
}
