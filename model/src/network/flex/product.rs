//! Matrix products for the LSTM's loop on the CPU: one factor is packed once a pass, the other a step.
//!
//! The scheme is Goto's (Goto and van de Geijn, 2008): a tile of the result stays in registers while it runs
//! down panels that fit the first-level cache. The compiler vectorises the loops for whatever the caller's
//! instruction set is; see [`super::simd`].

use crate::panels;

/// Rows of a tile: twelve vector registers of sums with [`COLUMNS`] on AVX2.
pub(super) const ROWS: usize = 6;
/// Columns of a tile.
pub(super) const COLUMNS: usize = 16;
/// Longest run down a panel: 256 rows of 16 columns are 16 KB, half a first-level cache.
const DEPTH: usize = 256;

/// `a·b + c`, in one rounding where the instruction set has it: where it has not, `mul_add` would call libm.
#[inline(always)]
pub(super) fn multiply_add<const FUSED: bool>(a: f32, b: f32, c: f32) -> f32 {
    if FUSED { a.mul_add(b, c) } else { a * b + c }
}

/// The right factor `[depth, columns]`, cut into panels of [`COLUMNS`] columns; the last is filled up with zeros.
#[derive(Debug, Default)]
pub(super) struct Panels {
    depth: usize,
    columns: usize,
    values: Vec<f32>,
}

impl Panels {
    /// Packs a row-major `[depth, columns]` matrix.
    pub(super) fn pack(matrix: &[f32], depth: usize, columns: usize) -> Self {
        Self { depth, columns, values: panels::cut(matrix, depth, columns, COLUMNS) }
    }

    /// Packs the transpose of a row-major `[columns, depth]` matrix.
    pub(super) fn pack_transposed(matrix: &[f32], depth: usize, columns: usize) -> Self {
        let mut values = vec![0.0; depth * columns.next_multiple_of(COLUMNS)];
        for (column, source) in matrix.chunks_exact(depth).enumerate() {
            let at = column / COLUMNS * depth * COLUMNS + column % COLUMNS;
            for (value, source) in values[at..].iter_mut().step_by(COLUMNS).zip(source) {
                *value = *source;
            }
        }
        Self { depth, columns, values }
    }
}

/// Packs the left factor, `rows` row-major rows of `depth`, into blocks of [`ROWS`] rows (the last may have
/// fewer), each block column by column.
#[inline(always)]
pub(super) fn pack_rows(rows: &[f32], depth: usize, packed: &mut [f32]) {
    let blocks = rows.chunks(ROWS * depth).zip(packed.chunks_mut(ROWS * depth));
    for (rows, block) in blocks {
        match rows.len() / depth {
            1 => pack_block::<1>(rows, depth, block),
            2 => pack_block::<2>(rows, depth, block),
            3 => pack_block::<3>(rows, depth, block),
            4 => pack_block::<4>(rows, depth, block),
            5 => pack_block::<5>(rows, depth, block),
            _ => pack_block::<ROWS>(rows, depth, block),
        }
    }
}

#[inline(always)]
fn pack_block<const HEIGHT: usize>(rows: &[f32], depth: usize, block: &mut [f32]) {
    let rows: [&[f32]; HEIGHT] = std::array::from_fn(|row| &rows[row * depth..(row + 1) * depth]);
    for (at, column) in block.as_chunks_mut::<HEIGHT>().0.iter_mut().enumerate().take(depth) {
        *column = std::array::from_fn(|row| rows[row][at]);
    }
}

/// `out += left · right`: `left` is packed by [`pack_rows`], `out` is row-major `[rows, columns]`.
#[inline(always)]
pub(super) fn add_product<const FUSED: bool>(left: &[f32], right: &Panels, out: &mut [f32]) {
    let Panels { depth, columns, .. } = *right;
    for (panel, values) in right.values.chunks_exact(depth * COLUMNS).enumerate() {
        add_panel::<FUSED>(left, values, out, panel * COLUMNS, columns);
    }
}

/// The part of a product that one panel gives: from `column` on.
#[inline(always)]
fn add_panel<const FUSED: bool>(left: &[f32], panel: &[f32], out: &mut [f32], column: usize, columns: usize) {
    let depth = panel.len() / COLUMNS;
    let width = COLUMNS.min(columns - column);
    for (part, panel) in panel.chunks(DEPTH * COLUMNS).enumerate() {
        let deep = panel.len() / COLUMNS;
        let blocks = out.chunks_mut(ROWS * columns).zip(left.chunks(ROWS * depth));
        for (out, block) in blocks {
            let height = out.len() / columns;
            let block = &block[part * DEPTH * height..][..deep * height];
            let out = &mut out[column..];
            add_block::<FUSED>(block, panel, out, columns, height, width);
        }
    }
}

/// One tile, whatever its height and width.
#[inline(always)]
fn add_block<const FUSED: bool>(
    block: &[f32],
    panel: &[f32],
    out: &mut [f32],
    stride: usize,
    height: usize,
    width: usize,
) {
    if width == COLUMNS {
        return match height {
            1 => add_tile::<1, FUSED>(block, panel, out, stride),
            2 => add_tile::<2, FUSED>(block, panel, out, stride),
            3 => add_tile::<3, FUSED>(block, panel, out, stride),
            4 => add_tile::<4, FUSED>(block, panel, out, stride),
            5 => add_tile::<5, FUSED>(block, panel, out, stride),
            _ => add_tile::<ROWS, FUSED>(block, panel, out, stride),
        };
    }
    // The last columns, where they do not fill a tile, row by row: a tile of a width known only at run time would
    // not stay in registers.
    for row in 0..height {
        let mut sums = [0.0f32; COLUMNS];
        for (left, right) in block.chunks_exact(height).zip(panel.as_chunks::<COLUMNS>().0) {
            for column in 0..COLUMNS {
                sums[column] = multiply_add::<FUSED>(left[row], right[column], sums[column]);
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
fn add_tile<const HEIGHT: usize, const FUSED: bool>(
    block: &[f32],
    panel: &[f32],
    out: &mut [f32],
    stride: usize,
) {
    let mut sums = [[0.0f32; COLUMNS]; HEIGHT];
    for (left, right) in block.as_chunks::<HEIGHT>().0.iter().zip(panel.as_chunks::<COLUMNS>().0) {
        for row in 0..HEIGHT {
            for column in 0..COLUMNS {
                sums[row][column] = multiply_add::<FUSED>(left[row], right[column], sums[row][column]);
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

/// Adds `leftᵀ · right` to `out` `[height, columns]`: `left` is row-major `[depth, height]`, `right` is row-major
/// `[depth, right_columns]`, of which the columns from `first` on are used.
///
/// This is the gradient of a weight matrix: one long sum over all steps and rows.
#[inline(always)]
pub(super) fn add_transposed_product<const FUSED: bool>(
    left: &[f32],
    height: usize,
    right: &[f32],
    right_columns: usize,
    first: usize,
    out: &mut [f32],
    scratch: &mut Vec<f32>,
) {
    let columns = out.len() / height;
    scratch.resize(DEPTH * (height + COLUMNS), 0.0);
    let (block_space, panel_space) = scratch.split_at_mut(DEPTH * height);
    let parts = left.chunks(DEPTH * height).zip(right.chunks(DEPTH * right_columns));
    for (left, right) in parts {
        let deep = left.len() / height;
        pack_columns(left, height, block_space);
        for column in (0..columns).step_by(COLUMNS) {
            let width = COLUMNS.min(columns - column);
            let panel = &mut panel_space[..deep * COLUMNS];
            for (target, source) in panel.chunks_exact_mut(COLUMNS).zip(right.chunks_exact(right_columns)) {
                target[..width].copy_from_slice(&source[first + column..first + column + width]);
            }
            add_panel::<FUSED>(&block_space[..deep * height], panel, out, column, columns);
        }
    }
}

/// Packs the transpose of row-major `[depth, height]` as [`pack_rows`] packs rows: the blocks' columns lie side by
/// side already.
#[inline(always)]
fn pack_columns(matrix: &[f32], height: usize, packed: &mut [f32]) {
    let depth = matrix.len() / height;
    for first in (0..height).step_by(ROWS) {
        let high = ROWS.min(height - first);
        let block = &mut packed[first * depth..(first + high) * depth];
        for (target, source) in block.chunks_exact_mut(high).zip(matrix.chunks_exact(height)) {
            target.copy_from_slice(&source[first..first + high]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::uniform;

    fn matrix(seed: u32, size: usize) -> Vec<f32> {
        (0..size as u32).map(|step| uniform(seed, 0, step) - 0.5).collect()
    }

    fn close(ours: &[f32], exact: impl Fn(usize, usize) -> f64, columns: usize, what: &str) {
        for (at, value) in ours.iter().enumerate() {
            let exact = exact(at / columns, at % columns);
            assert!((f64::from(*value) - exact).abs() < 1e-4, "{what} at {at}: {value} against {exact}");
        }
    }

    #[test]
    fn products_of_any_shape() {
        for (rows, depth, columns) in [(1, 1, 1), (5, 7, 3), (6, 16, 16), (13, 300, 33), (12, 513, 20)] {
            let (a, b) = (matrix(1, rows * depth), matrix(2, depth * columns));
            let exact = |r: usize, c: usize| {
                (0..depth).map(|k| f64::from(a[r * depth + k]) * f64::from(b[k * columns + c])).sum::<f64>()
            };
            let mut packed = vec![0.0; rows * depth];
            pack_rows(&a, depth, &mut packed);
            let mut out = vec![0.0; rows * columns];
            let panels = Panels::pack(&b, depth, columns);
            add_product::<true>(&packed, &panels, &mut out);
            close(&out, exact, columns, "product");
            add_product::<false>(&packed, &panels, &mut out);
            close(&out, |r, c| 2.0 * exact(r, c), columns, "added");

            let transposed: Vec<f32> =
                (0..columns * depth).map(|at| b[at % depth * columns + at / depth]).collect();
            let panels = Panels::pack_transposed(&transposed, depth, columns);
            add_product::<false>(&packed, &panels, &mut out);
            close(&out, |r, c| 3.0 * exact(r, c), columns, "packed transposed");
        }
    }

    #[test]
    fn transposed_products_of_any_shape() {
        for (depth, height, columns) in [(1, 1, 1), (9, 5, 4), (600, 13, 35)] {
            let (a, b) = (matrix(1, depth * height), matrix(2, depth * (columns + 3)));
            let mut out = vec![1.0; height * columns];
            let mut scratch = Vec::new();
            add_transposed_product::<true>(&a, height, &b, columns + 3, 3, &mut out, &mut scratch);
            let exact = |r: usize, c: usize| {
                let term = |k: usize| f64::from(a[k * height + r]) * f64::from(b[k * (columns + 3) + 3 + c]);
                1.0 + (0..depth).map(term).sum::<f64>()
            };
            close(&out, exact, columns, "transposed product");
        }
    }
}
