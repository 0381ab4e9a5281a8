//! One LSTM layer in Keras's layout.

use burn::{
    backend::Dispatch,
    module::{Module, Param},
    tensor::{Int, Tensor},
};

use super::{
    matmul::matmul,
    ops::{Input, LstmOps, Operands},
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
    /// Runs over characters `ids` `[time, batch]` from `state`; gives what [`lstm_sequence`] gives, but only the `last` of
    /// the hidden states, at least one: `[last, batch, hidden]`. A one-hot vector times the input weights is one of their
    /// rows. The recurrent weights are multiplied with `mask` `[hidden, 4·hidden]`, if given.
    pub fn read(
        &self,
        ids: Tensor<2, Int>,
        state: LstmState,
        mask: Option<&Tensor<2>>,
        last: usize,
    ) -> (Tensor<3>, LstmState) {
        let [time, _] = ids.dims();
        // The bias is added before the rows are picked: there are fewer characters than places.
        let table = self.kernel.val() + self.bias.val().unsqueeze::<2>();
        let input = Input::Rows { ids: ids.into_dispatch(), table: table.into_dispatch() };
        run(input, self.recurrent(mask), state, last.max(1).min(time))
    }

    /// Runs over vectors `[time, batch, input]` from `state`; all else as for [`read`](Self::read).
    pub fn run(
        &self,
        inputs: Tensor<3>,
        state: LstmState,
        mask: Option<&Tensor<2>>,
        last: usize,
    ) -> (Tensor<3>, LstmState) {
        let [time, ..] = inputs.dims();
        let input = Input::Sums(self.project(inputs).into_dispatch());
        run(input, self.recurrent(mask), state, last.max(1).min(time))
    }

    fn recurrent(&self, mask: Option<&Tensor<2>>) -> Tensor<2> {
        match mask {
            None => self.recurrent.val(),
            Some(mask) => self.recurrent.val() * mask.clone(),
        }
    }

    /// The input's part of the gates' sums, `[time, batch, 4·hidden]`, for vectors `[time, batch, input]`.
    fn project(&self, inputs: Tensor<3>) -> Tensor<3> {
        let [time, batch, input] = inputs.dims();
        let sums = matmul(inputs.reshape([time * batch, input]), self.kernel.val());
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
    let [time, ..] = projected.dims();
    run(Input::Sums(projected.into_dispatch()), recurrent, state, time)
}

/// The operation on the device where its tensors are: its one result, taken apart into the `last` hidden states and the
/// last state.
fn run(
    input: Input<Dispatch>,
    recurrent: Tensor<2>,
    state: LstmState,
    last: usize,
) -> (Tensor<3>, LstmState) {
    let operands = Operands {
        recurrent: recurrent.into_dispatch(),
        hidden: state.hidden.into_dispatch(),
        cell: state.cell.into_dispatch(),
        last,
    };
    let output = Tensor::<3>::from_dispatch(<Dispatch as LstmOps>::lstm(input, operands));
    let [steps, batch, units] = output.dims();
    let last = steps - 1;
    let at = |step: usize| output.clone().narrow(0, step, 1).reshape([batch, units]);
    // Of no steps the state is the cell alone, which nobody asks for.
    let state = LstmState { hidden: at(last.saturating_sub(1)), cell: at(last) };
    (output.narrow(0, 0, last), state)
}
