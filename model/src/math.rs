//! The gate functions, from polynomials alone: no libm, no fused multiply-add, so that the same weights
//! and seed write the same text on every platform.

/// `e^x` to about one unit in the last place; 0 below -87, saturating above 88.
///
/// The argument is split as `x = n·ln 2 + r` with `|r| ≤ ln 2 / 2` and `ln 2` in two parts, `e^r` is the
/// polynomial of Cephes' `expf` (Moshier, 1989), and `2^n` is put together from its bits.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    // Adding and taking away 1.5·2^23 rounds to the nearest integer without a call to libm; in between, the
    // integer stands in the lowest bits.
    const ROUND: f32 = 12_582_912.0;
    const LOW: f32 = -87.3;
    // Selecting at the end, rather than returning early, keeps the loop around this vectorised.
    let clamped = x.clamp(LOW, 88.0);
    let shifted = clamped * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = (clamped - n * 0.693_359_4) - n * -2.121_944_4e-4;
    let mut p = 1.987_569_1e-4;
    p = p * r + 1.398_199_9e-3;
    p = p * r + 8.333_452e-3;
    p = p * r + 4.166_579_6e-2;
    p = p * r + 1.666_666_5e-1;
    p = p * r + 0.5;
    let e = (p * r) * r + r + 1.0;
    let scale = f32::from_bits(shifted.to_bits().wrapping_add(127) << 23);
    if x < LOW { 0.0 } else { e * scale }
}

/// The logistic function `1 / (1 + e^-x)`.
#[inline(always)]
pub fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}

/// The hyperbolic tangent, as `2·sigmoid(2x) - 1`.
#[inline(always)]
pub fn tanh(x: f32) -> f32 {
    2.0 / (1.0 + exp(-2.0 * x)) - 1.0
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
            worst = worst.max((f64::from(exp(x)) - exact).abs() / exact);
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
    fn gates_are_close() {
        for i in -2000..2000 {
            let x = i as f32 * 0.01;
            let wide = f64::from(x);
            assert!((f64::from(sigmoid(x)) - 1.0 / (1.0 + (-wide).exp())).abs() < 2e-7);
            assert!((f64::from(tanh(x)) - wide.tanh()).abs() < 4e-7);
        }
    }
}
