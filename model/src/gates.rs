//! The gates of one step, forward and backward, in place. Each loop touches few slices or works on arrays, so that the
//! compiler can tell them apart and vectorise it. `FUSED` as in [`multiply_add`](crate::math::multiply_add); the generator has it
//! false, so that a text is the same everywhere.

#[cfg(feature = "flex")]
use crate::number::Several;
use crate::{
    math::{hard_sigmoid, hard_sigmoid_of, sigmoid, sigmoid_of, tanh_of},
    number::{Change, Number, change},
};

/// What makes values of the sums of the gates `i`, `f` and `o`. That of `g` is always tanh.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum GateFunction {
    /// The logistic function.
    #[default]
    Sigmoid,
    /// [`hard_sigmoid`](crate::hard_sigmoid()), the default of Keras before 2.3.
    HardSigmoid,
}

impl GateFunction {
    /// Its value, from 0 to 1.
    pub(crate) fn of(self, sum: f32) -> f32 {
        match self {
            Self::Sigmoid => sigmoid(sum),
            Self::HardSigmoid => hard_sigmoid(sum),
        }
    }
}

/// One row's step: turns the gates' sums in `gates` `[4·units]` into their values, moves `cell` `[units]` on and gives
/// the new `hidden` state `[units]`.
///
/// `c' = σ(f)·c + σ(i)·tanh(g)`, `h' = σ(o)·tanh(c')` (Gers, Schmidhuber and Cummins, 2000), where σ is the
/// `function`.
#[inline(always)]
pub(crate) fn forward<const FUSED: bool>(
    gates: &mut [f32],
    cell: &mut [f32],
    hidden: &mut [f32],
    function: GateFunction,
) {
    let units = cell.len();
    let (input_forget, rest) = gates.split_at_mut(2 * units);
    let (candidate, output) = rest.split_at_mut(units);
    change(candidate, [], Tanh::<FUSED>);
    for sums in [&mut *input_forget, &mut *output] {
        match function {
            GateFunction::Sigmoid => change(sums, [], Sigmoid::<FUSED>),
            GateFunction::HardSigmoid => change(sums, [], HardSigmoid),
        }
    }
    let (input, forget) = input_forget.split_at(units);
    change(cell, [forget, input, candidate], Cell);
    change(hidden, [cell, output], Hidden::<FUSED>);
}

#[derive(Clone, Copy)]
struct Sigmoid<const FUSED: bool>;

impl<const FUSED: bool> Change<0> for Sigmoid<FUSED> {
    #[inline(always)]
    fn becomes<N: Number>(self, own: N, []: [N; 0]) -> N {
        sigmoid_of::<N, FUSED>(own)
    }
}

#[derive(Clone, Copy)]
struct HardSigmoid;

impl Change<0> for HardSigmoid {
    #[inline(always)]
    fn becomes<N: Number>(self, own: N, []: [N; 0]) -> N {
        hard_sigmoid_of(own)
    }
}

#[derive(Clone, Copy)]
struct Tanh<const FUSED: bool>;

impl<const FUSED: bool> Change<0> for Tanh<FUSED> {
    #[inline(always)]
    fn becomes<N: Number>(self, own: N, []: [N; 0]) -> N {
        tanh_of::<N, FUSED>(own)
    }
}

#[derive(Clone, Copy)]
struct Cell;

impl Change<3> for Cell {
    #[inline(always)]
    fn becomes<N: Number>(self, own: N, [f, i, g]: [N; 3]) -> N {
        f * own + i * g
    }
}

#[derive(Clone, Copy)]
struct Hidden<const FUSED: bool>;

impl<const FUSED: bool> Change<2> for Hidden<FUSED> {
    #[inline(always)]
    fn becomes<N: Number>(self, _: N, [cell, o]: [N; 2]) -> N {
        o * tanh_of::<N, FUSED>(cell)
    }
}

/// [`forward`] for a few units whose gates lie apart.
#[cfg(feature = "flex")]
#[inline(always)]
pub(crate) fn forward_apart<const FUSED: bool, const N: usize>(
    [input, forget, candidate, output]: [&mut [f32; N]; 4],
    cell: &mut [f32; N],
    hidden: &mut [f32; N],
) {
    for unit in (0..N / Several::LANES).map(|part| part * Several::LANES) {
        let i = sigmoid_of::<_, FUSED>(Several::read(input, unit));
        let f = sigmoid_of::<_, FUSED>(Several::read(forget, unit));
        let g = tanh_of::<_, FUSED>(Several::read(candidate, unit));
        let o = sigmoid_of::<_, FUSED>(Several::read(output, unit));
        let c = f * Several::read(cell, unit) + i * g;
        (o * tanh_of::<_, FUSED>(c)).write(hidden, unit);
        i.write(input, unit);
        f.write(forget, unit);
        g.write(candidate, unit);
        o.write(output, unit);
        c.write(cell, unit);
    }
}

/// One step of a few units backward: turns the gates' values into the gradients of their sums.
///
/// `d_hidden` is the gradient of the hidden state, `d_cell` that of the cell, which becomes the one for the step before.
/// `cell_before` stands before the step, `hidden` behind it.
///
/// With `c' = f·c + i·g` and `h' = o·tanh(c')`: `∂o = ∂h·tanh(c')·o(1-o)`, `∂c' += ∂h·o·(1-tanh²(c'))`,
/// `∂i = ∂c'·g·i(1-i)`, `∂g = ∂c'·i·(1-g²)`, `∂f = ∂c'·c·f(1-f)`, `∂c = ∂c'·f`. `tanh(c')` is taken from `h'`: `o` is never
/// zero.
#[cfg(feature = "flex")]
#[inline(always)]
pub(crate) fn backward<const N: usize>(
    [input, forget, candidate, output]: [&mut [f32; N]; 4],
    cell_before: &[f32; N],
    hidden: &[f32; N],
    d_hidden: &[f32; N],
    d_cell: &mut [f32; N],
) {
    let one = Several::of(1.0);
    for unit in (0..N / Several::LANES).map(|part| part * Several::LANES) {
        let [i, f] = [&*input, &*forget].map(|gate| Several::read(gate, unit));
        let [g, o] = [&*candidate, &*output].map(|gate| Several::read(gate, unit));
        let h = Several::read(hidden, unit);
        let t = h / o;
        let d_h = Several::read(d_hidden, unit);
        let d_c = Several::read(d_cell, unit) + d_h * (o - h * t);
        (d_c * g * i * (one - i)).write(input, unit);
        (d_c * Several::read(cell_before, unit) * f * (one - f)).write(forget, unit);
        (d_c * i * (one - g * g)).write(candidate, unit);
        (d_h * h * (one - o)).write(output, unit);
        (d_c * f).write(d_cell, unit);
    }
}

#[cfg(all(test, feature = "flex"))]
mod tests {
    use super::*;
    use crate::{draw::uniform, test_prelude::test};

    #[test]
    fn apart_or_side_by_side_the_values_are_the_same() {
        const UNITS: usize = 16;
        let random = |row| std::array::from_fn::<f32, UNITS, _>(|n| 8.0 * uniform(7, row, n as u32) - 4.0);
        let mut apart = [0, 1, 2, 3].map(random);
        let mut side_by_side = apart.concat();
        let ([mut cell, mut other_cell], [mut hidden, mut other_hidden]) =
            ([random(4); 2], [[0.0; UNITS]; 2]);
        forward_apart::<false, UNITS>(apart.each_mut(), &mut cell, &mut hidden);
        let (gates, function) = (&mut side_by_side, GateFunction::Sigmoid);
        forward::<false>(gates, &mut other_cell, &mut other_hidden, function);
        assert_eq!(apart.concat(), side_by_side);
        assert_eq!((cell, hidden), (other_cell, other_hidden));
    }
}
