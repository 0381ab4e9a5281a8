//! One LSTM layer in Keras's layout.

use burn::{
    module::{Module, Param},
    tensor::{Int, Tensor, activation::sigmoid},
};

/// One layer: the four gates side by side, in the order `i f g o`.
#[derive(Module, Debug)]
pub struct LstmLayer {
    /// Input weights `[input, 4·hidden]`.
    pub kernel: Param<Tensor<2>>,
    /// Recurrent weights `[hidden, 4·hidden]`.
    pub recurrent: Param<Tensor<2>>,
    /// Bias `[4·hidden]`.
    pub bias: Param<Tensor<1>>,
}

/// The state of one layer between two characters.
#[derive(Debug, Clone)]
pub struct LstmState {
    /// Hidden state `[batch, hidden]`.
    pub hidden: Tensor<2>,
    /// Cell `[batch, hidden]`.
    pub cell: Tensor<2>,
}

impl LstmState {
    /// The same numbers, cut off from the graph that computed them: where truncated BPTT truncates.
    #[must_use]
    pub fn detach(self) -> Self {
        Self { hidden: self.hidden.detach(), cell: self.cell.detach() }
    }
}

impl LstmLayer {
    /// The input's part of the gates for characters, `ids` `[time, batch]`, one `[batch, 4·hidden]` a step: a
    /// one-hot vector times a matrix is a row.
    pub fn project_ids(&self, ids: &Tensor<2, Int>) -> Vec<Tensor<2>> {
        let [time, batch] = ids.dims();
        let kernel = self.kernel.val();
        let bias = self.bias.val().unsqueeze::<2>();
        // One gather a step: the backward pass of slices of one large gather writes the whole each time.
        (0..time)
            .map(|step| {
                let step_ids = ids.clone().slice([step..step + 1, 0..batch]);
                kernel.clone().select(0, step_ids.reshape([batch])) + bias.clone()
            })
            .collect()
    }

    /// The input's part of the gates for vectors, `[batch, input]` a step.
    pub fn project(&self, inputs: Vec<Tensor<2>>) -> Vec<Tensor<2>> {
        let kernel = self.kernel.val();
        let bias = self.bias.val().unsqueeze::<2>();
        inputs.into_iter().map(|input| input.matmul(kernel.clone()) + bias.clone()).collect()
    }
}

/// Runs a layer over a sequence: `projected` holds the input's part of the gates, `[batch, 4·hidden]` a step,
/// `recurrent` is `[hidden, 4·hidden]`. Returns the hidden state after every step and the last state.
///
/// `c' = σ(f)·c + σ(i)·tanh(g)`, `h' = σ(o)·tanh(c')` (Gers, Schmidhuber and Cummins, 2000).
pub fn lstm_sequence(
    projected: Vec<Tensor<2>>,
    recurrent: Tensor<2>,
    mut state: LstmState,
) -> (Vec<Tensor<2>>, LstmState) {
    let [batch, units] = state.hidden.dims();
    let mut outputs = Vec::with_capacity(projected.len());
    for projected in projected {
        let gates = projected + state.hidden.matmul(recurrent.clone());
        let gate = |n: usize| gates.clone().slice([0..batch, n * units..(n + 1) * units]);
        let input = sigmoid(gate(0)) * gate(2).tanh();
        let cell = sigmoid(gate(1)) * state.cell + input;
        let hidden = sigmoid(gate(3)) * cell.clone().tanh();
        outputs.push(hidden.clone());
        state = LstmState { hidden, cell };
    }
    (outputs, state)
}
