//! The gate functions, from polynomials alone: no libm, no fused multiply-add, so that the same weights
//! and seed write the same text on every platform.

use crate::number::Number;

/// `a·b + c`: if `FUSED`, in one rounding, which is one instruction on processors that have it; on others
/// `mul_add` would call libm.
#[inline(always)]
pub(crate) fn multiply_add<N: Number, const FUSED: bool>(a: N, b: N, c: N) -> N {
    if FUSED { a.fused_multiply_add(b, c) } else { a * b + c }
}

/// `e^x` to about one unit in the last place; 0 below -87, saturating above 88.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    exp_of::<f32, false>(x)
}

/// [`exp`] of one or several numbers, for training's loops also with [fused](multiply_add) multiply-adds: a third
/// fewer instructions.
///
/// The argument is split as `x = n·ln 2 + r` with `|r| ≤ ln 2 / 2` and `ln 2` in two parts, `e^r` is the
/// polynomial of Cephes' `expf` (Moshier, 1989), and `2^n` is put together from its bits.
#[inline(always)]
pub(crate) fn exp_of<N: Number, const FUSED: bool>(x: N) -> N {
    // Adding and taking away 1.5·2^23 rounds to the nearest integer without a call to libm; in between, the
    // integer stands in the lowest bits.
    const ROUND: f32 = 12_582_912.0;
    const LOW: f32 = -87.3;
    // Selecting at the end, rather than returning early, keeps the loop around this vectorised.
    let clamped = x.clamped(LOW, 88.0);
    let shifted = multiply_add::<N, FUSED>(clamped, N::of(std::f32::consts::LOG2_E), N::of(ROUND));
    let n = shifted - N::of(ROUND);
    let r = multiply_add::<N, FUSED>(n, N::of(-0.693_359_4), clamped);
    let r = multiply_add::<N, FUSED>(n, N::of(2.121_944_4e-4), r);
    let mut p = N::of(1.987_569_1e-4);
    for coefficient in [1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5] {
        p = multiply_add::<N, FUSED>(p, r, N::of(coefficient));
    }
    let e = multiply_add::<N, FUSED>(p * r, r, r) + N::of(1.0);
    (e * shifted.power_of_two()).zero_where_below(x, LOW)
}

/// The logistic function `1 / (1 + e^-x)`.
#[inline(always)]
pub fn sigmoid(x: f32) -> f32 {
    sigmoid_of::<f32, false>(x)
}

/// [`sigmoid`] of one or several numbers, for training's loops also with fused multiply-adds.
#[inline(always)]
pub(crate) fn sigmoid_of<N: Number, const FUSED: bool>(x: N) -> N {
    N::of(1.0) / (N::of(1.0) + exp_of::<N, FUSED>(-x))
}

/// A piece of a straight line in the logistic function's place, as Keras's layers had it before 2.3:
/// `0.2·x + 0.5`, no less than 0 and no more than 1.
#[inline(always)]
pub fn hard_sigmoid(x: f32) -> f32 {
    hard_sigmoid_of(x)
}

/// [`hard_sigmoid`] of one or several numbers.
#[inline(always)]
pub(crate) fn hard_sigmoid_of<N: Number>(x: N) -> N {
    (x * N::of(0.2) + N::of(0.5)).clamped(0.0, 1.0)
}

/// The hyperbolic tangent, as `2·sigmoid(2x) - 1`.
#[inline(always)]
pub fn tanh(x: f32) -> f32 {
    tanh_of::<f32, false>(x)
}

/// [`tanh`] of one or several numbers, for training's loops also with fused multiply-adds.
#[inline(always)]
pub(crate) fn tanh_of<N: Number, const FUSED: bool>(x: N) -> N {
    N::of(2.0) / (N::of(1.0) + exp_of::<N, FUSED>(x * N::of(-2.0))) - N::of(1.0)
}

/// The logarithm to base 2 of a positive number that is not subnormal, to about one unit in the last place above 2.
///
/// The number is split as `2^n·m` with `√½ ≤ m < √2`, and `ln m` is the series of `2·artanh((m - 1) / (m + 1))`.
pub(crate) fn log2(x: f32) -> f32 {
    const ROOT_OF_HALF: u32 = 0x3f35_04f3;
    let shifted = x.to_bits().wrapping_sub(ROOT_OF_HALF);
    let exponent = shifted as i32 >> 23;
    let m = f32::from_bits((shifted & 0x007f_ffff) + ROOT_OF_HALF);
    let s = (m - 1.0) / (m + 1.0);
    let z = s * s;
    let series = 1.0 + z * (1.0 / 3.0 + z * (1.0 / 5.0 + z * (1.0 / 7.0 + z * (1.0 / 9.0))));
    exponent as f32 + 2.0 * std::f32::consts::LOG2_E * s * series
}

/// Log-probabilities of `logits`, in nats, computed in f64.
pub fn log_softmax(logits: &[f32]) -> Vec<f64> {
    let max = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let max = f64::from(max);
    let sum: f64 = logits.iter().map(|&l| (f64::from(l) - max).exp()).sum();
    let log_sum = sum.ln() + max;
    logits.iter().map(|&l| f64::from(l) - log_sum).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_prelude::test;

    #[test]
    fn exp_is_close_over_its_range() {
        let mut worst = 0.0f64;
        for i in -8700..8800 {
            let x = i as f32 * 0.01;
            let exact = f64::from(x).exp();
            for found in [exp(x), exp_of::<f32, true>(x)] {
                worst = worst.max((f64::from(found) - exact).abs() / exact);
            }
        }
        assert!(worst < 2e-7, "relative error {worst:e}");
    }

    #[test]
    fn exp_has_no_strange_ends() {
        assert_eq!(exp(f32::NEG_INFINITY), 0.0);
        assert_eq!(exp(-1e30), 0.0);
        assert_eq!(exp(0.0), 1.0);
        assert!(exp(f32::INFINITY).is_finite());
    }

    #[test]
    fn log2_is_close_over_its_range() {
        for i in 0..20_000 {
            let x = 1e-3 * exp(i as f32 * 1e-3);
            let exact = f64::from(x).log2();
            assert!((f64::from(log2(x)) - exact).abs() < 3e-7 * (1.0 + exact.abs()), "{x}");
        }
        assert_eq!(log2(1.0), 0.0);
        assert_eq!(log2(0.125), -3.0);
    }

    #[test]
    fn gates_are_close() {
        for i in -2000..2000 {
            let x = i as f32 * 0.01;
            let wide = f64::from(x);
            for found in [sigmoid(x), sigmoid_of::<f32, true>(x)] {
                assert!((f64::from(found) - 1.0 / (1.0 + (-wide).exp())).abs() < 2e-7);
            }
            for found in [tanh(x), tanh_of::<f32, true>(x)] {
                assert!((f64::from(found) - wide.tanh()).abs() < 4e-7);
            }
        }
    }
}
