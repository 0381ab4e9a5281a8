//! Products of a few rows with a matrix: the arithmetic of the CPU generator.

use crate::panels;

/// Columns of a panel: eight 128-bit registers of sums.
pub(crate) const PANEL: usize = 32;
/// Columns at once for two rows, with 128-bit registers.
const HALF: usize = PANEL / 2;

/// A `[depth, columns]` matrix in panels of [`PANEL`] columns.
///
/// Every number of a product is one sum down the matrix, in that order, however rows and columns are grouped: so the
/// grouping and the width of the registers do not change a result.
#[derive(Debug)]
pub(crate) struct Packed {
    depth: usize,
    values: Vec<f32>,
}

impl Packed {
    pub(crate) fn new(depth: usize, columns: usize, row_major: &[f32]) -> Self {
        Self { depth, values: panels::cut(row_major, depth, columns, PANEL) }
    }

    /// `out += x · self` for rows of `x` `[rows, depth]` and `out` `[rows, stride]`, where `stride` is at least the
    /// number of columns made a multiple of [`PANEL`]. `WIDE` says that registers have 256 bits.
    #[inline(always)]
    pub(crate) fn add_product<const WIDE: bool>(&self, x: &[f32], out: &mut [f32], stride: usize) {
        if x.len() == self.depth {
            return self.add_row::<WIDE>(x, out);
        }
        for (panel, at) in self.values.chunks_exact(self.depth * PANEL).zip((0..).step_by(PANEL)) {
            let (panel, _) = panel.as_chunks::<PANEL>();
            let rows = x.chunks(2 * self.depth).zip(out.chunks_mut(2 * stride));
            for (x, out) in rows {
                let (first, second) = x.split_at(self.depth);
                if second.is_empty() {
                    add(out, at, &sums::<1, PANEL>([panel], [first], 0)[0]);
                } else if WIDE {
                    let [above, below] = sums::<2, PANEL>([panel; 2], [first, second], 0);
                    add(out, at, &above);
                    add(out, stride + at, &below);
                } else {
                    for half in [0, HALF] {
                        let [above, below] = sums::<2, HALF>([panel; 2], [first, second], half);
                        add(out, at + half, &above);
                        add(out, stride + at + half, &below);
                    }
                }
            }
        }
    }

    /// The same for one row.
    #[inline(always)]
    fn add_row<const WIDE: bool>(&self, x: &[f32], out: &mut [f32]) {
        // Two panels at a time fill the wide registers as one fills the others.
        let together = if WIDE { 2 } else { 1 };
        let length = self.depth * PANEL;
        let panels = self.values.chunks(together * length).zip((0..).step_by(together * PANEL));
        for (panels, at) in panels {
            let (first, second) = panels.split_at(length);
            let (first, second) = (first.as_chunks::<PANEL>().0, second.as_chunks::<PANEL>().0);
            if second.is_empty() {
                add(out, at, &sums::<1, PANEL>([first], [x], 0)[0]);
            } else {
                let [left, right] = sums::<2, PANEL>([first, second], [x, x], 0);
                add(out, at, &left);
                add(out, at + PANEL, &right);
            }
        }
    }
}

/// The products of `x` with `WIDTH` columns of panels, from column `from` on. All sums stay in registers.
#[inline(always)]
fn sums<const ROWS: usize, const WIDTH: usize>(
    panels: [&[[f32; PANEL]]; ROWS],
    x: [&[f32]; ROWS],
    from: usize,
) -> [[f32; WIDTH]; ROWS] {
    let mut sums = [[0.0; WIDTH]; ROWS];
    let depth = x[0].len();
    let (panels, x) = (panels.map(|panel| &panel[..depth]), x.map(|x| &x[..depth]));
    for k in 0..depth {
        for ((sums, panel), x) in sums.iter_mut().zip(panels).zip(x) {
            let weights = &panel[k][from..from + WIDTH];
            for (sum, weight) in sums.iter_mut().zip(weights) {
                *sum += x[k] * weight;
            }
        }
    }
    sums
}

#[inline(always)]
fn add<const WIDTH: usize>(out: &mut [f32], at: usize, sums: &[f32; WIDTH]) {
    for (out, sum) in out[at..at + WIDTH].iter_mut().zip(sums) {
        *out += sum;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{draw::uniform, test_prelude::test};

    fn numbers(seed: u32, count: usize) -> Vec<f32> {
        (0..count as u32).map(|n| uniform(seed, 0, n) - 0.5).collect()
    }

    #[test]
    fn every_grouping_gives_the_same_bits() {
        for (depth, columns) in [(1, 1), (7, 31), (16, 32), (5, 33), (33, 100), (40, 160)] {
            let matrix = numbers(1, depth * columns);
            let packed = Packed::new(depth, columns, &matrix);
            let stride = columns.next_multiple_of(PANEL);
            for rows in [1, 2, 3, 4, 5] {
                let x = numbers(2, rows * depth);
                let before = numbers(3, rows * stride);
                let (mut narrow, mut wide) = (before.clone(), before.clone());
                packed.add_product::<false>(&x, &mut narrow, stride);
                packed.add_product::<true>(&x, &mut wide, stride);
                for (row, x) in x.chunks(depth).enumerate() {
                    for column in 0..columns {
                        let sum = x
                            .iter()
                            .enumerate()
                            .fold(0.0, |sum, (k, x)| sum + x * matrix[k * columns + column]);
                        let at = row * stride + column;
                        assert_eq!(narrow[at].to_bits(), (before[at] + sum).to_bits());
                        assert_eq!(wide[at].to_bits(), narrow[at].to_bits());
                    }
                }
            }
        }
    }
}
