//! Which instructions the loops are compiled for, chosen when they run.

/// A loop to be compiled for several instruction sets.
pub(crate) trait Kernel {
    /// Runs it. `FUSED` says that a multiplication and an addition in one rounding cost one instruction, `ROWS` how many
    /// rows a tile of a product has (see [`super::product`]): [`WIDE`] if registers are 512 bits wide, else
    /// [`NARROW`]. Implementations must be `#[inline(always)]`, as must all they call: only what is inlined into
    /// [`run`]'s variants is compiled for their instruction sets.
    fn run<const FUSED: bool, const ROWS: usize>(self);
}

/// Rows of a tile where a register holds half a tile's columns: with them twelve of AVX2's sixteen registers are sums. In
/// a browser with SIMD, whose tiles are half as wide (see [`super::product`]), eight of its fifteen are.
pub(super) const NARROW: usize =
    if cfg!(all(target_arch = "wasm32", target_feature = "simd128")) { 4 } else { 6 };
/// Rows of a tile where a register holds all of its columns.
#[cfg(target_arch = "x86_64")]
pub(super) const WIDE: usize = 8;

/// Runs a kernel with the best instructions this processor has. Whatever they are, the numbers are the same, but for
/// processors that do not fuse.
pub(crate) fn run(kernel: impl Kernel) {
    #[cfg(target_arch = "x86_64")]
    {
        let fuses = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
        if fuses && is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512vl") {
            // SAFETY: The processor has just been asked for all of them.
            return unsafe { run_avx512(kernel) };
        }
        if fuses {
            // SAFETY: The processor has just been asked for both.
            return unsafe { run_avx2(kernel) };
        }
    }
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128", feature = "relaxed"))]
    return run_relaxed(kernel);
    // Every 64-bit ARM fuses; x86-64 without FMA, and wasm without relaxed SIMD, do not.
    #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128", feature = "relaxed")))]
    kernel.run::<{ cfg!(target_arch = "aarch64") }, NARROW>();
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512vl,avx2,fma")]
fn run_avx512(kernel: impl Kernel) {
    kernel.run::<true, WIDE>();
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn run_avx2(kernel: impl Kernel) {
    kernel.run::<true, NARROW>();
}

/// For a program that is loaded only where these instructions are.
#[cfg(all(target_arch = "wasm32", target_feature = "simd128", feature = "relaxed"))]
#[target_feature(enable = "relaxed-simd")]
fn run_relaxed(kernel: impl Kernel) {
    kernel.run::<true, NARROW>();
}

/// Asks for numbers that will soon be read or written, while the processor calculates; if their order is not
/// one that it foresees, it would wait for them.
#[inline(always)]
pub(super) fn prefetch(numbers: &[f32]) {
    #[cfg(not(target_arch = "x86_64"))]
    let _ = numbers;
    #[cfg(target_arch = "x86_64")]
    for line in numbers.chunks(LINE) {
        use std::arch::x86_64::{_MM_HINT_T1, _mm_prefetch};
        // SAFETY: A hint, which reads nothing and never faults.
        unsafe { _mm_prefetch::<_MM_HINT_T1>(line.as_ptr().cast()) };
    }
}

/// Numbers in a line of the caches.
#[cfg(target_arch = "x86_64")]
const LINE: usize = 16;
