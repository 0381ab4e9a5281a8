//! The LSTM's loop over a sequence as one operation of burn, with a backward pass by hand.
//!
//! burn's own pieces would take some fifteen operations a step, and their gradients write whole tensors for every
//! slice. Here a pass is one call: see [`LstmKernels`] for what a backend has to bring.

use burn::backend::{Backend, backend_extension, tensor::FloatTensor};

/// The operation as burn's dispatch knows it.
#[backend_extension(
    Cube: cfg(feature = "wgpu"),
    Flex: cfg(feature = "flex"),
    Autodiff: cfg(feature = "autodiff"),
)]
pub(crate) trait LstmOps: Backend {
    /// Runs a layer over a sequence. `projected` `[time, batch, 4·units]` is the input's part of the gates'
    /// sums, `recurrent` is `[units, 4·units]`, the state `[batch, units]`. Gives the hidden state after every step
    /// and, behind them, the last cell: `[time + 1, batch, units]`, one tensor because an operation of autodiff has
    /// one result.
    fn lstm_sequence(
        projected: FloatTensor<Self>,
        recurrent: FloatTensor<Self>,
        hidden: FloatTensor<Self>,
        cell: FloatTensor<Self>,
    ) -> FloatTensor<Self>;
}

/// What a forward pass leaves behind.
#[derive(Debug, Clone)]
pub(crate) struct Passed<B: Backend> {
    /// The hidden states and the last cell, `[time + 1, batch, units]`.
    pub(crate) output: FloatTensor<B>,
    /// The gates' values, `[time, batch, 4·units]`.
    pub(crate) gates: FloatTensor<B>,
    /// The cell after every step, `[time, batch, units]`.
    pub(crate) cells: FloatTensor<B>,
}

/// The operands of a pass, as [`LstmOps::lstm_sequence`] has them.
#[derive(Debug, Clone)]
pub(crate) struct Operands<B: Backend> {
    pub(crate) recurrent: FloatTensor<B>,
    pub(crate) hidden: FloatTensor<B>,
    pub(crate) cell: FloatTensor<B>,
}

/// The gradients of an operation's inputs, in its inputs' shapes.
#[derive(Debug)]
pub(crate) struct LstmGradients<B: Backend> {
    pub(crate) projected: FloatTensor<B>,
    pub(crate) recurrent: FloatTensor<B>,
    pub(crate) hidden: FloatTensor<B>,
    pub(crate) cell: FloatTensor<B>,
}

/// What a backend computes for [`LstmOps`].
pub(crate) trait LstmKernels: Backend {
    /// `c' = σ(f)·c + σ(i)·tanh(g)`, `h' = σ(o)·tanh(c')` (Gers, Schmidhuber and Cummins, 2000), step after step.
    fn lstm_forward(projected: FloatTensor<Self>, operands: &Operands<Self>) -> Passed<Self>;

    /// Back through the steps, from the gradient of [`Passed::output`].
    fn lstm_backward(
        operands: Operands<Self>,
        passed: Passed<Self>,
        gradient: FloatTensor<Self>,
    ) -> LstmGradients<Self>;
}

/// The operation itself, for a backend that brings the kernels.
macro_rules! lstm_ops {
    ($backend:ty) => {
        impl LstmOps for $backend {
            fn lstm_sequence(
                projected: FloatTensor<Self>,
                recurrent: FloatTensor<Self>,
                hidden: FloatTensor<Self>,
                cell: FloatTensor<Self>,
            ) -> FloatTensor<Self> {
                Self::lstm_forward(projected, &Operands { recurrent, hidden, cell }).output
            }
        }
    };
}

#[cfg(feature = "flex")]
lstm_ops!(burn::backend::Flex);
#[cfg(feature = "wgpu")]
lstm_ops!(burn_cubecl::CubeBackend);

#[cfg(feature = "autodiff")]
mod autodiff {
    use burn::backend::{
        Autodiff,
        autodiff::{
            checkpoint::{base::Checkpointer, strategy::CheckpointStrategy},
            grads::Gradients,
            ops::{Backward, Ops, OpsKind},
        },
        tensor::FloatTensor,
    };

    use super::{LstmGradients, LstmKernels, LstmOps, Operands, Passed};

    #[derive(Debug)]
    struct LstmBackward;

    impl<B: LstmKernels> Backward<B, 4> for LstmBackward {
        type State = (Operands<B>, Passed<B>);

        fn backward(self, ops: Ops<Self::State, 4>, grads: &mut Gradients, _: &mut Checkpointer) {
            let gradient = grads.consume::<B>(&ops.node);
            let (operands, passed) = ops.state;
            let LstmGradients { projected, recurrent, hidden, cell } =
                B::lstm_backward(operands, passed, gradient);
            for (node, gradient) in ops.parents.into_iter().zip([projected, recurrent, hidden, cell]) {
                if let Some(node) = node {
                    grads.register::<B>(node.id, gradient);
                }
            }
        }
    }

    impl<B: LstmKernels, C: CheckpointStrategy> LstmOps for Autodiff<B, C> {
        fn lstm_sequence(
            projected: FloatTensor<Self>,
            recurrent: FloatTensor<Self>,
            hidden: FloatTensor<Self>,
            cell: FloatTensor<Self>,
        ) -> FloatTensor<Self> {
            let nodes = [projected.node(), recurrent.node(), hidden.node(), cell.node()];
            let operands = Operands {
                recurrent: recurrent.into_primitive(),
                hidden: hidden.into_primitive(),
                cell: cell.into_primitive(),
            };
            let passed = B::lstm_forward(projected.into_primitive(), &operands);
            match LstmBackward.prepare::<C>(nodes).compute_bound().stateful() {
                OpsKind::Tracked(prepared) => {
                    let output = passed.output.clone();
                    prepared.finish((operands, passed), output)
                }
                OpsKind::UnTracked(prepared) => prepared.finish(passed.output),
            }
        }
    }
}
