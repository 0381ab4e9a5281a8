//! Adam's step on a GPU.

use burn::{
    backend::TensorMetadata,
    cubecl::{self, prelude::*},
};
use burn_cubecl::{CubeBackend, kernel::into_contiguous};

use super::{
    super::cube::tensors::{empty_like, to_overwrite},
    AdamInputs, AdamOps, AdamOutputs, AdamStep,
};

/// Threads of a workgroup.
const THREADS: usize = 256;
/// Most workgroups; beyond, a thread takes several numbers.
const MAX_CUBES: usize = 4096;

/// What a step reads and writes.
#[derive(CubeType, CubeLaunch)]
struct Buffers {
    gradient: Box<[f32]>,
    scale: ComptimeOption<Box<[f32]>>,
    parameter: Box<[f32]>,
    mean: Box<[f32]>,
    variance: Box<[f32]>,
    result: Box<[f32]>,
}

/// The numbers of [`AdamStep`].
#[derive(CubeType, CubeLaunch)]
struct Rule {
    alpha: f32,
    new_mean: f32,
    new_variance: f32,
    epsilon: f32,
    kept: f32,
}

#[cube(launch_unchecked)]
fn step(buffers: &mut Buffers, rule: &Rule, count: usize, threads: usize) {
    for round in 0..count.div_ceil(threads) {
        let at = round * threads + ABSOLUTE_POS;
        if at < count {
            let mut own = buffers.gradient[at];
            #[comptime]
            if let ComptimeOption::Some(scale) = &buffers.scale {
                own *= scale[0];
            }
            let m = buffers.mean[at] + (own - buffers.mean[at]) * rule.new_mean;
            let v = buffers.variance[at] + (own * own - buffers.variance[at]) * rule.new_variance;
            buffers.mean[at] = m;
            buffers.variance[at] = v;
            buffers.result[at] =
                buffers.parameter[at] * rule.kept - m * rule.alpha / (f32::sqrt(v) + rule.epsilon);
        }
    }
}

impl AdamOps for CubeBackend {
    fn adam_step(inputs: AdamInputs<Self>, scaled: bool, rule: AdamStep) -> AdamOutputs<Self> {
        let AdamInputs { gradient, scale, parameter, mean, variance } = inputs;
        let AdamStep { alpha, new_mean, new_variance, epsilon, kept } = rule;
        let [count] = parameter.shape().dims();
        let [parameter, gradient, scale] = [parameter, gradient, scale].map(into_contiguous);
        let [mean, variance] = [mean, variance].map(to_overwrite);
        // The parameter is still the graph's.
        let result = empty_like(&parameter, [count]);
        let cubes = count.div_ceil(THREADS).clamp(1, MAX_CUBES);
        let client = parameter.client.clone();
        let buffers = BuffersLaunch::new(
            gradient.into_buffer_arg(),
            scaled.then(|| scale.into_buffer_arg()).into(),
            parameter.into_buffer_arg(),
            mean.clone().into_buffer_arg(),
            variance.clone().into_buffer_arg(),
            result.clone().into_buffer_arg(),
        );
        let rule = RuleLaunch::new(alpha, new_mean, new_variance, epsilon, kept);
        // SAFETY: Every index is below the one length.
        unsafe {
            step::launch_unchecked(
                &client,
                CubeCount::new_1d(cubes as u32),
                CubeDim::new_1d(THREADS as u32),
                buffers,
                rule,
                count,
                cubes * THREADS,
            );
        }
        AdamOutputs { parameter: result, mean, variance }
    }
}
