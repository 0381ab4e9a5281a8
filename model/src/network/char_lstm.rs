//! The whole network: characters in, logits of the next character out.

use burn::{
    module::{Module, Param, ParamId},
    tensor::{Device, Int, Tensor, TensorData},
};

use super::lstm::{LstmLayer, LstmState, lstm_sequence};
use crate::weights::Weights;

/// A character LSTM: one or more layers and a dense layer on top.
#[derive(Module, Debug)]
pub struct CharLstm {
    /// LSTM layers, input first.
    pub layers: Vec<LstmLayer>,
    /// Output weights `[hidden, vocab]`.
    pub dense_kernel: Param<Tensor<2>>,
    /// Output bias `[vocab]`.
    pub dense_bias: Param<Tensor<1>>,
}

impl CharLstm {
    /// The network with these weights, on a device. Parameters are numbered in the file's order, so that an
    /// optimiser's saved state finds them again.
    pub fn new(weights: &Weights, device: &Device) -> Self {
        let mut next_id = 0u64;
        let mut id = || {
            next_id += 1;
            ParamId::from(next_id)
        };
        let mut matrix = |values: &[f32], shape: [usize; 2]| {
            let data = TensorData::new(values.to_vec(), shape);
            let tensor = Tensor::<2>::from_data(data, device);
            Param::initialized(id(), tensor.require_grad())
        };
        let mut layers = Vec::new();
        let mut kernels = Vec::new();
        for layer in &weights.layers {
            let gates = 4 * layer.hidden;
            kernels.push((
                matrix(&layer.kernel, [layer.input, gates]),
                matrix(&layer.recurrent, [layer.hidden, gates]),
            ));
        }
        let shape = [weights.hidden(), weights.vocab.len()];
        let dense_kernel = matrix(&weights.dense.kernel, shape);
        let mut vector = |values: &[f32]| {
            let data = TensorData::new(values.to_vec(), [values.len()]);
            let tensor = Tensor::<1>::from_data(data, device);
            Param::initialized(id(), tensor.require_grad())
        };
        for ((kernel, recurrent), layer) in kernels.into_iter().zip(&weights.layers) {
            layers.push(LstmLayer { kernel, recurrent, bias: vector(&layer.bias) });
        }
        Self { layers, dense_kernel, dense_bias: vector(&weights.dense.bias) }
    }

    /// Copies the network's numbers into `weights`, which must have the same shape. Reads back from the
    /// device and waits for it, so not for a browser.
    #[cfg(not(target_family = "wasm"))]
    pub fn store(&self, weights: &mut Weights) {
        fn values<const D: usize>(param: &Param<Tensor<D>>) -> Vec<f32> {
            param.val().into_data().iter::<f32>().collect()
        }
        for (layer, target) in self.layers.iter().zip(&mut weights.layers) {
            target.kernel = values(&layer.kernel);
            target.recurrent = values(&layer.recurrent);
            target.bias = values(&layer.bias);
        }
        weights.dense.kernel = values(&self.dense_kernel);
        weights.dense.bias = values(&self.dense_bias);
    }

    /// A zero state for `batch` rows, one a layer.
    pub fn zero_state(&self, batch: usize) -> Vec<LstmState> {
        let zeros = |layer: &LstmLayer| {
            let [hidden, _] = layer.recurrent.dims();
            Tensor::zeros([batch, hidden], &layer.recurrent.device())
        };
        self.layers.iter().map(|layer| LstmState { hidden: zeros(layer), cell: zeros(layer) }).collect()
    }

    /// Runs over characters `ids` `[time, batch]` from `state`. Returns the top layer's hidden state after every
    /// step, `[batch, hidden]` each, and the state of every layer after the last.
    pub fn hidden(&self, ids: &Tensor<2, Int>, state: Vec<LstmState>) -> (Vec<Tensor<2>>, Vec<LstmState>) {
        let mut outputs: Option<Vec<Tensor<2>>> = None;
        let mut last = Vec::with_capacity(state.len());
        for (layer, state) in self.layers.iter().zip(state) {
            let projected = match outputs.take() {
                None => layer.project_ids(ids),
                Some(below) => layer.project(below),
            };
            let (hidden, state) = lstm_sequence(projected, layer.recurrent.val(), state);
            outputs = Some(hidden);
            last.push(state);
        }
        (outputs.unwrap_or_default(), last)
    }

    /// Logits `[rows, vocab]` of hidden states `[rows, hidden]`.
    pub fn logits(&self, hidden: Tensor<2>) -> Tensor<2> {
        hidden.matmul(self.dense_kernel.val()) + self.dense_bias.val().unsqueeze::<2>()
    }
}
