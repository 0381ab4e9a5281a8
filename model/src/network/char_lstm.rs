//! The network: characters in, logits of the next character out.

use burn::{
    module::{Module, Param},
    tensor::{Device, ExecutionError, Int, Tensor, TensorData, Transaction},
};

use super::{
    lstm::{LstmLayer, LstmState},
    matmul::matmul,
};
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

/// What a step of training multiplies the network's inner values with: dropout's masks. None if there are none.
#[derive(Debug, Clone, Default)]
pub struct Masks {
    /// For what each layer gives, `[1, batch, hidden]`.
    pub outputs: Vec<Tensor<3>>,
    /// For each layer's recurrent weights, `[hidden, 4·hidden]`.
    pub recurrent: Vec<Tensor<2>>,
}

impl CharLstm {
    /// The network with these weights, on a device.
    pub fn new(weights: &Weights, device: &Device) -> Self {
        fn param<const D: usize>(values: &[f32], shape: [usize; D], device: &Device) -> Param<Tensor<D>> {
            Param::from_data(TensorData::new(values.to_vec(), shape), device)
        }
        let layers = weights.layers.iter().map(|layer| {
            let gates = 4 * layer.hidden;
            LstmLayer {
                kernel: param(&layer.kernel, [layer.input, gates], device),
                recurrent: param(&layer.recurrent, [layer.hidden, gates], device),
                bias: param(&layer.bias, [gates], device),
            }
        });
        let vocab = weights.vocab.len();
        Self {
            layers: layers.collect(),
            dense_kernel: param(&weights.dense.kernel, [weights.hidden(), vocab], device),
            dense_bias: param(&weights.dense.bias, [vocab], device),
        }
    }

    /// Copies the network's numbers into `weights`, which must have the same shape. All are read together.
    ///
    /// # Errors
    /// If the device fails; `weights` are then as they were.
    pub async fn store(&self, weights: &mut Weights) -> Result<(), ExecutionError> {
        let mut reading = Transaction::default();
        // In the order of `Weights::values_mut`.
        for layer in &self.layers {
            reading = reading.register(layer.kernel.val()).register(layer.recurrent.val());
            reading = reading.register(layer.bias.val());
        }
        reading = reading.register(self.dense_kernel.val()).register(self.dense_bias.val());
        let read = reading.execute_async().await?;
        for (values, data) in weights.values_mut().into_iter().zip(read) {
            *values = data.iter::<f32>().collect();
        }
        Ok(())
    }

    /// A zero state for `batch` rows, one a layer.
    pub fn zero_state(&self, batch: usize) -> Vec<LstmState> {
        let zeros = |layer: &LstmLayer| {
            let [hidden, _] = layer.recurrent.dims();
            Tensor::zeros([batch, hidden], &layer.recurrent.device())
        };
        self.layers.iter().map(|layer| LstmState { hidden: zeros(layer), cell: zeros(layer) }).collect()
    }

    /// Runs over characters `ids` `[time, batch]` from `state`. Returns the top layer's hidden states after the `last`
    /// steps, `[last, batch, hidden]`, and the state of every layer after the last.
    pub fn hidden(
        &self,
        ids: Tensor<2, Int>,
        state: Vec<LstmState>,
        masks: &Masks,
        last: usize,
    ) -> (Tensor<3>, Vec<LstmState>) {
        let [time, batch] = ids.dims();
        let mut states = Vec::with_capacity(state.len());
        let mut below: Option<Tensor<3>> = None;
        for (index, (layer, state)) in self.layers.iter().zip(state).enumerate() {
            let mask = masks.recurrent.get(index);
            // The next layer reads every step.
            let last = if index + 1 == self.layers.len() { last } else { time };
            let (hidden, after) = match below.take() {
                None => layer.read(ids.clone(), state, mask, last),
                Some(below) => layer.run(below, state, mask, last),
            };
            below = Some(match masks.outputs.get(index) {
                None => hidden,
                Some(mask) => hidden * mask.clone(),
            });
            states.push(after);
        }
        // Weights have a layer at least; the network of none gives nothing.
        (below.unwrap_or_else(|| Tensor::zeros([last, batch, 0], &ids.device())), states)
    }

    /// Logits `[rows, vocab]` of hidden states `[rows, hidden]`.
    pub fn logits(&self, hidden: Tensor<2>) -> Tensor<2> {
        matmul(hidden, self.dense_kernel.val()) + self.dense_bias.val().unsqueeze::<2>()
    }
}
