//! Tiles that the compiler vectorises for whatever the caller's instruction set is; see [`simd`](super::super::simd).

#[cfg(target_arch = "x86_64")]
use super::super::simd::WIDE;
use super::{COLUMNS, DEPTH};
use crate::math::multiply_add;

/// The left factor of a tile.
trait Left<const HEIGHT: usize>: Copy {
    /// Its column `k`.
    fn column(self, k: usize) -> [f32; HEIGHT];
}

/// Rows of panels `[rows, COLUMNS]` side by side, from a place in each on.
#[derive(Clone, Copy)]
struct Rows<'a> {
    panels: &'a [&'a [f32]],
    first: usize,
}

impl<const HEIGHT: usize> Left<HEIGHT> for Rows<'_> {
    #[inline(always)]
    fn column(self, k: usize) -> [f32; HEIGHT] {
        let rows = &self.panels[k / COLUMNS][self.first..][..HEIGHT * COLUMNS];
        std::array::from_fn(|row| rows[row * COLUMNS + k % COLUMNS])
    }
}

/// Columns of a panel `[depth, COLUMNS]`, from the `first` on: the transpose's rows.
#[derive(Clone, Copy)]
struct Columns<'a> {
    panel: &'a [f32],
    first: usize,
}

impl<const HEIGHT: usize> Left<HEIGHT> for Columns<'_> {
    #[inline(always)]
    fn column(self, k: usize) -> [f32; HEIGHT] {
        let column = &self.panel[k * COLUMNS + self.first..][..HEIGHT];
        std::array::from_fn(|row| column[row])
    }
}

/// `out += left · right`: `left` are panels `[rows, COLUMNS]`, side by side, `right` is one panel `[depth, COLUMNS]`, `out`
/// `[rows, COLUMNS]`.
#[inline(always)]
pub(in super::super) fn add_rows<const FUSED: bool, const ROWS: usize>(
    left: &[&[f32]],
    right: &[f32],
    out: &mut [f32],
) {
    let parts = left.chunks(DEPTH / COLUMNS).zip(right.chunks(DEPTH * COLUMNS));
    for (panels, right) in parts {
        for (block, out) in out.chunks_mut(ROWS * COLUMNS).enumerate() {
            add_block::<FUSED, ROWS>(Rows { panels, first: block * ROWS * COLUMNS }, right, out);
        }
    }
}

/// `out += leftᵀ · right`: `left` is a panel `[depth, COLUMNS]` like `right`, of which the first columns are meant, as many as
/// `out` `[…, COLUMNS]` has rows.
#[inline(always)]
pub(in super::super) fn add_columns<const FUSED: bool, const ROWS: usize>(
    left: &[f32],
    right: &[f32],
    out: &mut [f32],
) {
    for (block, out) in out.chunks_mut(ROWS * COLUMNS).enumerate() {
        add_block::<FUSED, ROWS>(Columns { panel: left, first: block * ROWS }, right, out);
    }
}

/// A tile of the result, whatever its height.
#[inline(always)]
fn add_block<const FUSED: bool, const ROWS: usize>(
    left: impl Left<1> + Left<2> + Left<3> + Left<4> + Left<5> + Left<6> + Left<7> + Left<ROWS>,
    right: &[f32],
    out: &mut [f32],
) {
    match out.len() / COLUMNS {
        1 => add_tile::<1, FUSED, ROWS>(left, right, out),
        2 => add_tile::<2, FUSED, ROWS>(left, right, out),
        3 => add_tile::<3, FUSED, ROWS>(left, right, out),
        4 => add_tile::<4, FUSED, ROWS>(left, right, out),
        5 => add_tile::<5, FUSED, ROWS>(left, right, out),
        6 if ROWS > 6 => add_tile::<6, FUSED, ROWS>(left, right, out),
        7 if ROWS > 7 => add_tile::<7, FUSED, ROWS>(left, right, out),
        _ => add_tile::<ROWS, FUSED, ROWS>(left, right, out),
    }
}

/// A tile of the result, `[HEIGHT, COLUMNS]`. One loop, and in it loops by index, which the compiler unrolls into
/// registers; it does not do so with iterators, nor if the sums are stored rather than added: it then copies them
/// through memory.
#[inline(always)]
fn add_tile<const HEIGHT: usize, const FUSED: bool, const ROWS: usize>(
    left: impl Left<HEIGHT>,
    right: &[f32],
    out: &mut [f32],
) {
    #[cfg(target_arch = "x86_64")]
    if FUSED && ROWS == WIDE {
        // SAFETY: Such tiles are made only if the processor has these instructions; see `simd::run`.
        return unsafe { wide::add_tile::<HEIGHT>(left, right, out) };
    }
    let mut sums = [[0.0f32; COLUMNS]; HEIGHT];
    for (k, right) in right.as_chunks::<COLUMNS>().0.iter().enumerate() {
        let left = left.column(k);
        for row in 0..HEIGHT {
            for column in 0..COLUMNS {
                sums[row][column] = multiply_add::<f32, FUSED>(left[row], right[column], sums[row][column]);
            }
        }
    }
    for row in 0..HEIGHT {
        let out = &mut out[row * COLUMNS..(row + 1) * COLUMNS];
        for column in 0..COLUMNS {
            out[column] += sums[row][column];
        }
    }
}

/// The tile in 512-bit registers. By hand, since the compiler gives up a tile of this size: it keeps the sums in memory.
#[cfg(target_arch = "x86_64")]
mod wide {
    use std::arch::x86_64::{
        _mm512_add_ps, _mm512_fmadd_ps, _mm512_loadu_ps, _mm512_set1_ps, _mm512_setzero_ps, _mm512_storeu_ps,
    };

    use super::{COLUMNS, Left};

    #[inline]
    #[target_feature(enable = "avx512f")]
    pub(super) fn add_tile<const HEIGHT: usize>(left: impl Left<HEIGHT>, right: &[f32], out: &mut [f32]) {
        let mut sums = [_mm512_setzero_ps(); HEIGHT];
        for (k, right) in right.as_chunks::<COLUMNS>().0.iter().enumerate() {
            // SAFETY: The array has as many numbers as the register.
            let right = unsafe { _mm512_loadu_ps(right.as_ptr()) };
            let left = left.column(k);
            for row in 0..HEIGHT {
                sums[row] = _mm512_fmadd_ps(_mm512_set1_ps(left[row]), right, sums[row]);
            }
        }
        for (row, sum) in sums.into_iter().enumerate() {
            let out = out[row * COLUMNS..(row + 1) * COLUMNS].as_mut_ptr();
            // SAFETY: The slice has as many numbers as the register.
            unsafe { _mm512_storeu_ps(out, _mm512_add_ps(_mm512_loadu_ps(out), sum)) };
        }
    }
}
