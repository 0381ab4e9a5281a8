//! The passes of the LSTM's operation, as a GPU runs them.

use burn::{
    backend::{TensorMetadata, tensor::FloatTensor},
    tensor::DType,
};
use burn_cubecl::{CubeBackend, kernel::into_contiguous};

use super::{
    super::ops::{Input, LstmGradients, LstmKernels, Operands, Passed, Saved},
    launch,
    plan::{Kernels, Plan},
    table,
    tensors::{empty_like, to_overwrite},
};

impl LstmKernels for CubeBackend {
    fn lstm_forward(input: Input<Self>, operands: &Operands<Self>) -> Passed<Self> {
        match input {
            Input::Sums(sums) => {
                let gates = to_overwrite(sums);
                launch::forward(Plan::new(&gates), gates, None, operands)
            }
            Input::Rows { ids, table } => {
                let [time, batch] = ids.shape().dims();
                let table = into_contiguous(table);
                let [_, gates] = table.shape().dims();
                let plan = Plan::near(&table, [time, batch, gates / 4]);
                if matches!(plan.kernels, Kernels::Lanes(_)) && ids.dtype == DType::I32 {
                    let gates = empty_like(&table, [time, batch, gates]);
                    return launch::forward(plan, gates, Some([&into_contiguous(ids), &table]), operands);
                }
                Self::lstm_forward(Input::Sums(table::select_rows(ids, table)), operands)
            }
        }
    }

    fn lstm_backward(
        saved: Saved<Self>,
        gradient: FloatTensor<Self>,
        state_tracked: bool,
    ) -> LstmGradients<Self> {
        let Saved { operands, passed, read } = saved;
        let gates = to_overwrite(passed.gates);
        let others = [passed.hidden, passed.cells, gradient].map(into_contiguous);
        let mut gradients = launch::backward(Plan::new(&gates), gates, operands, others, state_tracked);
        if let Some(read) = read {
            gradients.input = table::gradient(read, gradients.input);
        }
        gradients
    }
}
