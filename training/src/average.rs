//! A running mean of the weights.

use burn::{
    module::{Module, ModuleMapper, ModuleVisitor, Param},
    tensor::{Device, ExecutionError, Tensor},
};

use crate::transfer::{from_device, to_device};

/// An exponentially weighted mean of a network's weights over the steps of its training, which predicts better than
/// the weights of any one step while those still jump about (Polyak and Juditsky, 1992).
#[derive(Debug)]
pub(crate) struct Average {
    decay: f64,
    /// The mean of every parameter, flat, in the network's order.
    values: Vec<Tensor<1>>,
}

impl Average {
    /// A mean of which the share `decay` stays in a step, from `values` on; there is none yet if they are empty.
    pub(crate) fn load(decay: f64, values: &[Vec<f32>], device: &Device) -> Self {
        Self { decay, values: values.iter().map(|values| to_device(values, device)).collect() }
    }

    /// The mean as plain numbers.
    ///
    /// # Errors
    /// If the device fails.
    pub(crate) async fn save(&self) -> Result<Vec<Vec<f32>>, ExecutionError> {
        from_device(self.values.iter().cloned()).await
    }

    /// Takes in the weights after step `step`, counted from 1. Early means forget faster, so that the first random
    /// weights do not linger.
    pub(crate) fn update(&mut self, network: &impl Module, step: u64) {
        let step = step as f64;
        let kept = self.decay.min((1.0 + step) / (10.0 + step));
        let mut flat = Flat(Vec::new());
        network.visit(&mut flat);
        if self.values.is_empty() {
            self.values = flat.0;
            return;
        }
        for (mean, value) in self.values.iter_mut().zip(flat.0) {
            *mean = mean.clone() + (value - mean.clone()) * (1.0 - kept);
        }
    }

    /// A network with the mean for its weights.
    pub(crate) fn apply<M: Module>(&self, network: M) -> M {
        network.map(&mut Replace(self.values.iter()))
    }
}

struct Flat(Vec<Tensor<1>>);

impl ModuleVisitor for Flat {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let value = param.val();
        let count = value.shape().num_elements();
        self.0.push(value.inner().reshape([count]));
    }
}

struct Replace<'a>(std::slice::Iter<'a, Tensor<1>>);

impl ModuleMapper for Replace<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (id, tensor, mapper) = param.consume();
        let tensor = match self.0.next() {
            Some(mean) => Tensor::from_inner(mean.clone().reshape(tensor.dims())),
            None => tensor,
        };
        Param::from_mapped_value(id, tensor, mapper)
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::read_sync;
    use model::{Card, CharLstm, Vocab, Weights};

    use super::*;

    #[test]
    fn is_the_mean_of_what_it_saw() {
        let device = Device::flex().autodiff();
        let vocab = Vocab::from_text("ab").unwrap();
        let mut weights = Weights::zeros(vocab, Card::default(), 2, 1).unwrap();
        let mut average = Average::load(0.5, &[], &Device::flex());
        for (step, value) in [1.0, 2.0, 4.0].into_iter().enumerate() {
            weights.values_mut().into_iter().for_each(|values| values.fill(value));
            average.update(&CharLstm::new(&weights, &device), step as u64 + 100);
        }
        let loaded = Average::load(0.5, &read_sync(average.save()).unwrap(), &Device::flex());
        let network = loaded.apply(CharLstm::new(&weights, &device));
        read_sync(network.store(&mut weights)).unwrap();
        assert!(weights.values_mut().iter().all(|values| values.iter().all(|&value| value == 2.75)));
    }
}
