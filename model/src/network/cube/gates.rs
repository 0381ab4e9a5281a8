//! The gates' functions on a GPU.

use burn::cubecl::{self, prelude::*};

#[cube]
pub(super) fn sigmoid(x: f32) -> f32 {
    // Within the clamp nothing overflows, and beyond it an f32 shows no difference.
    1.0 / (1.0 + f32::exp(-f32::clamp(x, -40.0, 40.0)))
}

#[cube]
pub(super) fn tanh(x: f32) -> f32 {
    2.0 * sigmoid(2.0 * x) - 1.0
}
