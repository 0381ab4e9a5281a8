//! Adam as Keras has it.

use burn::{
    module::{Module, ModuleMapper, ModuleVisitor, Param},
    tensor::{Gradients, Tensor, TensorData},
};

const BETA_1: f64 = 0.9;
const BETA_2: f64 = 0.999;
const EPSILON: f64 = 1e-7;

/// Adam (Kingma and Ba, 2015) with Keras's epsilon, which is added to the uncorrected root; burn's own, as
/// PyTorch's, adds it to the corrected one, and losses drift apart within 30 steps.
#[derive(Debug, Default)]
pub struct KerasAdam {
    steps: u64,
    /// Mean and uncentred variance of every parameter's gradient, flat, in the module's order.
    moments: Vec<[Tensor<1>; 2]>,
}

impl KerasAdam {
    /// Moves the parameters one step against the gradients, scaled so that the norm of the whole gradient is
    /// at most `clip_norm`.
    pub fn step<M: Module>(
        &mut self,
        rate: f64,
        clip_norm: Option<f32>,
        weight_decay: f64,
        model: M,
        gradients: &Gradients,
    ) -> M {
        self.steps += 1;
        let scale = clip_norm.and_then(|most| {
            let mut squares = Squares { gradients, sum: None };
            model.visit(&mut squares);
            // Nothing is read back: the scale stays on the device.
            squares.sum.map(|sum| (sum.sqrt() + 1e-6).recip().mul_scalar(most).clamp_max(1.0))
        });
        let steps = self.steps as f64;
        let alpha = rate * (1.0 - BETA_2.powf(steps)).sqrt() / (1.0 - BETA_1.powf(steps));
        let mut update = Update {
            gradients,
            scale,
            alpha,
            shrink: 1.0 - rate * weight_decay,
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

    /// The state as plain numbers: steps taken, and each parameter's moments in the module's order.
    pub(crate) fn save(&self) -> (u64, Vec<Vec<f32>>) {
        let values = |tensor: &Tensor<1>| tensor.to_data().iter::<f32>().collect();
        (self.steps, self.moments.iter().flatten().map(values).collect())
    }

    /// The inverse of [`save`](Self::save).
    pub(crate) fn load(steps: u64, moments: &[Vec<f32>], device: &burn::tensor::Device) -> Self {
        let tensor =
            |values: &Vec<f32>| Tensor::from_data(TensorData::new(values.clone(), [values.len()]), device);
        let (pairs, _) = moments.as_chunks::<2>();
        let moments = pairs.iter().map(|pair| [tensor(&pair[0]), tensor(&pair[1])]).collect();
        Self { steps, moments }
    }
}

/// Sums the squares of all gradients.
struct Squares<'a> {
    gradients: &'a Gradients,
    sum: Option<Tensor<1>>,
}

impl ModuleVisitor for Squares<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(gradient) = param.val().grad(self.gradients) {
            let square = gradient.square().sum();
            self.sum = Some(match self.sum.take() {
                Some(sum) => sum + square,
                None => square,
            });
        }
    }
}

struct Update<'a> {
    gradients: &'a Gradients,
    scale: Option<Tensor<1>>,
    alpha: f64,
    shrink: f64,
    moments: std::vec::IntoIter<[Tensor<1>; 2]>,
    updated: Vec<[Tensor<1>; 2]>,
}

impl ModuleMapper for Update<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (id, tensor, mapper) = param.consume();
        let Some(gradient) = tensor.grad(self.gradients) else {
            return Param::from_mapped_value(id, tensor, mapper);
        };
        let shape = tensor.dims();
        let count = tensor.shape().num_elements();
        let mut gradient = gradient.reshape([count]);
        if let Some(scale) = &self.scale {
            gradient = gradient * scale.clone();
        }
        let [mean, variance] = self.moments.next().unwrap_or_else(|| {
            let zeros = Tensor::zeros([count], &gradient.device());
            [zeros.clone(), zeros]
        });
        let mean = mean.clone() + (gradient.clone() - mean) * (1.0 - BETA_1);
        let variance = variance.clone() + (gradient.square() - variance) * (1.0 - BETA_2);
        let change = mean.clone() * self.alpha / (variance.clone().sqrt() + EPSILON);
        self.updated.push([mean, variance]);
        let kept = if D >= 2 && self.shrink < 1.0 { tensor.inner() * self.shrink } else { tensor.inner() };
        let tensor = kept - change.reshape(shape);
        Param::from_mapped_value(id, Tensor::from_inner(tensor).require_grad(), mapper)
    }
}
