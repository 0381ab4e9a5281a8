//! One LSTM layer in Keras's layout.

use burn::{
    backend::Dispatch,
    module::{Module, Param},
    tensor::{Int, Tensor},
};

use super::ops::LstmOps;

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
    /// The input's part of the gates' sums, `[time, batch, 4·hidden]`, for characters `ids` `[time, batch]`: a one-hot
    /// vector times a matrix is a row.
    pub fn project_ids(&self, ids: Tensor<2, Int>) -> Tensor<3> {
        let [time, batch] = ids.dims();
        // Added before the rows are picked: there are fewer characters than places.
        let rows = self.kernel.val() + self.bias.val().unsqueeze::<2>();
        let [_, gates] = rows.dims();
        rows.select(0, ids.reshape([time * batch])).reshape([time, batch, gates])
    }

    /// The input's part of the gates' sums, `[time, batch, 4·hidden]`, for vectors `[time, batch, input]`.
    pub fn project(&self, inputs: Tensor<3>) -> Tensor<3> {
        let [time, batch, input] = inputs.dims();
        let sums = inputs.reshape([time * batch, input]).matmul(self.kernel.val());
        let [_, gates] = sums.dims();
        (sums + self.bias.val().unsqueeze::<2>()).reshape([time, batch, gates])
    }
}

/// Runs a layer over a sequence: `projected` `[time, batch, 4·hidden]` holds the input's part of the gates' sums,
/// `recurrent` is `[hidden, 4·hidden]`. Returns the hidden state after every step, `[time, batch, hidden]`, and the
/// last state.
///
/// One operation of burn with a backward pass by hand, on every backend that this crate's features name.
pub fn lstm_sequence(projected: Tensor<3>, recurrent: Tensor<2>, state: LstmState) -> (Tensor<3>, LstmState) {
    let [time, batch, _] = projected.dims();
    let [_, units] = state.hidden.dims();
    let output = Tensor::<3>::from_dispatch(<Dispatch as LstmOps>::lstm_sequence(
        projected.into_dispatch(),
        recurrent.into_dispatch(),
        state.hidden.into_dispatch(),
        state.cell.into_dispatch(),
    ));
    let at = |step: usize| output.clone().narrow(0, step, 1).reshape([batch, units]);
    let state = LstmState { hidden: at(time - 1), cell: at(time) };
    (output.narrow(0, 0, time), state)
}
