//! One unit's step in a kernel, forward and backward, by the formulas of [`crate::gates`].

use burn::cubecl::{self, prelude::*};

#[cube]
fn sigmoid(x: f32) -> f32 {
    // Within the clamp nothing overflows, and beyond it an f32 shows no difference.
    1.0 / (1.0 + f32::exp(-f32::clamp(x, -40.0, 40.0)))
}

#[cube]
fn hard_sigmoid(x: f32) -> f32 {
    f32::clamp(0.2 * x + 0.5, 0.0, 1.0)
}

#[cube]
fn tanh(x: f32) -> f32 {
    2.0 * sigmoid(2.0 * x) - 1.0
}

/// The gates `i f g o` of a unit: their values, or the gradients of their sums.
#[derive(CubeType)]
pub(in crate::network) struct Gates {
    input: f32,
    forget: f32,
    candidate: f32,
    output: f32,
}

/// The gradients of a unit's step: of the gates' sums, and of the cell before it.
#[derive(CubeType)]
pub(super) struct StepGradients {
    pub(super) sums: Gates,
    pub(super) cell: f32,
}

#[cube]
impl Gates {
    /// The gates' values from their sums.
    pub(in crate::network) fn from_sums(input: f32, forget: f32, candidate: f32, output: f32) -> Gates {
        Gates {
            input: sigmoid(input),
            forget: sigmoid(forget),
            candidate: tanh(candidate),
            output: sigmoid(output),
        }
    }

    /// The same of a model whose gates are [`hard_sigmoid`](crate::hard_sigmoid()).
    pub(in crate::network) fn from_sums_hard(input: f32, forget: f32, candidate: f32, output: f32) -> Gates {
        Gates {
            input: hard_sigmoid(input),
            forget: hard_sigmoid(forget),
            candidate: tanh(candidate),
            output: hard_sigmoid(output),
        }
    }

    /// The gates at `at` and `units`, `2·units` and `3·units` behind it.
    pub(super) fn load(values: &[f32], at: usize, #[comptime] units: usize) -> Gates {
        Gates {
            input: values[at],
            forget: values[at + units],
            candidate: values[at + 2 * units],
            output: values[at + 3 * units],
        }
    }

    /// The inverse of [`load`](Self::load).
    pub(super) fn store(&self, values: &mut [f32], at: usize, #[comptime] units: usize) {
        values[at] = self.input;
        values[at + units] = self.forget;
        values[at + 2 * units] = self.candidate;
        values[at + 3 * units] = self.output;
    }

    /// `c' = f·c + i·g`
    pub(in crate::network) fn next_cell(&self, cell: f32) -> f32 {
        self.forget * cell + self.input * self.candidate
    }

    /// `h' = o·tanh(c')`
    pub(in crate::network) fn hidden(&self, next_cell: f32) -> f32 {
        self.output * tanh(next_cell)
    }

    /// The gradients of the step from `cell` to `next_cell`, from those of the hidden state and the cell behind it.
    ///
    /// `∂o = ∂h·tanh(c')·o(1-o)`, `∂c' += ∂h·o·(1-tanh²(c'))`, `∂i = ∂c'·g·i(1-i)`, `∂f = ∂c'·c·f(1-f)`,
    /// `∂g = ∂c'·i·(1-g²)`, `∂c = ∂c'·f`.
    pub(super) fn gradients(
        &self,
        cell: f32,
        next_cell: f32,
        d_hidden: f32,
        d_next_cell: f32,
    ) -> StepGradients {
        let tanh_cell = tanh(next_cell);
        let d_c = d_next_cell + d_hidden * self.output * (1.0 - tanh_cell * tanh_cell);
        StepGradients {
            sums: Gates {
                input: d_c * self.candidate * self.input * (1.0 - self.input),
                forget: d_c * cell * self.forget * (1.0 - self.forget),
                candidate: d_c * self.input * (1.0 - self.candidate * self.candidate),
                output: d_hidden * tanh_cell * self.output * (1.0 - self.output),
            },
            cell: d_c * self.forget,
        }
    }
}
