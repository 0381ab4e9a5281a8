//! Adam's step as one operation of burn: from tensor operations it would be a dozen passes over every parameter.

use burn::{
    backend::{Backend, Dispatch, backend_extension, tensor::FloatTensor},
    tensor::Tensor,
};

/// One step of Adam (Kingma and Ba, 2015), with the bias correction in its rate and epsilon added to the uncorrected
/// root, as Keras has it; with a decay it is AdamW (Loshchilov and Hutter, 2019).
#[derive(Debug, Clone, Copy)]
pub struct AdamStep {
    /// The learning rate times the bias correction of this step.
    pub alpha: f32,
    /// How much of the mean gradient is new: `1 - β₁`.
    pub new_mean: f32,
    /// How much of the mean square is new: `1 - β₂`.
    pub new_variance: f32,
    /// What keeps the root from zero.
    pub epsilon: f32,
    /// What weight decay leaves of the parameter.
    pub kept: f32,
}

impl AdamStep {
    /// Moves a `parameter` against its `gradient`, and its moments on; all are flat and of one length. The gradient is
    /// multiplied by `scale` `[1]` first, which lies on the device and is not read back.
    ///
    /// `m' = m + (g - m)·(1-β₁)`, `v' = v + (g² - v)·(1-β₂)`, `p' = p·kept - m'·α/(√v' + ε)`
    pub fn apply(
        self,
        parameter: Tensor<1>,
        gradient: Tensor<1>,
        scale: Option<&Tensor<1>>,
        [mean, variance]: [Tensor<1>; 2],
    ) -> (Tensor<1>, [Tensor<1>; 2]) {
        let scaled = scale.is_some();
        // Without a scale any tensor stands in for it.
        let scale = scale.unwrap_or(&gradient).clone();
        let (parameter, mean, variance) = <Dispatch as AdamOps>::adam_step(
            parameter.into_dispatch(),
            gradient.into_dispatch(),
            scale.into_dispatch(),
            mean.into_dispatch(),
            variance.into_dispatch(),
            scaled,
            self,
        );
        let [parameter, mean, variance] = [parameter, mean, variance].map(Tensor::from_dispatch);
        (parameter, [mean, variance])
    }
}

/// The operation as burn's dispatch knows it.
#[backend_extension(Cube: cfg(feature = "wgpu"), Flex: cfg(feature = "flex"))]
pub(crate) trait AdamOps: Backend {
    /// The new parameter, mean and variance.
    fn adam_step(
        parameter: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        scale: FloatTensor<Self>,
        mean: FloatTensor<Self>,
        variance: FloatTensor<Self>,
        scaled: bool,
        rule: AdamStep,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);
}

#[cfg(feature = "flex")]
mod on_cpu {
    use burn::backend::{Flex, tensor::FloatTensor};

    use super::{
        super::flex::{numbers, simd, simd::Kernel, tensor},
        AdamOps, AdamStep,
    };

    impl AdamOps for Flex {
        fn adam_step(
            parameter: FloatTensor<Self>,
            gradient: FloatTensor<Self>,
            scale: FloatTensor<Self>,
            mean: FloatTensor<Self>,
            variance: FloatTensor<Self>,
            scaled: bool,
            rule: AdamStep,
        ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
            let scale = if scaled { numbers(&scale).first().copied().unwrap_or(1.0) } else { 1.0 };
            let [parameter, gradient, mut mean, mut variance] =
                [parameter, gradient, mean, variance].map(|tensor| tensor.to_contiguous());
            // The parameter is still the graph's.
            let mut result = numbers(&parameter).to_vec();
            simd::run(Step {
                parameter: &mut result,
                gradient: numbers(&gradient),
                scale,
                mean: mean.storage_mut(),
                variance: variance.storage_mut(),
                rule,
            });
            let count = [result.len()];
            (tensor(result, count), mean, variance)
        }
    }

    struct Step<'a> {
        parameter: &'a mut [f32],
        gradient: &'a [f32],
        scale: f32,
        mean: &'a mut [f32],
        variance: &'a mut [f32],
        rule: AdamStep,
    }

    impl Kernel for Step<'_> {
        #[inline(always)]
        fn go<const FUSED: bool, const ROWS: usize>(self) {
            let AdamStep { alpha, new_mean, new_variance, epsilon, kept } = self.rule;
            let numbers = self.parameter.iter_mut().zip(self.gradient);
            for ((parameter, gradient), (mean, variance)) in
                numbers.zip(self.mean.iter_mut().zip(self.variance))
            {
                let gradient = gradient * self.scale;
                *mean += (gradient - *mean) * new_mean;
                *variance += (gradient * gradient - *variance) * new_variance;
                *parameter = *parameter * kept - *mean * alpha / (variance.sqrt() + epsilon);
            }
        }
    }
}

#[cfg(feature = "wgpu")]
mod on_gpu {
    use burn::{
        backend::{TensorMetadata, tensor::FloatTensor},
        cubecl::{self, prelude::*},
    };
    use burn_cubecl::{CubeBackend, kernel::into_contiguous};

    use super::{
        super::cube::{empty_like, to_overwrite},
        AdamOps, AdamStep,
    };

    /// Threads of a workgroup.
    const THREADS: usize = 256;
    /// Most workgroups; beyond, a thread takes several numbers.
    const MOST_CUBES: usize = 4096;

    #[cube(launch_unchecked)]
    #[allow(clippy::too_many_arguments, reason = "a kernel's arguments are its interface")]
    fn step(
        parameter: &[f32],
        gradient: &[f32],
        scale: &[f32],
        mean: &mut [f32],
        variance: &mut [f32],
        result: &mut [f32],
        alpha: f32,
        new_mean: f32,
        new_variance: f32,
        epsilon: f32,
        kept: f32,
        count: usize,
        threads: usize,
        #[comptime] scaled: bool,
    ) {
        for turn in 0..count.div_ceil(threads) {
            let at = turn * threads + ABSOLUTE_POS;
            if at < count {
                let mut own = gradient[at];
                if comptime!(scaled) {
                    own *= scale[0];
                }
                let m = mean[at] + (own - mean[at]) * new_mean;
                let v = variance[at] + (own * own - variance[at]) * new_variance;
                mean[at] = m;
                variance[at] = v;
                result[at] = parameter[at] * kept - m * alpha / (f32::sqrt(v) + epsilon);
            }
        }
    }

    impl AdamOps for CubeBackend {
        fn adam_step(
            parameter: FloatTensor<Self>,
            gradient: FloatTensor<Self>,
            scale: FloatTensor<Self>,
            mean: FloatTensor<Self>,
            variance: FloatTensor<Self>,
            scaled: bool,
            rule: AdamStep,
        ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
            let AdamStep { alpha, new_mean, new_variance, epsilon, kept } = rule;
            let [count] = parameter.shape().dims();
            let [parameter, gradient, scale] = [parameter, gradient, scale].map(into_contiguous);
            let [mean, variance] = [mean, variance].map(to_overwrite);
            // The parameter is still the graph's.
            let result = empty_like(&parameter, [count]);
            let cubes = count.div_ceil(THREADS).clamp(1, MOST_CUBES);
            let client = parameter.client.clone();
            // SAFETY: Every index is below the one length.
            unsafe {
                step::launch_unchecked(
                    &client,
                    CubeCount::new_1d(cubes as u32),
                    CubeDim::new_1d(THREADS as u32),
                    parameter.into_buffer_arg(),
                    gradient.into_buffer_arg(),
                    scale.into_buffer_arg(),
                    mean.clone().into_buffer_arg(),
                    variance.clone().into_buffer_arg(),
                    result.clone().into_buffer_arg(),
                    alpha,
                    new_mean,
                    new_variance,
                    epsilon,
                    kept,
                    count,
                    cubes * THREADS,
                    scaled,
                );
            }
            (result, mean, variance)
        }
    }
}
