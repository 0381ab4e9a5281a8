//! What a core can do: multiply-adds on sums that never leave their registers, with the widest instructions that it
//! has. No product of matrices reaches it, since those also load and store.

use std::hint::black_box;

/// Sums that do not wait for each other: more than any core has in the making (5 steps in 2 units at most), and with
/// the two factors fewer than AVX2's sixteen registers.
const SUMS: usize = 12;
/// Lanes of the widest registers.
const MAX_LANES: usize = 16;

/// Floating-point operations of one [`run`]: some ten milliseconds.
pub(crate) const FLOP: f64 = (2 * SUMS * MAX_LANES * ROUNDS) as f64;
const ROUNDS: usize = 1 << 21;

/// Does [`FLOP`] operations on this thread.
pub(crate) fn run() {
    // Such that the sums tend to 1: neither infinite nor so small that they are slow.
    let (factor, summand) = black_box((0.999, 0.001));
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512f") {
            // SAFETY: The processor has just been asked for it.
            return unsafe { x86::avx512(factor, summand) };
        }
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            // SAFETY: The processor has just been asked for both.
            return unsafe { x86::avx2(factor, summand) };
        }
    }
    portable(factor, summand);
}

/// Does [`FLOP`] operations on this thread, four at a time, multiplications and additions apart: all that a browser's
/// CPU engine may use.
#[allow(dead_code, reason = "not every bench that has this module asks for it")]
pub(crate) fn run_narrow() {
    let (factor, summand) = black_box((0.999, 0.001));
    #[cfg(target_arch = "x86_64")]
    // SAFETY: SSE is part of x86-64.
    unsafe {
        x86::sse(factor, summand);
    }
    #[cfg(not(target_arch = "x86_64"))]
    portable(factor, summand);
}

/// With four lanes, which every 64-bit processor has. Only if it also fuses is this what it can do.
fn portable(factor: f32, summand: f32) {
    const LANES: usize = 4;
    let mut sums = [[0.0f32; LANES]; SUMS];
    for _ in 0..ROUNDS * MAX_LANES / LANES {
        for lane in sums.as_flattened_mut() {
            *lane = if cfg!(target_arch = "aarch64") {
                lane.mul_add(factor, summand)
            } else {
                *lane * factor + summand
            };
        }
    }
    black_box(sums);
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::{arch::x86_64::*, hint::black_box};

    use super::{MAX_LANES, ROUNDS, SUMS};

    #[allow(dead_code, reason = "not every bench that has this module asks for it")]
    #[target_feature(enable = "sse")]
    pub(super) fn sse(factor: f32, summand: f32) {
        let (factor, summand) = (_mm_set1_ps(factor), _mm_set1_ps(summand));
        let mut sums = [_mm_setzero_ps(); SUMS];
        for _ in 0..ROUNDS * MAX_LANES / 4 {
            for sum in &mut sums {
                *sum = _mm_add_ps(_mm_mul_ps(*sum, factor), summand);
            }
        }
        black_box(sums);
    }

    #[target_feature(enable = "avx512f")]
    pub(super) fn avx512(factor: f32, summand: f32) {
        let (factor, summand) = (_mm512_set1_ps(factor), _mm512_set1_ps(summand));
        let mut sums = [_mm512_setzero_ps(); SUMS];
        for _ in 0..ROUNDS * MAX_LANES / 16 {
            for sum in &mut sums {
                *sum = _mm512_fmadd_ps(*sum, factor, summand);
            }
        }
        black_box(sums);
    }

    #[target_feature(enable = "avx2,fma")]
    pub(super) fn avx2(factor: f32, summand: f32) {
        let (factor, summand) = (_mm256_set1_ps(factor), _mm256_set1_ps(summand));
        let mut sums = [_mm256_setzero_ps(); SUMS];
        for _ in 0..ROUNDS * MAX_LANES / 8 {
            for sum in &mut sums {
                *sum = _mm256_fmadd_ps(*sum, factor, summand);
            }
        }
        black_box(sums);
    }
}
