//! The way back through the operation, as burn's autodiff asks for it.

use burn::backend::{
    Autodiff, TensorMetadata,
    autodiff::{
        checkpoint::{base::Checkpointer, strategy::CheckpointStrategy},
        grads::Gradients,
        ops::{Backward, Ops, OpsKind},
    },
    tensor::FloatTensor,
};

use super::{Input, LstmGradients, LstmKernels, LstmOps, Operands, Read, Saved};

#[derive(Debug)]
struct LstmBackward;

impl<B: LstmKernels> Backward<B, 4> for LstmBackward {
    type State = Saved<B>;

    fn backward(self, ops: Ops<Self::State, 4>, grads: &mut Gradients, _: &mut Checkpointer) {
        let gradient = grads.consume::<B>(&ops.node);
        let state_tracked = ops.parents[2..].iter().any(Option::is_some);
        let LstmGradients { input, recurrent, hidden, cell } =
            B::lstm_backward(ops.state, gradient, state_tracked);
        for (node, gradient) in ops.parents.into_iter().zip([input, recurrent, hidden, cell]) {
            if let Some(node) = node {
                grads.register::<B>(node.id, gradient);
            }
        }
    }
}

impl<B: LstmKernels, C: CheckpointStrategy> LstmOps for Autodiff<B, C> {
    fn lstm(input: Input<Self>, operands: Operands<Self>) -> FloatTensor<Self> {
        let (of_input, input, read) = match input {
            Input::Sums(sums) => (sums.node(), Input::<B>::Sums(sums.into_primitive()), None),
            Input::Rows { ids, table } => {
                let [characters, _] = table.shape().dims();
                let read = Read { ids: ids.clone(), characters };
                (table.node(), Input::Rows { ids, table: table.into_primitive() }, Some(read))
            }
        };
        let Operands { recurrent, hidden, cell, last } = operands;
        let nodes = [of_input, recurrent.node(), hidden.node(), cell.node()];
        let operands = Operands {
            recurrent: recurrent.into_primitive(),
            hidden: hidden.into_primitive(),
            cell: cell.into_primitive(),
            last,
        };
        let passed = B::lstm_forward(input, &operands);
        match LstmBackward.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => {
                let output = passed.output.clone();
                prepared.finish(Saved { operands, passed, read }, output)
            }
            OpsKind::UnTracked(prepared) => prepared.finish(passed.output),
        }
    }
}
