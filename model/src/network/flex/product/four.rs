//! The products in WebAssembly's registers of 128 bits. By hand, since of a tile of 6 × 16 numbers a browser's compiler,
//! which has fifteen registers, keeps most in memory.
//!
//! A tile is a few rows by [`WIDTH`] registers, as many as stay in registers beside what they are added. Between its
//! steps stand branches that look needless: without them the compiler would add up several steps of one register
//! before it comes to the next, and no register would be left for the numbers that all rows share. Every sum is the one
//! that [`tiles`](super) makes of single numbers, in the same order.

use std::arch::wasm32::{f32x4_add, f32x4_mul, f32x4_splat, v128, v128_load, v128_load32_splat, v128_store};

use super::{super::simd::NARROW, COLUMNS, DEPTH};

/// Registers of a tile's row.
const WIDTH: usize = 2;
/// Numbers of a register.
const LANES: usize = 4;
/// Steps that stand one after another in the code.
const UNROLLED: usize = 4;

/// `out += left · right`: `left` are panels `[rows, COLUMNS]`, side by side, `right` is one panel `[depth, COLUMNS]`, `out`
/// `[rows, COLUMNS]`. A tile has at most `ROWS` rows, and adds in one rounding if `FUSED`.
pub(in super::super) fn add_rows<const FUSED: bool, const ROWS: usize>(
    left: &[&[f32]],
    right: &[f32],
    out: &mut [f32],
) {
    let parts = left.chunks(DEPTH / COLUMNS).zip(right.chunks(DEPTH * COLUMNS));
    for (panels, right) in parts {
        assert!(right.len() >= panels.len() * COLUMNS * COLUMNS);
        assert!(panels.iter().all(|panel| panel.len() >= out.len()));
        for (block, out) in out.chunks_mut(ROWS * COLUMNS).enumerate() {
            let left = Rows { panels, first: block * ROWS * COLUMNS };
            // SAFETY: Every panel has as many rows as there are in all tiles, and the right one as many as they have
            // columns.
            unsafe { add_block::<FUSED, _>(left, right, out) };
        }
    }
}

/// `out += leftᵀ · right`: `left` is a panel `[depth, COLUMNS]` like `right`, of which the first columns are meant, as many as
/// `out` `[…, COLUMNS]` has rows. Tiles as in [`add_rows`].
pub(in super::super) fn add_columns<const FUSED: bool, const ROWS: usize>(
    left: &[f32],
    right: &[f32],
    out: &mut [f32],
) {
    assert!(right.len() >= left.len() && out.len() <= COLUMNS * COLUMNS);
    for (block, out) in out.chunks_mut(ROWS * COLUMNS).enumerate() {
        // SAFETY: No tile has rows beyond the panel's columns, and the right panel is as long as the left one.
        unsafe { add_block::<FUSED, _>(Columns { panel: left, first: block * ROWS }, right, out) };
    }
}

/// The left factor of a tile, in pieces.
trait Left: Copy {
    /// Numbers from one row to the next.
    const ROW: usize;
    /// Numbers from one step to the next.
    const STEP: usize;

    /// The pieces: where each begins, and how many steps it has.
    fn pieces(self) -> impl Iterator<Item = (*const f32, usize)>;
}

/// Rows of panels `[rows, COLUMNS]` side by side, from a place in each on.
#[derive(Clone, Copy)]
struct Rows<'a> {
    panels: &'a [&'a [f32]],
    first: usize,
}

impl Left for Rows<'_> {
    const ROW: usize = COLUMNS;
    const STEP: usize = 1;

    #[inline(always)]
    fn pieces(self) -> impl Iterator<Item = (*const f32, usize)> {
        self.panels.iter().map(move |panel| (panel.as_ptr().wrapping_add(self.first), COLUMNS))
    }
}

/// Columns of a panel `[depth, COLUMNS]`, from the `first` on: the transpose's rows.
#[derive(Clone, Copy)]
struct Columns<'a> {
    panel: &'a [f32],
    first: usize,
}

impl Left for Columns<'_> {
    const ROW: usize = 1;
    const STEP: usize = COLUMNS;

    #[inline(always)]
    fn pieces(self) -> impl Iterator<Item = (*const f32, usize)> {
        std::iter::once((self.panel.as_ptr().wrapping_add(self.first), self.panel.len() / COLUMNS))
    }
}

/// The tiles side by side that make rows of the result.
///
/// # Safety
/// `left` must have as many rows as `out` `[…, COLUMNS]`, and `right` `[…, COLUMNS]` as many as `left` has steps.
#[inline(always)]
unsafe fn add_block<const FUSED: bool, L: Left>(left: L, right: &[f32], out: &mut [f32]) {
    let rows = out.len() / COLUMNS;
    for column in (0..COLUMNS).step_by(WIDTH * LANES) {
        let right = right.as_ptr().wrapping_add(column);
        let out = out.as_mut_ptr().wrapping_add(column);
        // SAFETY: As the caller says; the tile's columns are within the panels'.
        unsafe {
            match rows {
                1 => add_tile::<1, FUSED, L>(left, right, out),
                2 => add_tile::<2, FUSED, L>(left, right, out),
                3 => add_tile::<3, FUSED, L>(left, right, out),
                NARROW => add_tile::<NARROW, FUSED, L>(left, right, out),
                // Higher tiles would not stay in registers; `simd` asks for none.
                _ => {}
            }
        }
    }
}

/// A tile. Not inlined: beside other code fewer registers are left for the sums.
///
/// # Safety
/// As [`add_block`] says; `right` and `out` point to the tile's first column.
#[inline(always)]
unsafe fn add_tile<const HEIGHT: usize, const FUSED: bool, L: Left>(
    left: L,
    right: *const f32,
    out: *mut f32,
) {
    // SAFETY: As the caller says.
    unsafe {
        #[cfg(feature = "relaxed")]
        if FUSED {
            return add_fused::<HEIGHT, L>(left, right, out);
        }
        add_unfused::<HEIGHT, L>(left, right, out);
    }
}

#[inline(never)]
unsafe fn add_unfused<const HEIGHT: usize, L: Left>(left: L, right: *const f32, out: *mut f32) {
    // SAFETY: As the caller says.
    unsafe { add::<HEIGHT, false, L>(left, right, out) };
}

#[cfg(feature = "relaxed")]
#[inline(never)]
#[target_feature(enable = "relaxed-simd")]
unsafe fn add_fused<const HEIGHT: usize, L: Left>(left: L, right: *const f32, out: *mut f32) {
    // SAFETY: As the caller says.
    unsafe { add::<HEIGHT, true, L>(left, right, out) };
}

/// The tile's sums, added to `out`.
///
/// # Safety
/// As for [`add_tile`].
#[inline(always)]
unsafe fn add<const HEIGHT: usize, const FUSED: bool, L: Left>(
    left: L,
    mut right: *const f32,
    out: *mut f32,
) {
    let mut sums = [[f32x4_splat(0.0); WIDTH]; HEIGHT];
    // Volatile, so that the compiler does not know it: it would make every address of a step a sum of its own, where the
    // instructions have room for constants.
    let turn = UNROLLED;
    for (mut left, steps) in left.pieces() {
        // SAFETY: A number of this function's.
        let mut steps = unsafe { (&raw const steps).read_volatile() };
        while steps > 0 {
            // SAFETY: As the caller says, as far as the steps go.
            unsafe {
                step::<HEIGHT, FUSED, L>(&mut sums, left, right);
                if steps == 1 {
                    right = right.add(COLUMNS);
                    break;
                }
                step::<HEIGHT, FUSED, L>(&mut sums, left.add(L::STEP), right.add(COLUMNS));
                if steps == 2 {
                    right = right.add(2 * COLUMNS);
                    break;
                }
                step::<HEIGHT, FUSED, L>(&mut sums, left.add(2 * L::STEP), right.add(2 * COLUMNS));
                if steps == 3 {
                    right = right.add(3 * COLUMNS);
                    break;
                }
                step::<HEIGHT, FUSED, L>(&mut sums, left.add(3 * L::STEP), right.add(3 * COLUMNS));
                let turn = (&raw const turn).read_volatile();
                (left, right) = (left.add(turn * L::STEP), right.add(turn * COLUMNS));
            }
            steps -= UNROLLED;
        }
    }
    for (row, sums) in sums.into_iter().enumerate() {
        for (register, sum) in sums.into_iter().enumerate() {
            // SAFETY: As the caller says; wasm loads from any address.
            unsafe {
                let out = out.add(row * COLUMNS + register * LANES).cast();
                v128_store(out, f32x4_add(v128_load(out), sum));
            }
        }
    }
}

/// One step of a tile.
///
/// # Safety
/// There must be so many rows at `left`, and the tile's columns at `right`.
#[inline(always)]
unsafe fn step<const HEIGHT: usize, const FUSED: bool, L: Left>(
    sums: &mut [[v128; WIDTH]; HEIGHT],
    left: *const f32,
    right: *const f32,
) {
    // SAFETY: As the caller says; wasm loads from any address.
    let right: [v128; WIDTH] =
        std::array::from_fn(|register| unsafe { v128_load(right.add(register * LANES).cast()) });
    for (row, sums) in sums.iter_mut().enumerate() {
        // SAFETY: As above.
        let left = unsafe { v128_load32_splat(left.add(row * L::ROW).cast()) };
        for (sum, right) in sums.iter_mut().zip(right) {
            *sum = multiply_add::<FUSED>(left, right, *sum);
        }
    }
}

#[inline(always)]
fn multiply_add<const FUSED: bool>(a: v128, b: v128, c: v128) -> v128 {
    #[cfg(feature = "relaxed")]
    if FUSED {
        return std::arch::wasm32::f32x4_relaxed_madd(a, b, c);
    }
    f32x4_add(f32x4_mul(a, b), c)
}
