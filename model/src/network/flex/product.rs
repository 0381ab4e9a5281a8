//! Matrix products for the LSTM's loop on the CPU, of factors that lie in panels: the weights are packed once a pass,
//! all else is written that way.
//!
//! The scheme is Goto's (Goto and van de Geijn, 2008): a tile of the result stays in registers while it runs
//! down panels that fit the first-level cache. In a browser with SIMD the tiles are `four`'s, else `tiles`'.

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod four;
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
mod tiles;

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
pub(super) use four::{add_columns, add_rows};
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
pub(super) use tiles::{add_columns, add_rows};

/// Columns of a tile. How many rows it has depends on the instructions.
pub(super) const COLUMNS: usize = 16;
/// Longest run down a panel: 256 rows of 16 columns are 16 KB, half a first-level cache.
pub(super) const DEPTH: usize = 256;

/// The right factor, cut into panels `[depth, COLUMNS]`; if its columns end within one, it is filled up with zeros.
#[derive(Debug)]
pub(super) struct Panels {
    depth: usize,
    values: Vec<f32>,
}

impl Panels {
    /// Packs recurrent weights `[units, 4·units]` so that the four gates of [`COLUMNS`] units are four panels in a
    /// row. If the rows end within [`COLUMNS`], zeros follow.
    pub(super) fn pack_gates(matrix: &[f32], units: usize) -> Self {
        let depth = units.next_multiple_of(COLUMNS);
        let mut values = vec![0.0; depth * 4 * depth];
        for (row, source) in matrix.chunks_exact(4 * units).enumerate() {
            for (gate, source) in source.chunks_exact(units).enumerate() {
                for (block, source) in source.chunks(COLUMNS).enumerate() {
                    let at = ((4 * block + gate) * depth + row) * COLUMNS;
                    values[at..at + source.len()].copy_from_slice(source);
                }
            }
        }
        Self { depth, values }
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

/// Copies the first `width` numbers, of at most [`COLUMNS`]. `FULL` says that it is all of them, as nearly always, which
/// costs two instructions: were it found out here, the compiler would make both ways meet number by number.
#[inline(always)]
pub(super) fn copy<const FULL: bool>(source: &[f32], target: &mut [f32], width: usize) {
    if FULL {
        target[..COLUMNS].copy_from_slice(&source[..COLUMNS]);
    } else {
        for at in 0..COLUMNS {
            if at < width {
                target[at] = source[at];
            }
        }
    }
}

/// The first `width` numbers, of at most [`COLUMNS`], and zeros behind them; `FULL` as for [`copy`].
#[inline(always)]
pub(super) fn tile<const FULL: bool>(source: &[f32], width: usize) -> [f32; COLUMNS] {
    let mut tile = [0.0; COLUMNS];
    copy::<FULL>(source, &mut tile, width);
    tile
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "x86_64")]
    use super::super::simd::WIDE;
    use super::{super::simd::NARROW, *};
    use crate::{draw::uniform, test_prelude::test};

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

    /// Panels `[rows, COLUMNS]` of random numbers, so many.
    fn panels(seed: u32, count: usize, rows: usize) -> Vec<Vec<f32>> {
        (0..count as u32).map(|panel| matrix(seed + panel, rows * COLUMNS)).collect()
    }

    fn products_with_the_weights<const ROWS: usize>() {
        for (rows, units) in SHAPES {
            let left = panels(10, units.div_ceil(COLUMNS), rows);
            let right = matrix(2, units * 4 * units);
            for (number, panel) in Panels::pack_gates(&right, units).iter().enumerate() {
                let mut out = vec![0.0; rows * COLUMNS];
                let left_panels = left.iter().map(Vec::as_slice).collect::<Vec<_>>();
                add_rows::<true, ROWS>(&left_panels, panel, &mut out);
                add_rows::<false, ROWS>(&left_panels, panel, &mut out);
                let columns = (0..4 * units).filter(|column| place(units, *column).0 == number);
                for (row, column) in
                    (0..rows).flat_map(|row| columns.clone().map(move |column| (row, column)))
                {
                    let term = |k: usize| {
                        let left = left[k / COLUMNS][row * COLUMNS + k % COLUMNS];
                        f64::from(left) * f64::from(right[k * 4 * units + column])
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
            let left = panels(10, 4 * units.div_ceil(COLUMNS), rows);
            let right = matrix(2, units * 4 * units);
            for (number, panel) in Panels::pack_gates_transposed(&right, units).iter().enumerate() {
                let mut out = vec![0.0; rows * COLUMNS];
                let left_panels = left.iter().map(Vec::as_slice).collect::<Vec<_>>();
                add_rows::<true, ROWS>(&left_panels, panel, &mut out);
                add_rows::<false, ROWS>(&left_panels, panel, &mut out);
                for (at, found) in out.iter().enumerate() {
                    let (row, unit) = (at / COLUMNS, number * COLUMNS + at % COLUMNS);
                    let term = |column: usize| {
                        let (panel, place) = place(units, column);
                        let left = left[panel][row * COLUMNS + place];
                        f64::from(left) * f64::from(right[unit * 4 * units + column])
                    };
                    let columns = if unit < units { 4 * units } else { 0 };
                    let exact = 2.0 * (0..columns).map(term).sum::<f64>();
                    assert!(
                        (f64::from(*found) - exact).abs() < 2e-4,
                        "{found} against {exact}, {units} units"
                    );
                }
            }
        }
    }

    fn products_of_columns<const ROWS: usize>() {
        for (depth, height) in [(1, 1), (9, 5), (200, 13), (256, 16)] {
            let (left, right) = (matrix(1, depth * COLUMNS), matrix(2, depth * COLUMNS));
            let mut out = vec![1.0; height * COLUMNS];
            add_columns::<true, ROWS>(&left, &right, &mut out);
            add_columns::<false, ROWS>(&left, &right, &mut out);
            for (at, found) in out.iter().enumerate() {
                let (row, column) = (at / COLUMNS, at % COLUMNS);
                let term =
                    |k: usize| f64::from(left[k * COLUMNS + row]) * f64::from(right[k * COLUMNS + column]);
                let exact = 1.0 + 2.0 * (0..depth).map(term).sum::<f64>();
                assert!((f64::from(*found) - exact).abs() < 2e-4, "{found} against {exact}");
            }
        }
    }

    /// A sum as it is made: piece by piece, each from zero on.
    fn in_order(depth: usize, before: f32, term: impl Fn(usize) -> f32) -> f32 {
        let all: Vec<usize> = (0..depth).collect();
        all.chunks(DEPTH).fold(before, |sum, part| sum + part.iter().fold(0.0, |sum, k| sum + term(*k)))
    }

    #[test]
    fn every_number_is_one_sum_in_order() {
        for (rows, count) in [(1, 1), (3, 2), (9, 5), (14, 18)] {
            let (left, depth) = (panels(10, count, rows), count * COLUMNS);
            let (right, before) = (matrix(2, depth * COLUMNS), matrix(3, rows * COLUMNS));
            let mut out = before.clone();
            let left_panels = left.iter().map(Vec::as_slice).collect::<Vec<_>>();
            add_rows::<false, NARROW>(&left_panels, &right, &mut out);
            for (at, found) in out.iter().enumerate() {
                let (row, column) = (at / COLUMNS, at % COLUMNS);
                let term =
                    |k: usize| left[k / COLUMNS][row * COLUMNS + k % COLUMNS] * right[k * COLUMNS + column];
                let expected = in_order(depth, before[at], term);
                assert_eq!(found.to_bits(), expected.to_bits(), "{found} against {expected}");
            }
        }
        for (depth, height) in [(1, 1), (6, 2), (9, 5), (203, 13), (DEPTH, COLUMNS)] {
            let (left, right) = (matrix(1, depth * COLUMNS), matrix(2, depth * COLUMNS));
            let before = matrix(3, height * COLUMNS);
            let mut out = before.clone();
            add_columns::<false, NARROW>(&left, &right, &mut out);
            for (at, found) in out.iter().enumerate() {
                let (row, column) = (at / COLUMNS, at % COLUMNS);
                let term = |k: usize| left[k * COLUMNS + row] * right[k * COLUMNS + column];
                let expected = in_order(depth, before[at], term);
                assert_eq!(found.to_bits(), expected.to_bits(), "{found} against {expected}");
            }
        }
    }
}
