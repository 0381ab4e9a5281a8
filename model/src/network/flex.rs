//! The LSTM's loop on the CPU.

mod product;
mod sequence;
mod simd;

use burn::{
    backend::{Flex, TensorMetadata, tensor::FloatTensor},
    tensor::TensorData,
};

use self::sequence::Extent;
use super::ops::{LstmGradients, LstmKernels, Operands, Passed};

type Tensor = FloatTensor<Flex>;

/// The numbers of a contiguous tensor.
fn numbers(tensor: &Tensor) -> &[f32] {
    tensor.as_slice().unwrap_or_default()
}

fn tensor(values: Vec<f32>, shape: impl Into<burn::tensor::Shape>) -> Tensor {
    Tensor::from_data(TensorData::new(values, shape.into()))
}

/// The numbers of a tensor, to be overwritten: its own where nobody else holds them.
fn to_overwrite(tensor: Tensor) -> Tensor {
    let whole = tensor.shape().num_elements();
    let tensor = tensor.to_contiguous();
    if tensor.layout().start_offset() == 0 && tensor.storage::<f32>().len() == whole {
        return tensor;
    }
    let shape = tensor.shape();
    self::tensor(numbers(&tensor).to_vec(), shape)
}

fn extent(gates: &Tensor) -> Extent {
    let shape = gates.shape();
    Extent { time: shape[0], batch: shape[1], units: shape[2] / 4 }
}

impl LstmKernels for Flex {
    fn lstm_forward(projected: Tensor, operands: &Operands<Self>) -> Passed<Self> {
        let extent = extent(&projected);
        let Extent { time, batch, units } = extent;
        let step = batch * units;
        let mut gates = to_overwrite(projected);
        let mut output = vec![0.0; (time + 1) * step];
        let mut cells = vec![0.0; time * step];
        let [recurrent, hidden, cell] =
            [&operands.recurrent, &operands.hidden, &operands.cell].map(Tensor::to_contiguous);
        sequence::forward(
            extent,
            gates.storage_mut(),
            numbers(&recurrent),
            [numbers(&hidden), numbers(&cell)],
            &mut output[..time * step],
            &mut cells,
        );
        let last = if time == 0 { numbers(&cell) } else { &cells[(time - 1) * step..] };
        output[time * step..].copy_from_slice(last);
        Passed {
            output: tensor(output, [time + 1, batch, units]),
            gates,
            cells: tensor(cells, [time, batch, units]),
        }
    }

    fn lstm_backward(
        operands: Operands<Self>,
        passed: Passed<Self>,
        gradient: Tensor,
    ) -> LstmGradients<Self> {
        let extent = extent(&passed.gates);
        let Extent { time, batch, units } = extent;
        let end = time * batch * units;
        let mut gates = to_overwrite(passed.gates);
        let gradient = gradient.to_contiguous();
        let (d_output, d_last_cell) = numbers(&gradient).split_at(end);
        // The last hidden state is an output like the others; the last cell stands behind them.
        let mut d_hidden = vec![0.0; batch * units];
        let mut d_cell = d_last_cell.to_vec();
        let [recurrent, hidden, cell] =
            [&operands.recurrent, &operands.hidden, &operands.cell].map(Tensor::to_contiguous);
        let outputs = passed.output.to_contiguous();
        let cells = passed.cells.to_contiguous();
        let d_recurrent = sequence::backward(
            extent,
            gates.storage_mut(),
            sequence::Passed {
                recurrent: numbers(&recurrent),
                initial: [numbers(&hidden), numbers(&cell)],
                hidden: &numbers(&outputs)[..end],
                cell: numbers(&cells),
            },
            d_output,
            &mut d_hidden,
            &mut d_cell,
        );
        LstmGradients {
            projected: gates,
            recurrent: tensor(d_recurrent, [units, 4 * units]),
            hidden: tensor(d_hidden, [batch, units]),
            cell: tensor(d_cell, [batch, units]),
        }
    }
}
