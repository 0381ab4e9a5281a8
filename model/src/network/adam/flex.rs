//! Adam's step on the CPU.

use burn::backend::Flex;

use super::{
    super::flex::{numbers, simd, simd::Kernel, tensor},
    AdamInputs, AdamOps, AdamOutputs, AdamStep,
};

impl AdamOps for Flex {
    fn adam_step(inputs: AdamInputs<Self>, scaled: bool, rule: AdamStep) -> AdamOutputs<Self> {
        let AdamInputs { gradient, scale, parameter, mean, variance } = inputs;
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
        AdamOutputs { parameter: tensor(result, count), mean, variance }
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
    fn run<const FUSED: bool, const ROWS: usize>(self) {
        let AdamStep { alpha, new_mean, new_variance, epsilon, kept } = self.rule;
        let numbers = self.parameter.iter_mut().zip(self.gradient);
        for ((parameter, gradient), (mean, variance)) in numbers.zip(self.mean.iter_mut().zip(self.variance))
        {
            let gradient = gradient * self.scale;
            *mean += (gradient - *mean) * new_mean;
            *variance += (gradient * gradient - *variance) * new_variance;
            *parameter = *parameter * kept - *mean * alpha / (variance.sqrt() + epsilon);
        }
    }
}
