//! Matrix products for the LSTM's loop on the CPU: one factor is packed once a pass, the other a step.
//!
//! The scheme is Goto's (Goto and van de Geijn, 2008): a tile of the result stays in registers while it runs
//! down panels that fit the first-level cache. The compiler vectorises the loops for whatever the caller's
//! instruction set is; see [`super::simd`].

use super::simd::WIDE;
use crate::math::multiply_add;

/// Columns of a tile. How many rows it has depends on the instructions.
pub(super) const COLUMNS: usize = 16;
/// Longest run down a panel: 256 rows of 16 columns are 16 KB, half a first-level cache.
pub(super) const DEPTH: usize = 256;

/// The right factor, cut into panels `[depth, COLUMNS]`; where its columns end within one, it is filled up with zeros.
#[derive(Debug)]
pub(super) struct Panels {
    depth: usize,
    values: Vec<f32>,
}

impl Panels {
    /// Packs recurrent weights `[units, 4·units]` so that the four gates of [`COLUMNS`] units are four panels in a
    /// row.
    pub(super) fn pack_gates(matrix: &[f32], units: usize) -> Self {
        let mut values = vec![0.0; units * 4 * units.next_multiple_of(COLUMNS)];
        for (row, source) in matrix.chunks_exact(4 * units).enumerate() {
            for (gate, source) in source.chunks_exact(units).enumerate() {
                for (block, source) in source.chunks(COLUMNS).enumerate() {
                    let at = ((4 * block + gate) * units + row) * COLUMNS;
                    values[at..at + source.len()].copy_from_slice(source);
                }
            }
        }
        Self { depth: units, values }
    }

    /// The panels, each `[depth, COLUMNS]`.
    pub(super) fn iter(&self) -> std::slice::ChunksExact<'_, f32> {
        self.values.chunks_exact(self.depth * COLUMNS)
    }

    /// Packs the transpose of recurrent weights `[units, 4·units]`; its rows are in the order of
    /// [`pack_gates`](Self::pack_gates)' columns.
    pub(super) fn pack_gates_transposed(matrix: &[f32], units: usize) -> Self {
        let depth = 4 * units.next_multiple_of(COLUMNS);
        let mut values = vec![0.0; depth * units.next_multiple_of(COLUMNS)];
        for (column, source) in matrix.chunks_exact(4 * units).enumerate() {
            let first = column / COLUMNS * depth * COLUMNS + column % COLUMNS;
            for (gate, source) in source.chunks_exact(units).enumerate() {
                for (block, source) in source.chunks(COLUMNS).enumerate() {
                    let at = first + (4 * block + gate) * COLUMNS * COLUMNS;
                    for (value, source) in values[at..].iter_mut().step_by(COLUMNS).zip(source) {
                        *value = *source;
                    }
                }
            }
        }
        Self { depth, values }
    }
}

/// Packs the left factor into blocks of `ROWS` rows (the last may have fewer), each block column by column: of its
/// columns, `depth` in all, those from `first` on, row-major `[rows, width]`.
#[inline(always)]
pub(super) fn pack_rows<const ROWS: usize>(
    rows: &[f32],
    width: usize,
    packed: &mut [f32],
    depth: usize,
    first: usize,
) {
    let blocks = rows.chunks(ROWS * width).zip(packed.chunks_mut(ROWS * depth));
    for (rows, block) in blocks {
        let height = rows.len() / width;
        let block = &mut block[first * height..];
        match height {
            1 => pack_block::<1>(rows, width, block),
            2 => pack_block::<2>(rows, width, block),
            3 => pack_block::<3>(rows, width, block),
            4 => pack_block::<4>(rows, width, block),
            5 => pack_block::<5>(rows, width, block),
            6 if ROWS > 6 => pack_block::<6>(rows, width, block),
            7 if ROWS > 7 => pack_block::<7>(rows, width, block),
            _ => pack_block::<ROWS>(rows, width, block),
        }
    }
}

#[inline(always)]
fn pack_block<const HEIGHT: usize>(rows: &[f32], width: usize, block: &mut [f32]) {
    let rows: [&[f32]; HEIGHT] = std::array::from_fn(|row| &rows[row * width..(row + 1) * width]);
    for (at, column) in block.as_chunks_mut::<HEIGHT>().0.iter_mut().enumerate().take(width) {
        *column = std::array::from_fn(|row| rows[row][at]);
    }
}

/// `out += left · right`: `left` is packed by [`pack_rows`] or [`pack_columns`], `right` is a `panel`
/// `[depth, COLUMNS]`, `out` row-major with so many `columns`, of which those from `column` on are meant.
#[inline(always)]
pub(super) fn add_panel<const FUSED: bool, const ROWS: usize>(
    left: &[f32],
    panel: &[f32],
    out: &mut [f32],
    column: usize,
    columns: usize,
) {
    let depth = panel.len() / COLUMNS;
    let width = COLUMNS.min(columns - column);
    for (part, panel) in panel.chunks(DEPTH * COLUMNS).enumerate() {
        let deep = panel.len() / COLUMNS;
        let blocks = out.chunks_mut(ROWS * columns).zip(left.chunks(ROWS * depth));
        for (out, block) in blocks {
            let height = out.len() / columns;
            let block = &block[part * DEPTH * height..][..deep * height];
            let out = &mut out[column..];
            add_block::<FUSED, ROWS>(block, panel, out, columns, height, width);
        }
    }
}

/// One tile, whatever its height and width.
#[inline(always)]
fn add_block<const FUSED: bool, const ROWS: usize>(
    block: &[f32],
    panel: &[f32],
    out: &mut [f32],
    stride: usize,
    height: usize,
    width: usize,
) {
    if width == COLUMNS {
        return match height {
            1 => add_tile::<1, FUSED, ROWS>(block, panel, out, stride),
            2 => add_tile::<2, FUSED, ROWS>(block, panel, out, stride),
            3 => add_tile::<3, FUSED, ROWS>(block, panel, out, stride),
            4 => add_tile::<4, FUSED, ROWS>(block, panel, out, stride),
            5 => add_tile::<5, FUSED, ROWS>(block, panel, out, stride),
            6 if ROWS > 6 => add_tile::<6, FUSED, ROWS>(block, panel, out, stride),
            7 if ROWS > 7 => add_tile::<7, FUSED, ROWS>(block, panel, out, stride),
            _ => add_tile::<ROWS, FUSED, ROWS>(block, panel, out, stride),
        };
    }
    // The last columns, where they do not fill a tile, row by row: a tile of a width known only at run time would
    // not stay in registers.
    for row in 0..height {
        let mut sums = [0.0f32; COLUMNS];
        for (left, right) in block.chunks_exact(height).zip(panel.as_chunks::<COLUMNS>().0) {
            for column in 0..COLUMNS {
                sums[column] = multiply_add::<f32, FUSED>(left[row], right[column], sums[column]);
            }
        }
        for (out, sum) in out[row * stride..row * stride + width].iter_mut().zip(sums) {
            *out += sum;
        }
    }
}

/// A whole tile. Loops by index, which the compiler unrolls into registers; it does not do so with iterators, nor where
/// the sums are stored rather than added: it then copies them through memory.
#[inline(always)]
fn add_tile<const HEIGHT: usize, const FUSED: bool, const ROWS: usize>(
    block: &[f32],
    panel: &[f32],
    out: &mut [f32],
    stride: usize,
) {
    #[cfg(target_arch = "x86_64")]
    if FUSED && ROWS == WIDE {
        // SAFETY: Such tiles are made only where the processor has these instructions; see `simd::run`.
        return unsafe { wide::add_tile::<HEIGHT>(block, panel, out, stride) };
    }
    let mut sums = [[0.0f32; COLUMNS]; HEIGHT];
    for (left, right) in block.as_chunks::<HEIGHT>().0.iter().zip(panel.as_chunks::<COLUMNS>().0) {
        for row in 0..HEIGHT {
            for column in 0..COLUMNS {
                sums[row][column] = multiply_add::<f32, FUSED>(left[row], right[column], sums[row][column]);
            }
        }
    }
    for row in 0..HEIGHT {
        let out = &mut out[row * stride..row * stride + COLUMNS];
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

    use super::COLUMNS;

    #[inline]
    #[target_feature(enable = "avx512f")]
    pub(super) fn add_tile<const HEIGHT: usize>(
        block: &[f32],
        panel: &[f32],
        out: &mut [f32],
        stride: usize,
    ) {
        let mut sums = [_mm512_setzero_ps(); HEIGHT];
        for (left, right) in block.as_chunks::<HEIGHT>().0.iter().zip(panel.as_chunks::<COLUMNS>().0) {
            // SAFETY: The array has as many numbers as the register.
            let right = unsafe { _mm512_loadu_ps(right.as_ptr()) };
            for row in 0..HEIGHT {
                sums[row] = _mm512_fmadd_ps(_mm512_set1_ps(left[row]), right, sums[row]);
            }
        }
        for (row, sum) in sums.into_iter().enumerate() {
            let out = out[row * stride..row * stride + COLUMNS].as_mut_ptr();
            // SAFETY: The slice has as many numbers as the register.
            unsafe { _mm512_storeu_ps(out, _mm512_add_ps(_mm512_loadu_ps(out), sum)) };
        }
    }
}

/// Packs the transpose of row-major `[depth, height]` as [`pack_rows`] packs rows: the blocks' columns lie side by
/// side already.
#[inline(always)]
pub(super) fn pack_columns<const ROWS: usize>(matrix: &[f32], height: usize, packed: &mut [f32]) {
    let depth = matrix.len() / height;
    for first in (0..height).step_by(ROWS) {
        let high = ROWS.min(height - first);
        let block = &mut packed[first * depth..(first + high) * depth];
        if high == ROWS {
            let columns = matrix.chunks_exact(height).map(|row| &row[first..first + ROWS]);
            for (target, source) in block.as_chunks_mut::<ROWS>().0.iter_mut().zip(columns) {
                target.copy_from_slice(source);
            }
        } else {
            for (target, source) in block.chunks_exact_mut(high).zip(matrix.chunks_exact(height)) {
                target.copy_from_slice(&source[first..first + high]);
            }
        }
    }
}

/// Copies the first `width` numbers, of at most [`COLUMNS`]. Nearly always it is all of them, which costs two
/// instructions; were the others copied as a slice as well, the compiler would make one call for both.
#[inline(always)]
pub(super) fn copy(source: &[f32], target: &mut [f32], width: usize) {
    if width == COLUMNS {
        target[..COLUMNS].copy_from_slice(&source[..COLUMNS]);
    } else {
        for at in 0..COLUMNS {
            if at < width {
                target[at] = source[at];
            }
        }
    }
}

/// The first `width` numbers, of at most [`COLUMNS`], and zeros behind them.
#[inline(always)]
pub(super) fn tile(source: &[f32], width: usize) -> [f32; COLUMNS] {
    let mut tile = [0.0; COLUMNS];
    copy(source, &mut tile, width);
    tile
}

#[cfg(test)]
mod tests {
    use super::{super::simd::NARROW, *};
    use crate::draw::uniform;

    fn matrix(seed: u32, size: usize) -> Vec<f32> {
        (0..size as u32).map(|step| uniform(seed, 0, step) - 0.5).collect()
    }

    /// The panel that holds a column of the gates, and where in it.
    fn place(units: usize, column: usize) -> (usize, usize) {
        let (gate, unit) = (column / units, column % units);
        (4 * (unit / COLUMNS) + gate, unit % COLUMNS)
    }

    #[test]
    fn products_in_tiles_of_any_width() {
        fn all<const ROWS: usize>() {
            products_with_the_weights::<ROWS>();
            products_with_the_transposed_weights::<ROWS>();
            products_of_columns::<ROWS>();
        }
        all::<NARROW>();
        // Wide tiles are made with 512-bit registers alone.
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx512f") {
            all::<WIDE>();
        }
    }

    const SHAPES: [(usize, usize); 6] = [(1, 1), (5, 7), (6, 16), (13, 33), (12, 20), (7, 300)];

    fn products_with_the_weights<const ROWS: usize>() {
        for (rows, units) in SHAPES {
            let (left, right) = (matrix(1, rows * units), matrix(2, units * 4 * units));
            let mut packed = vec![0.0; rows * units];
            pack_rows::<ROWS>(&left, units, &mut packed, units, 0);
            for (number, panel) in Panels::pack_gates(&right, units).iter().enumerate() {
                let mut out = vec![0.0; rows * COLUMNS];
                add_panel::<true, ROWS>(&packed, panel, &mut out, 0, COLUMNS);
                add_panel::<false, ROWS>(&packed, panel, &mut out, 0, COLUMNS);
                let columns = (0..4 * units).filter(|column| place(units, *column).0 == number);
                for (row, column) in
                    (0..rows).flat_map(|row| columns.clone().map(move |column| (row, column)))
                {
                    let term = |k: usize| {
                        f64::from(left[row * units + k]) * f64::from(right[k * 4 * units + column])
                    };
                    let exact = 2.0 * (0..units).map(term).sum::<f64>();
                    let found = out[row * COLUMNS + place(units, column).1];
                    assert!(
                        (f64::from(found) - exact).abs() < 1e-4,
                        "{found} against {exact}, {units} units"
                    );
                }
            }
        }
    }

    fn products_with_the_transposed_weights<const ROWS: usize>() {
        for (rows, units) in SHAPES {
            let depth = 4 * units.next_multiple_of(COLUMNS);
            let (left, right) = (matrix(1, rows * depth), matrix(2, units * 4 * units));
            let mut packed = vec![0.0; rows * depth];
            for (panel, tiles) in left.chunks_exact(rows * COLUMNS).enumerate() {
                pack_rows::<ROWS>(tiles, COLUMNS, &mut packed, depth, panel * COLUMNS);
            }
            let mut out = vec![0.0; rows * units];
            for (number, panel) in Panels::pack_gates_transposed(&right, units).iter().enumerate() {
                add_panel::<true, ROWS>(&packed, panel, &mut out, number * COLUMNS, units);
                add_panel::<false, ROWS>(&packed, panel, &mut out, number * COLUMNS, units);
            }
            for (at, found) in out.iter().enumerate() {
                let (row, unit) = (at / units, at % units);
                let term = |column: usize| {
                    let (panel, lane) = place(units, column);
                    let left = left[(panel * rows + row) * COLUMNS + lane];
                    f64::from(left) * f64::from(right[unit * 4 * units + column])
                };
                let exact = 2.0 * (0..4 * units).map(term).sum::<f64>();
                assert!((f64::from(*found) - exact).abs() < 2e-4, "{found} against {exact}, {units} units");
            }
        }
    }

    fn products_of_columns<const ROWS: usize>() {
        for (depth, height) in [(1, 1), (9, 5), (200, 13), (256, 36)] {
            let (left, right) = (matrix(1, depth * height), matrix(2, depth * COLUMNS));
            let mut packed = vec![0.0; depth * height];
            pack_columns::<ROWS>(&left, height, &mut packed);
            let mut out = vec![1.0; height * COLUMNS];
            add_panel::<true, ROWS>(&packed, &right, &mut out, 0, COLUMNS);
            for (at, found) in out.iter().enumerate() {
                let (row, column) = (at / COLUMNS, at % COLUMNS);
                let term =
                    |k: usize| f64::from(left[k * height + row]) * f64::from(right[k * COLUMNS + column]);
                let exact = 1.0 + (0..depth).map(term).sum::<f64>();
                assert!((f64::from(*found) - exact).abs() < 1e-4, "{found} against {exact}");
            }
        }
    }
}
