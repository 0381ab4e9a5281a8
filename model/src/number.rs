//! Numbers one by one, or four at a time if a browser has SIMD: one formula serves both, to the same bits.
//!
//! Natively the compiler makes vectors of loops over single numbers. In the page it does not: what is optimised for
//! size when it is linked is not vectorised, whatever the crates before it asked for.

use std::ops::{Add, Div, Mul, Neg, Sub};

/// One number, or several side by side.
pub(crate) trait Number:
    Copy + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self> + Neg<Output = Self>
{
    /// How many they are.
    #[cfg(feature = "flex")]
    const LANES: usize;

    /// Those from place `at` on.
    #[cfg(feature = "flex")]
    fn read<const LENGTH: usize>(from: &[f32; LENGTH], at: usize) -> Self;

    /// Puts them there.
    #[cfg(feature = "flex")]
    fn write<const LENGTH: usize>(self, to: &mut [f32; LENGTH], at: usize);

    /// A number, in all places.
    fn of(value: f32) -> Self;

    /// `self·b + c` in one rounding.
    fn fused_multiply_add(self, b: Self, c: Self) -> Self;

    /// No less than `low`, no more than `high`.
    fn clamped(self, low: f32, high: f32) -> Self;

    /// `2^n`, where `n` stands in the lowest bits.
    fn power_of_two(self) -> Self;

    /// Zero if `x` is less than `low`.
    fn zero_where_below(self, x: Self, low: f32) -> Self;
}

/// As many numbers as are calculated at once: of an array whose length is known, as its loops are written out.
#[cfg(all(feature = "flex", target_arch = "wasm32", target_feature = "simd128"))]
pub(crate) type Several = four::Four;
/// Numbers one by one, of which the compiler makes as many at once as there is room for.
#[cfg(all(feature = "flex", not(all(target_arch = "wasm32", target_feature = "simd128"))))]
pub(crate) type Several = f32;

impl Number for f32 {
    #[cfg(feature = "flex")]
    const LANES: usize = 1;

    #[cfg(feature = "flex")]
    #[inline(always)]
    fn read<const LENGTH: usize>(from: &[f32; LENGTH], at: usize) -> Self {
        from[at]
    }

    #[cfg(feature = "flex")]
    #[inline(always)]
    fn write<const LENGTH: usize>(self, to: &mut [f32; LENGTH], at: usize) {
        to[at] = self;
    }

    #[inline(always)]
    fn of(value: f32) -> Self {
        value
    }

    #[inline(always)]
    fn fused_multiply_add(self, b: Self, c: Self) -> Self {
        self.mul_add(b, c)
    }

    #[inline(always)]
    fn clamped(self, low: f32, high: f32) -> Self {
        self.clamp(low, high)
    }

    #[inline(always)]
    fn power_of_two(self) -> Self {
        Self::from_bits(self.to_bits().wrapping_add(127) << 23)
    }

    #[inline(always)]
    fn zero_where_below(self, x: Self, low: f32) -> Self {
        if x < low { 0.0 } else { self }
    }
}

/// A change of numbers that looks at the same places of others.
pub(crate) trait Change<const OTHERS: usize>: Copy {
    /// What becomes of `own`.
    fn becomes<N: Number>(self, own: N, others: [N; OTHERS]) -> N;
}

/// Makes the `change` at every place of `own`; the others are at least as long.
#[inline(always)]
pub(crate) fn change<const OTHERS: usize>(
    own: &mut [f32],
    others: [&[f32]; OTHERS],
    change: impl Change<OTHERS>,
) {
    let others = others.map(|other| &other[..own.len()]);
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    let (own, others) = four::change(own, others, change);
    for (at, own) in own.iter_mut().enumerate() {
        *own = change.becomes(*own, others.map(|other| other[at]));
    }
}

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
pub(crate) mod four {
    //! Four numbers in a register of 128 bits.

    use std::{
        arch::wasm32::*,
        ops::{Add, Div, Mul, Neg, Sub},
    };

    use super::{Change, Number};

    /// Numbers of a register.
    pub(crate) const WIDTH: usize = 4;

    /// Four numbers.
    #[derive(Debug, Clone, Copy)]
    pub(crate) struct Four(v128);

    impl Four {
        #[inline(always)]
        pub(crate) fn load(from: &[f32; WIDTH]) -> Self {
            Self::load_part(from, 0)
        }

        /// Those from place `at` on. By a pointer: what the compiler is told about slices keeps it from putting a
        /// constant place into the instruction.
        #[inline(always)]
        pub(crate) fn load_part<const LENGTH: usize>(from: &[f32; LENGTH], at: usize) -> Self {
            assert!(at + WIDTH <= LENGTH);
            // SAFETY: The array is long enough; wasm loads from any address.
            Self(unsafe { v128_load(from.as_ptr().add(at).cast()) })
        }

        /// Every number in all places of a register of its own.
        #[inline(always)]
        pub(crate) fn spread<const COUNT: usize>(numbers: &[f32; COUNT]) -> [Self; COUNT] {
            let mut spread = numbers.map(Self::of);
            // A shuffle costs less than a load.
            if COUNT >= WIDTH {
                let Self(four) = Self::load_part(numbers, 0);
                spread[0] = Self(i32x4_shuffle::<0, 0, 0, 0>(four, four));
                spread[1] = Self(i32x4_shuffle::<1, 1, 1, 1>(four, four));
                spread[2] = Self(i32x4_shuffle::<2, 2, 2, 2>(four, four));
                spread[3] = Self(i32x4_shuffle::<3, 3, 3, 3>(four, four));
            }
            spread
        }

        #[inline(always)]
        pub(crate) fn store(self, to: &mut [f32; WIDTH]) {
            // SAFETY: As above.
            unsafe { v128_store(to.as_mut_ptr().cast(), self.0) };
        }
    }

    macro_rules! operation {
        ($operation:ident, $method:ident, $instruction:ident) => {
            impl $operation for Four {
                type Output = Self;

                #[inline(always)]
                fn $method(self, other: Self) -> Self {
                    Self($instruction(self.0, other.0))
                }
            }
        };
    }
    operation!(Add, add, f32x4_add);
    operation!(Sub, sub, f32x4_sub);
    operation!(Mul, mul, f32x4_mul);
    operation!(Div, div, f32x4_div);

    impl Neg for Four {
        type Output = Self;

        #[inline(always)]
        fn neg(self) -> Self {
            Self(f32x4_neg(self.0))
        }
    }

    impl Number for Four {
        #[cfg(feature = "flex")]
        const LANES: usize = WIDTH;

        #[cfg(feature = "flex")]
        #[inline(always)]
        fn read<const LENGTH: usize>(from: &[f32; LENGTH], at: usize) -> Self {
            Self::load_part(from, at)
        }

        #[cfg(feature = "flex")]
        #[inline(always)]
        fn write<const LENGTH: usize>(self, to: &mut [f32; LENGTH], at: usize) {
            assert!(at + WIDTH <= LENGTH);
            // SAFETY: As above.
            unsafe { v128_store(to.as_mut_ptr().add(at).cast(), self.0) };
        }

        #[inline(always)]
        fn of(value: f32) -> Self {
            Self(f32x4_splat(value))
        }

        /// Only relaxed SIMD fuses; nothing else in a browser asks for it.
        #[inline(always)]
        fn fused_multiply_add(self, b: Self, c: Self) -> Self {
            #[cfg(feature = "relaxed")]
            return Self(f32x4_relaxed_madd(self.0, b.0, c.0));
            #[cfg(not(feature = "relaxed"))]
            {
                self * b + c
            }
        }

        #[inline(always)]
        fn clamped(self, low: f32, high: f32) -> Self {
            Self(f32x4_min(f32x4_max(self.0, f32x4_splat(low)), f32x4_splat(high)))
        }

        #[inline(always)]
        fn power_of_two(self) -> Self {
            Self(i32x4_shl(i32x4_add(self.0, i32x4_splat(127)), 23))
        }

        #[inline(always)]
        fn zero_where_below(self, x: Self, low: f32) -> Self {
            Self(v128_andnot(self.0, f32x4_lt(x.0, f32x4_splat(low))))
        }
    }

    /// Makes a change in fours; gives back what is left.
    #[inline(always)]
    pub(super) fn change<'a, const OTHERS: usize>(
        own: &'a mut [f32],
        others: [&'a [f32]; OTHERS],
        change: impl Change<OTHERS>,
    ) -> (&'a mut [f32], [&'a [f32]; OTHERS]) {
        let (fours, rest) = own.as_chunks_mut::<WIDTH>();
        let done = fours.len() * WIDTH;
        let chunks = others.map(|other| &other.as_chunks::<WIDTH>().0[..fours.len()]);
        for (at, four) in fours.iter_mut().enumerate() {
            change.becomes(Four::load(four), chunks.map(|other| Four::load(&other[at]))).store(four);
        }
        (rest, others.map(|other| &other[done..]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        math::{exp, exp_of, sigmoid, sigmoid_of, tanh, tanh_of},
        test_prelude::test,
    };

    #[derive(Clone, Copy)]
    struct All;

    impl Change<1> for All {
        fn becomes<N: Number>(self, own: N, [other]: [N; 1]) -> N {
            exp_of::<N, false>(own) * sigmoid_of::<N, false>(other) - tanh_of::<N, false>(own) / other
        }
    }

    #[test]
    fn several_at_once_have_the_bits_of_each() {
        let mut own: Vec<f32> = (0..1003).map(|n| (n - 500) as f32 * 0.2003).collect();
        let others: Vec<f32> = own.iter().map(|own| own * 0.31 + 0.7).collect();
        let expected: Vec<f32> = own
            .iter()
            .zip(&others)
            .map(|(&own, &other)| exp(own) * sigmoid(other) - tanh(own) / other)
            .collect();
        change(&mut own, [&others], All);
        for (found, expected) in own.iter().zip(expected) {
            assert_eq!(found.to_bits(), expected.to_bits(), "{found} against {expected}");
        }
    }
}
