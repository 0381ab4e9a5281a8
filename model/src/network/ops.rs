//! The LSTM's loop over a sequence as one operation of burn, with a backward pass by hand.
//!
//! burn's own pieces would take some fifteen operations a step, and their gradients write whole tensors for every
//! slice. Here a pass is one call: see [`LstmKernels`] for what a backend has to bring.

use burn::{
    backend::{
        Backend, TensorMetadata, backend_extension,
        tensor::{FloatTensor, IntTensor},
    },
    tensor::{IndexingUpdateOp, Shape},
};

/// The operation as burn's dispatch knows it.
#[backend_extension(
    Cube: cfg(feature = "wgpu"),
    Flex: cfg(feature = "flex"),
    Autodiff: cfg(feature = "autodiff"),
)]
pub(crate) trait LstmOps: Backend {
    /// Runs a layer over a sequence. `projected` `[time, batch, 4·units]` is the input's part of the gates'
    /// sums, `recurrent` is `[units, 4·units]`, the state `[batch, units]`. Gives the hidden states after the `last`
    /// steps and, behind them, the last cell: `[last + 1, batch, units]`, one tensor because an operation of autodiff
    /// has one result. Who asks for few steps spares the way forward and back the tensors of all.
    fn lstm_sequence(
        projected: FloatTensor<Self>,
        recurrent: FloatTensor<Self>,
        hidden: FloatTensor<Self>,
        cell: FloatTensor<Self>,
        last: usize,
    ) -> FloatTensor<Self>;

    /// The same where the input's part is rows of a `table` `[characters, 4·units]`: those that `ids` `[time, batch]`
    /// name.
    fn lstm_reading(
        ids: IntTensor<Self>,
        table: FloatTensor<Self>,
        recurrent: FloatTensor<Self>,
        hidden: FloatTensor<Self>,
        cell: FloatTensor<Self>,
        last: usize,
    ) -> FloatTensor<Self>;
}

/// What a forward pass leaves behind.
#[derive(Debug, Clone)]
pub(crate) struct Passed<B: Backend> {
    /// What the operation gives: the last hidden states and the last cell, `[last + 1, batch, units]`.
    pub(crate) output: FloatTensor<B>,
    /// The gates' values, as the backend likes them to lie.
    pub(crate) gates: FloatTensor<B>,
    /// The hidden states, likewise.
    pub(crate) hidden: FloatTensor<B>,
    /// The cells, likewise.
    pub(crate) cells: FloatTensor<B>,
}

/// The operands of a pass, as [`LstmOps::lstm_sequence`] has them.
#[derive(Debug, Clone)]
pub(crate) struct Operands<B: Backend> {
    pub(crate) recurrent: FloatTensor<B>,
    pub(crate) hidden: FloatTensor<B>,
    pub(crate) cell: FloatTensor<B>,
    /// Of how many last steps the hidden states are asked for.
    pub(crate) last: usize,
    /// Whether the backward pass is asked for the gradients of the state; what it gives without is not used.
    pub(crate) state_tracked: bool,
}

/// The gradients of an operation's inputs, in its inputs' shapes.
#[derive(Debug)]
pub(crate) struct LstmGradients<B: Backend> {
    /// Of the input's part of the gates' sums, or of the table that it is rows of.
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

    /// The gradient of a table of so many `characters` whose rows `ids` `[time, batch]` named, from theirs, `[time, batch, 4·units]`.
    fn add_up(ids: &IntTensor<Self>, characters: usize, rows: FloatTensor<Self>) -> FloatTensor<Self> {
        add_up::<Self>(ids, characters, rows)
    }

    /// [`lstm_forward`](Self::lstm_forward) of the rows of a table.
    fn lstm_forward_reading(
        ids: &IntTensor<Self>,
        table: FloatTensor<Self>,
        operands: &Operands<Self>,
    ) -> Passed<Self> {
        Self::lstm_forward(pick::<Self>(ids, table), operands)
    }

    /// Back through [`lstm_forward_reading`](Self::lstm_forward_reading): in place of the sums' gradient it gives that of
    /// the table of so many `characters`.
    fn lstm_backward_reading(
        ids: IntTensor<Self>,
        characters: usize,
        operands: Operands<Self>,
        passed: Passed<Self>,
        gradient: FloatTensor<Self>,
    ) -> LstmGradients<Self> {
        let gradients = Self::lstm_backward(operands, passed, gradient);
        let table = Self::add_up(&ids, characters, gradients.projected);
        LstmGradients { projected: table, ..gradients }
    }
}

/// The rows of a `table` `[characters, 4·units]` that `ids` `[time, batch]` name, `[time, batch, 4·units]`, by burn's own
/// operations.
pub(crate) fn pick<B: Backend>(ids: &IntTensor<B>, table: FloatTensor<B>) -> FloatTensor<B> {
    let [time, batch] = ids.shape().dims();
    let [_, gates] = table.shape().dims();
    let ids = B::int_reshape(ids.clone(), Shape::new([time * batch]));
    B::float_reshape(B::float_select(table, 0, ids), Shape::new([time, batch, gates]))
}

/// [`LstmKernels::add_up`] by burn's own operations.
pub(crate) fn add_up<B: Backend>(
    ids: &IntTensor<B>,
    characters: usize,
    rows: FloatTensor<B>,
) -> FloatTensor<B> {
    let [time, batch, gates] = rows.shape().dims();
    let zeros = B::float_zeros(Shape::new([characters, gates]), &rows.device(), rows.dtype().into());
    let ids = B::int_reshape(ids.clone(), Shape::new([time * batch]));
    let rows = B::float_reshape(rows, Shape::new([time * batch, gates]));
    B::float_select_assign(zeros, 0, ids, rows, IndexingUpdateOp::Add)
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
                last: usize,
            ) -> FloatTensor<Self> {
                Self::lstm_forward(
                    projected,
                    &Operands { recurrent, hidden, cell, last, state_tracked: false },
                )
                .output
            }

            fn lstm_reading(
                ids: IntTensor<Self>,
                table: FloatTensor<Self>,
                recurrent: FloatTensor<Self>,
                hidden: FloatTensor<Self>,
                cell: FloatTensor<Self>,
                last: usize,
            ) -> FloatTensor<Self> {
                Self::lstm_forward_reading(
                    &ids,
                    table,
                    &Operands { recurrent, hidden, cell, last, state_tracked: false },
                )
                .output
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
        Autodiff, TensorMetadata,
        autodiff::{
            checkpoint::{base::Checkpointer, strategy::CheckpointStrategy},
            grads::Gradients,
            ops::{Backward, NodeGuard, Ops, OpsKind},
        },
        tensor::{FloatTensor, IntTensor},
    };

    use super::{LstmGradients, LstmKernels, LstmOps, Operands, Passed};

    /// The ids that were read and the rows of their table; nothing where the sums themselves were given.
    type Reading<B> = Option<(IntTensor<B>, usize)>;

    #[derive(Debug)]
    struct LstmBackward;

    impl<B: LstmKernels> Backward<B, 4> for LstmBackward {
        type State = (Reading<B>, Operands<B>, Passed<B>);

        fn backward(self, ops: Ops<Self::State, 4>, grads: &mut Gradients, _: &mut Checkpointer) {
            let gradient = grads.consume::<B>(&ops.node);
            let (reading, mut operands, passed) = ops.state;
            operands.state_tracked = ops.parents[2..].iter().any(Option::is_some);
            let LstmGradients { projected, recurrent, hidden, cell } = match reading {
                None => B::lstm_backward(operands, passed, gradient),
                Some((ids, characters)) => {
                    B::lstm_backward_reading(ids, characters, operands, passed, gradient)
                }
            };
            for (node, gradient) in ops.parents.into_iter().zip([projected, recurrent, hidden, cell]) {
                if let Some(node) = node {
                    grads.register::<B>(node.id, gradient);
                }
            }
        }
    }

    /// The result of a pass, with the way back where one of the inputs wants it.
    fn tracked<B: LstmKernels, C: CheckpointStrategy>(
        nodes: [NodeGuard; 4],
        reading: Reading<B>,
        operands: Operands<B>,
        passed: Passed<B>,
    ) -> FloatTensor<Autodiff<B, C>> {
        match LstmBackward.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => {
                let output = passed.output.clone();
                prepared.finish((reading, operands, passed), output)
            }
            OpsKind::UnTracked(prepared) => prepared.finish(passed.output),
        }
    }

    impl<B: LstmKernels, C: CheckpointStrategy> LstmOps for Autodiff<B, C> {
        fn lstm_sequence(
            projected: FloatTensor<Self>,
            recurrent: FloatTensor<Self>,
            hidden: FloatTensor<Self>,
            cell: FloatTensor<Self>,
            last: usize,
        ) -> FloatTensor<Self> {
            let nodes = [projected.node(), recurrent.node(), hidden.node(), cell.node()];
            let operands = Operands {
                recurrent: recurrent.into_primitive(),
                hidden: hidden.into_primitive(),
                cell: cell.into_primitive(),
                last,
                state_tracked: true,
            };
            let passed = B::lstm_forward(projected.into_primitive(), &operands);
            tracked::<B, C>(nodes, None, operands, passed)
        }

        fn lstm_reading(
            ids: IntTensor<Self>,
            table: FloatTensor<Self>,
            recurrent: FloatTensor<Self>,
            hidden: FloatTensor<Self>,
            cell: FloatTensor<Self>,
            last: usize,
        ) -> FloatTensor<Self> {
            let nodes = [table.node(), recurrent.node(), hidden.node(), cell.node()];
            let [characters, _] = table.shape().dims();
            let operands = Operands {
                recurrent: recurrent.into_primitive(),
                hidden: hidden.into_primitive(),
                cell: cell.into_primitive(),
                last,
                state_tracked: true,
            };
            let passed = B::lstm_forward_reading(&ids, table.into_primitive(), &operands);
            tracked::<B, C>(nodes, Some((ids, characters)), operands, passed)
        }
    }
}
