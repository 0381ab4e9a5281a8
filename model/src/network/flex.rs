//! The LSTM's loop on the CPU.

mod backward;
mod forward;
mod layout;
mod product;
pub(super) mod simd;
mod spare;
mod weights;

use burn::{
    backend::{
        Flex, TensorMetadata,
        tensor::{FloatTensor, IntTensor},
    },
    tensor::TensorData,
};

use self::{layout::Extent, product::COLUMNS};
use super::ops::{Input, LstmGradients, LstmKernels, Operands, Passed, Read, Saved};

type Tensor = FloatTensor<Flex>;

/// The numbers of a contiguous tensor.
pub(super) fn numbers(tensor: &Tensor) -> &[f32] {
    tensor.as_slice().unwrap_or_default()
}

/// A tensor of such numbers.
pub(super) fn tensor(values: Vec<f32>, shape: impl Into<burn::tensor::Shape>) -> Tensor {
    Tensor::from_data(TensorData::new(values, shape.into()))
}

/// Ids as indices.
fn indices(ids: IntTensor<Flex>) -> Vec<usize> {
    ids.into_data().iter::<i64>().map(|id| id as usize).collect()
}

/// A forward pass.
fn forward(extent: Extent, input: forward::Input<'_>, operands: &Operands<Flex>) -> Passed<Flex> {
    let Extent { time, batch, units } = extent;
    let blocks = extent.blocks().len();
    let mut gates = spare::take(extent.panels() * extent.panel());
    let [mut hidden, mut cells] = [(); 2].map(|()| spare::take(blocks * extent.states()));
    let mut output = vec![0.0; (operands.last + 1) * batch * units];
    let initial = [&operands.hidden, &operands.cell].map(Tensor::to_contiguous);
    forward::forward(
        extent,
        input,
        numbers(&operands.recurrent.to_contiguous()),
        [numbers(&initial[0]), numbers(&initial[1])],
        forward::Outputs { gates: &mut gates, hidden: &mut hidden, cells: &mut cells, last: &mut output },
    );
    let states = [blocks, time + 1, batch, COLUMNS];
    Passed {
        output: tensor(output, [operands.last + 1, batch, units]),
        gates: tensor(gates, [extent.panels(), time, batch, COLUMNS]),
        hidden: tensor(hidden, states),
        cells: tensor(cells, states),
    }
}

/// A backward pass; the input is given the table's gradient if it was read from one, else that of the sums.
fn backward(
    operands: &Operands<Flex>,
    passed: Passed<Flex>,
    reading: Option<weights::Reading<'_>>,
    gradient: &Tensor,
    state_tracked: bool,
) -> LstmGradients<Flex> {
    let Passed { mut gates, hidden, cells, .. } = passed;
    let [_, time, batch, _] = gates.shape().dims();
    let [_, units] = operands.hidden.shape().dims();
    let extent = Extent { time, batch, units };
    let gradient = gradient.to_contiguous();
    let (d_output, d_last_cell) = numbers(&gradient).split_at(operands.last * batch * units);
    // The last hidden state is an output like the others; the last cell stands behind them.
    let mut d_hidden = vec![0.0; batch * units];
    let mut d_cell = d_last_cell.to_vec();
    let d_sums = gates.storage_mut();
    backward::backward(
        extent,
        d_sums,
        backward::Passed {
            recurrent: numbers(&operands.recurrent.to_contiguous()),
            hidden: numbers(&hidden),
            cells: numbers(&cells),
            state_tracked,
        },
        d_output,
        &mut d_hidden,
        &mut d_cell,
    );
    let (recurrent, table) = weights::gradients(extent, numbers(&hidden), d_sums, reading);
    let gradients = LstmGradients {
        input: match reading {
            Some(weights::Reading { characters, .. }) => tensor(table, [characters, 4 * units]),
            None => tensor(extent.rows(d_sums, time * batch), [time, batch, 4 * units]),
        },
        recurrent: tensor(recurrent, [units, 4 * units]),
        hidden: tensor(d_hidden, [batch, units]),
        cell: tensor(d_cell, [batch, units]),
    };
    [gates, hidden, cells].into_iter().for_each(spare::give_back);
    gradients
}

impl LstmKernels for Flex {
    fn lstm_forward(input: Input<Self>, operands: &Operands<Self>) -> Passed<Self> {
        match input {
            Input::Sums(sums) => {
                let sums = sums.to_contiguous();
                let [time, batch, gates] = sums.shape().dims();
                let extent = Extent { time, batch, units: gates / 4 };
                forward(extent, forward::Input::Sums(numbers(&sums)), operands)
            }
            Input::Rows { ids, table } => {
                let [time, batch] = ids.shape().dims();
                let table = table.to_contiguous();
                let [_, gates] = table.shape().dims();
                let extent = Extent { time, batch, units: gates / 4 };
                let input = forward::Input::Rows { table: numbers(&table), ids: &indices(ids) };
                forward(extent, input, operands)
            }
        }
    }

    fn lstm_backward(saved: Saved<Self>, gradient: Tensor, state_tracked: bool) -> LstmGradients<Self> {
        let Saved { operands, passed, read } = saved;
        let read = read.map(|Read { ids, characters }| (indices(ids), characters));
        let reading =
            read.as_ref().map(|(ids, characters)| weights::Reading { ids, characters: *characters });
        backward(&operands, passed, reading, &gradient, state_tracked)
    }
}
