//! Adam's step as one operation of burn: from tensor operations it would be a dozen passes over every parameter.

#[cfg(feature = "wgpu")]
mod cube;
#[cfg(feature = "flex")]
mod flex;

use burn::{
    backend::{Backend, Dispatch, ExtensionType, backend_extension, tensor::FloatTensor},
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
        let inputs = AdamInputs {
            gradient: gradient.into_dispatch(),
            scale: scale.into_dispatch(),
            parameter: parameter.into_dispatch(),
            mean: mean.into_dispatch(),
            variance: variance.into_dispatch(),
        };
        let AdamOutputs { parameter, mean, variance } =
            <Dispatch as AdamOps>::adam_step(inputs, scaled, self);
        let [parameter, mean, variance] = [parameter, mean, variance].map(Tensor::from_dispatch);
        (parameter, [mean, variance])
    }
}

/// The operation as burn's dispatch knows it.
#[backend_extension(Cube: cfg(feature = "wgpu"), Flex: cfg(feature = "flex"))]
pub(crate) trait AdamOps: Backend {
    /// Moves a parameter and its moments on; the gradient is multiplied by the scale if it is to be `scaled`.
    fn adam_step(
        #[extension_type] inputs: AdamInputs<Self>,
        scaled: bool,
        rule: AdamStep,
    ) -> AdamOutputs<Self>;
}

/// What a step reads. All but `scale` `[1]` are flat and of one length.
#[derive(Debug, ExtensionType)]
pub(crate) struct AdamInputs<B: Backend> {
    pub(crate) gradient: FloatTensor<B>,
    pub(crate) scale: FloatTensor<B>,
    pub(crate) parameter: FloatTensor<B>,
    /// The running mean of the gradients.
    pub(crate) mean: FloatTensor<B>,
    /// The running mean of their squares.
    pub(crate) variance: FloatTensor<B>,
}

/// What a step makes of the parameter and its moments.
#[derive(Debug, ExtensionType)]
pub(crate) struct AdamOutputs<B: Backend> {
    pub(crate) parameter: FloatTensor<B>,
    pub(crate) mean: FloatTensor<B>,
    pub(crate) variance: FloatTensor<B>,
}
