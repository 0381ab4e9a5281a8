//! Adam as Keras has it.

use burn::{
    module::{Module, ModuleMapper, ModuleVisitor, Param},
    tensor::{Device, ExecutionError, Gradients, Tensor},
};
use model::AdamStep;

use crate::transfer::{from_device, to_device};

const BETA_1: f64 = 0.9;
const BETA_2: f64 = 0.999;
const EPSILON: f32 = 1e-7;

/// Adam (Kingma and Ba, 2015) with Keras's epsilon, which is added to the uncorrected root; burn's own, as
/// PyTorch's, adds it to the corrected one, and losses drift apart within 30 steps.
///
/// With a weight decay it is AdamW (Loshchilov and Hutter, 2019).
#[derive(Debug, Default)]
pub struct KerasAdam {
    steps: u64,
    /// Mean and uncentred variance of every parameter's gradient, flat, in the module's order.
    moments: Vec<[Tensor<1>; 2]>,
}

impl KerasAdam {
    /// Moves the parameters one step against the gradients, scaled so that their norm over all parameters is
    /// at most `clip_norm`. Matrices also shrink by `rate · weight_decay` of what they are; biases do not.
    pub fn step<M: Module>(
        &mut self,
        rate: f64,
        clip_norm: Option<f32>,
        weight_decay: f64,
        model: M,
        gradients: &Gradients,
    ) -> M {
        let gradients = flat_gradients(&model, gradients);
        self.step_flat(rate, clip_norm, weight_decay, model, gradients)
    }

    /// A [`step`](Self::step) against flat gradients, a parameter's each, in the module's order.
    pub(crate) fn step_flat<M: Module>(
        &mut self,
        rate: f64,
        clip_norm: Option<f32>,
        weight_decay: f64,
        model: M,
        gradients: Vec<Option<Tensor<1>>>,
    ) -> M {
        self.steps += 1;
        let scale = clip_norm.and_then(|max| {
            let squares = gradients.iter().flatten().map(|gradient| gradient.clone().square().sum());
            // Nothing is read back: the scale stays on the device.
            let sum = squares.reduce(|sum, square| sum + square);
            sum.map(|sum| (sum.sqrt() + 1e-6).recip().mul_scalar(max).clamp_max(1.0))
        });
        let steps = self.steps as f64;
        let alpha = rate * (1.0 - BETA_2.powf(steps)).sqrt() / (1.0 - BETA_1.powf(steps));
        let mut update = Update {
            gradients: gradients.into_iter(),
            scale,
            alpha: alpha as f32,
            kept: (1.0 - rate * weight_decay) as f32,
            moments: std::mem::take(&mut self.moments).into_iter(),
            updated: Vec::new(),
        };
        let model = model.map(&mut update);
        self.moments = update.updated;
        model
    }

    /// Steps taken.
    pub(crate) fn steps(&self) -> u64 {
        self.steps
    }

    /// The moments as plain numbers, each parameter's mean and variance in the module's order.
    ///
    /// # Errors
    /// If the device fails.
    pub(crate) async fn save(&self) -> Result<Vec<Vec<f32>>, ExecutionError> {
        from_device(self.moments.iter().flatten().cloned()).await
    }

    /// An optimiser that has taken `steps` steps and came to these [`save`](Self::save)d moments.
    pub(crate) fn load(steps: u64, moments: &[Vec<f32>], device: &Device) -> Self {
        let (pairs, _) = moments.as_chunks::<2>();
        let moments = pairs.iter().map(|pair| pair.each_ref().map(|values| to_device(values, device)));
        Self { steps, moments: moments.collect() }
    }
}

/// Every parameter's gradient, flat, in the module's order; `None` for a parameter that has none.
pub(crate) fn flat_gradients(model: &impl Module, gradients: &Gradients) -> Vec<Option<Tensor<1>>> {
    let mut flat = Flat { gradients, found: Vec::new() };
    model.visit(&mut flat);
    flat.found
}

struct Flat<'a> {
    gradients: &'a Gradients,
    found: Vec<Option<Tensor<1>>>,
}

impl ModuleVisitor for Flat<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let gradient = param.val().grad(self.gradients);
        self.found.push(gradient.map(|gradient| {
            let count = gradient.shape().num_elements();
            gradient.reshape([count])
        }));
    }
}

struct Update {
    gradients: std::vec::IntoIter<Option<Tensor<1>>>,
    scale: Option<Tensor<1>>,
    alpha: f32,
    /// What weight decay leaves of a matrix.
    kept: f32,
    moments: std::vec::IntoIter<[Tensor<1>; 2]>,
    updated: Vec<[Tensor<1>; 2]>,
}

impl ModuleMapper for Update {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (id, tensor, mapper) = param.consume();
        let Some(gradient) = self.gradients.next().flatten() else {
            return Param::from_mapped_value(id, tensor, mapper);
        };
        let shape = tensor.dims();
        let count = tensor.shape().num_elements();
        let moments = self.moments.next().unwrap_or_else(|| {
            let zeros = || Tensor::zeros([count], &gradient.device());
            [zeros(), zeros()]
        });
        let step = AdamStep {
            alpha: self.alpha,
            new_mean: (1.0 - BETA_1) as f32,
            new_variance: (1.0 - BETA_2) as f32,
            epsilon: EPSILON,
            kept: if D > 1 { self.kept } else { 1.0 },
        };
        let parameter = tensor.inner().reshape([count]);
        let (parameter, moments) = step.apply(parameter, gradient, self.scale.as_ref(), moments);
        self.updated.push(moments);
        let tensor = parameter.reshape(shape);
        Param::from_mapped_value(id, Tensor::from_inner(tensor).require_grad(), mapper)
    }
}

#[cfg(test)]
mod tests {
    use burn::{
        nn::{Linear, LinearConfig},
        tensor::{DeviceKind, TensorData, read_sync},
    };

    use super::*;

    /// The formula in f64: one number after some steps against gradients.
    fn exact(mut number: f64, gradients: &[f64], rate: f64, decay: f64) -> f64 {
        let (mut mean, mut variance) = (0.0, 0.0);
        for (gradient, step) in gradients.iter().zip(1..) {
            mean = BETA_1 * mean + (1.0 - BETA_1) * gradient;
            variance = BETA_2 * variance + (1.0 - BETA_2) * gradient * gradient;
            let alpha = rate * (1.0 - BETA_2.powi(step)).sqrt() / (1.0 - BETA_1.powi(step));
            number -= rate * decay * number + alpha * mean / (variance.sqrt() + f64::from(EPSILON));
        }
        number
    }

    #[test]
    fn steps_are_the_formulas() {
        let mut devices = vec![Device::flex()];
        if std::env::var("SCRIPTORIUM_GPU_TESTS").is_ok_and(|value| value == "1") {
            devices.push(Device::wgpu(DeviceKind::DefaultDevice));
        }
        // Weight and bias begin as these; the gradients of a step are those times its factor.
        const WEIGHT: [f32; 2] = [0.7, -1.2];
        const BIAS: f32 = 0.4;
        const FACTORS: [f32; 4] = [1.0, -0.5, 2.0, 0.25];
        for (device, decay) in
            devices.into_iter().flat_map(|device| [0.0, 0.1].map(|decay| (device.clone(), decay)))
        {
            let device = device.autodiff();
            let mut layer: Linear = LinearConfig::new(2, 1).init(&device);
            layer.weight = Param::from_data(TensorData::new(WEIGHT.to_vec(), [2, 1]), &device);
            layer.bias = Some(Param::from_data(TensorData::new(vec![BIAS], [1]), &device));
            let mut adam = KerasAdam::default();
            for factor in FACTORS {
                let inputs = TensorData::new(WEIGHT.map(|weight| weight * factor).to_vec(), [1, 2]);
                let loss = layer.forward(Tensor::<2>::from_data(inputs, &device)).sum();
                let gradients = loss.backward();
                layer = adam.step(0.01, None, decay, layer, &gradients);
            }
            let bias = layer.bias.as_ref().map(|bias| bias.val().into_scalar::<f32>()).unwrap();
            let expected = exact(BIAS.into(), &[1.0; 4], 0.01, 0.0);
            assert!(
                (f64::from(bias) - expected).abs() < 1e-6,
                "bias {bias} against {expected}, decay {decay}"
            );
            let weights = layer.weight.val().into_data();
            for (found, start) in weights.iter::<f32>().zip(WEIGHT) {
                let gradients = FACTORS.map(|factor| f64::from(factor * start));
                let expected = exact(start.into(), &gradients, 0.01, decay);
                assert!(
                    (f64::from(found) - expected).abs() < 1e-6,
                    "{found} against {expected}, decay {decay}"
                );
            }
        }
    }

    #[test]
    fn a_large_gradient_is_scaled() {
        let device = Device::flex().autodiff();
        let mut layer: Linear = LinearConfig::new(2, 1).with_bias(false).init(&device);
        layer.weight = Param::from_data(TensorData::new(vec![0.0, 0.0], [2, 1]), &device);
        let inputs = Tensor::<2>::from_data(TensorData::new(vec![3.0f32, 4.0], [1, 2]), &device);
        let gradients = layer.forward(inputs).sum().backward();
        let mut adam = KerasAdam::default();
        adam.step(0.01, Some(1.0), 0.0, layer, &gradients);
        let moments = read_sync(adam.save()).unwrap();
        for (found, expected) in moments[0].iter().zip([0.06, 0.08]) {
            assert!((found - expected).abs() < 1e-6, "{found} against {expected}");
        }
    }
}
