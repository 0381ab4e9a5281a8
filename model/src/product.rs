//! Products of a few rows with a matrix: the arithmetic of the CPU generator.

use crate::{
    number::{Change, Number, change},
    panels,
};

/// Columns of a panel: eight 128-bit registers of sums; in a browser four, since its compiler loads all weights of a
/// step before it uses one, and they need registers too.
pub(crate) const PANEL: usize = if cfg!(target_arch = "wasm32") { 16 } else { 32 };
/// Most rows at once, with 128-bit registers.
const MAX_ROWS: usize = 5;

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
    /// number of columns made a multiple of [`PANEL`]. `WIDE` says that registers have 256 bits; `mixed` is working space.
    // Natively it must be compiled for its caller's instructions; in a browser one copy is enough.
    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    #[cfg_attr(target_arch = "wasm32", inline(never))]
    pub(crate) fn add_product<const WIDE: bool>(
        &self,
        x: &[f32],
        out: &mut [f32],
        stride: usize,
        mixed: &mut Vec<f32>,
    ) {
        let rows = x.len() / self.depth;
        if rows <= 1 {
            return self.add_row::<WIDE>(x, out);
        }
        let max = if WIDE { 2 } else { MAX_ROWS };
        let together = rows.div_ceil(rows.div_ceil(max));
        mix(x, self.depth, together, mixed);
        for (panel, at) in self.values.chunks_exact(self.depth * PANEL).zip((0..).step_by(PANEL)) {
            let (panel, _) = panel.as_chunks::<PANEL>();
            let rows = mixed.chunks(together * self.depth).zip(out.chunks_mut(together * stride));
            for (x, out) in rows {
                let out = Target { values: out, stride, at };
                // As many sums as registers hold, beside a few weights.
                match (x.len() / self.depth, WIDE) {
                    (1, _) => add_rows::<1, PANEL>(panel, x, out),
                    (2, true) => add_rows::<2, PANEL>(panel, x, out),
                    (2, false) => add_rows::<2, 16>(panel, x, out),
                    (3, _) => add_rows::<3, 8>(panel, x, out),
                    (4, _) => add_rows::<4, 8>(panel, x, out),
                    _ => add_rows::<MAX_ROWS, 8>(panel, x, out),
                }
            }
        }
    }

    /// The same for one row.
    #[inline(always)]
    fn add_row<const WIDE: bool>(&self, x: &[f32], out: &mut [f32]) {
        let (x, _) = x.as_chunks::<1>();
        // Two panels at a time fill the wide registers as one fills the others.
        let together = if WIDE { 2 } else { 1 };
        let length = self.depth * PANEL;
        let panels = self.values.chunks(together * length).zip((0..).step_by(together * PANEL));
        for (panels, at) in panels {
            let (first, second) = panels.split_at(length);
            let (first, second) = (first.as_chunks::<PANEL>().0, second.as_chunks::<PANEL>().0);
            if !WIDE || second.is_empty() {
                let [[sums]] = sums::<1, 1, PANEL>([first], x, 0);
                add(out, at, &sums);
            } else {
                let [[left, right]] = sums::<1, 2, PANEL>([first, second], x, 0);
                add(out, at, &left);
                add(out, at + PANEL, &right);
            }
        }
    }
}

/// Puts rows of `x` `[rows, depth]` that are used `together` side by side, number by number.
fn mix(x: &[f32], depth: usize, together: usize, mixed: &mut Vec<f32>) {
    mixed.resize(x.len(), 0.0);
    for (rows, mixed) in x.chunks(together * depth).zip(mixed.chunks_mut(together * depth)) {
        let count = rows.len() / depth;
        for (row, numbers) in rows.chunks_exact(depth).enumerate() {
            for (mixed, number) in mixed[row..].iter_mut().step_by(count).zip(numbers) {
                *mixed = *number;
            }
        }
    }
}

/// Where rows of sums are added to: `[rows, stride]`, from column `at` on.
struct Target<'a> {
    values: &'a mut [f32],
    stride: usize,
    at: usize,
}

/// The products of [mixed](mix) rows `x` with a panel, `WIDTH` columns at a time.
#[inline(always)]
fn add_rows<const ROWS: usize, const WIDTH: usize>(panel: &[[f32; PANEL]], x: &[f32], out: Target<'_>) {
    let (x, _) = x.as_chunks::<ROWS>();
    for from in (0..PANEL).step_by(WIDTH) {
        for (row, [sums]) in sums::<ROWS, 1, WIDTH>([panel], x, from).iter().enumerate() {
            add(out.values, row * out.stride + out.at + from, sums);
        }
    }
}

/// The products of rows `x` `[depth, ROWS]` with `WIDTH` columns of panels, from column `from` on. All sums stay in
/// registers: by index, since with iterators the compiler makes no vectors of some of these loops.
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
#[inline(always)]
fn sums<const ROWS: usize, const PANELS: usize, const WIDTH: usize>(
    panels: [&[[f32; PANEL]]; PANELS],
    x: &[[f32; ROWS]],
    from: usize,
) -> [[[f32; WIDTH]; PANELS]; ROWS] {
    let mut sums = [[[0.0; WIDTH]; PANELS]; ROWS];
    let panels = panels.map(|panel| &panel[..x.len()]);
    for k in 0..x.len() {
        for row in 0..ROWS {
            for panel in 0..PANELS {
                let weights = &panels[panel][k][from..from + WIDTH];
                for column in 0..WIDTH {
                    sums[row][panel][column] += x[k][row] * weights[column];
                }
            }
        }
    }
    sums
}

/// The same in a browser, where the compiler has to be told; see [`crate::number`].
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
#[expect(clippy::needless_range_loop, reason = "by index the loops are unrolled into registers")]
#[inline(always)]
fn sums<const ROWS: usize, const PANELS: usize, const WIDTH: usize>(
    panels: [&[[f32; PANEL]]; PANELS],
    x: &[[f32; ROWS]],
    from: usize,
) -> [[[f32; WIDTH]; PANELS]; ROWS] {
    use crate::number::four::{self, Four};

    let mut fours = [[[Four::of(0.0); PANEL / four::WIDTH]; PANELS]; ROWS];
    for (number, panel) in panels.iter().enumerate() {
        let mut step = |x: &[f32; ROWS], weights: &[f32; PANEL]| {
            let x = Four::spread(x);
            for at in 0..WIDTH / four::WIDTH {
                let weights = Four::load_part(weights, from + at * four::WIDTH);
                for row in 0..ROWS {
                    fours[row][number][at] = fours[row][number][at] + x[row] * weights;
                }
            }
        };
        let (mut x, mut weights) = (x, *panel);
        if ROWS == 1 {
            // Two at a time, for fewer turns of the loop; more rows leave no registers for that.
            let ((twice, rest), (twice_weights, rest_weights)) =
                (x.as_chunks::<2>(), weights.as_chunks::<2>());
            for (x, weights) in twice.iter().zip(twice_weights) {
                step(&x[0], &weights[0]);
                step(&x[1], &weights[1]);
            }
            (x, weights) = (rest, rest_weights);
        }
        for (x, weights) in x.iter().zip(weights) {
            step(x, weights);
        }
    }
    fours.map(|row| {
        row.map(|fours| {
            let mut sums = [0.0; WIDTH];
            for (sums, four) in sums.as_chunks_mut::<{ four::WIDTH }>().0.iter_mut().zip(fours) {
                four.store(sums);
            }
            sums
        })
    })
}

#[inline(always)]
fn add<const WIDTH: usize>(out: &mut [f32], at: usize, sums: &[f32; WIDTH]) {
    change(&mut out[at..at + WIDTH], [sums], Add);
}

#[derive(Clone, Copy)]
struct Add;

impl Change<1> for Add {
    #[inline(always)]
    fn becomes<N: Number>(self, own: N, [sum]: [N; 1]) -> N {
        own + sum
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
            for rows in 1..=8 {
                let x = numbers(2, rows * depth);
                let before = numbers(3, rows * stride);
                let (mut narrow, mut wide, mut mixed) = (before.clone(), before.clone(), Vec::new());
                packed.add_product::<false>(&x, &mut narrow, stride, &mut mixed);
                packed.add_product::<true>(&x, &mut wide, stride, &mut mixed);
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
