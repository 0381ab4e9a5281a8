//! The LSTM's loop over a sequence as one operation of burn, with a backward pass by hand.
//!
//! burn's own pieces would take some fifteen operations a step, and their gradients write entire tensors for every
//! slice. Here a pass is one call: see [`LstmKernels`] for what a backend has to bring.

#[cfg(feature = "autodiff")]
mod autodiff;

use burn::backend::{
    Backend, ExtensionType, backend_extension,
    tensor::{FloatTensor, IntTensor},
};

/// The operation as burn's dispatch knows it.
#[backend_extension(
    Cube: cfg(feature = "wgpu"),
    Flex: cfg(feature = "flex"),
    Autodiff: cfg(feature = "autodiff"),
)]
pub(crate) trait LstmOps: Backend {
    /// Runs a layer over a sequence. Gives the hidden states after the [last](Operands::last) steps and, behind them, the
    /// last cell: `[last + 1, batch, units]`, one tensor because an operation of autodiff has one result.
    fn lstm(
        #[extension_type] input: Input<Self>,
        #[extension_type] operands: Operands<Self>,
    ) -> FloatTensor<Self>;
}

/// The input's part of the gates' sums, `[time, batch, 4·units]`.
#[derive(Debug, Clone, ExtensionType)]
pub(crate) enum Input<B: Backend> {
    /// As it is.
    Sums(FloatTensor<B>),
    /// The rows of a `table` `[characters, 4·units]` that `ids` `[time, batch]` name.
    Rows { ids: IntTensor<B>, table: FloatTensor<B> },
}

/// What a pass reads beside its input.
#[derive(Debug, Clone, ExtensionType)]
pub(crate) struct Operands<B: Backend> {
    /// Recurrent weights `[units, 4·units]`.
    pub(crate) recurrent: FloatTensor<B>,
    /// The hidden state before the first step, `[batch, units]`.
    pub(crate) hidden: FloatTensor<B>,
    /// The cell before the first step, `[batch, units]`.
    pub(crate) cell: FloatTensor<B>,
    /// Of how many last steps the hidden states are asked for. Who asks for few spares the way forward and back the
    /// tensors of all.
    pub(crate) last: usize,
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

/// Which rows of a table the input was.
#[derive(Debug, Clone)]
pub(crate) struct Read<B: Backend> {
    /// `[time, batch]`
    pub(crate) ids: IntTensor<B>,
    /// Rows of the table.
    pub(crate) characters: usize,
}

/// What the way back needs of a pass.
#[derive(Debug, Clone)]
pub(crate) struct Saved<B: Backend> {
    pub(crate) operands: Operands<B>,
    pub(crate) passed: Passed<B>,
    /// If the input was rows of a table.
    pub(crate) read: Option<Read<B>>,
}

/// The gradients of an operation's inputs, in its inputs' shapes.
#[derive(Debug)]
pub(crate) struct LstmGradients<B: Backend> {
    /// Of the sums or of the table, whichever the [`Input`] was.
    pub(crate) input: FloatTensor<B>,
    pub(crate) recurrent: FloatTensor<B>,
    pub(crate) hidden: FloatTensor<B>,
    pub(crate) cell: FloatTensor<B>,
}

/// What a backend computes for [`LstmOps`].
pub(crate) trait LstmKernels: Backend {
    /// `c' = σ(f)·c + σ(i)·tanh(g)`, `h' = σ(o)·tanh(c')` (Gers, Schmidhuber and Cummins, 2000), step after step.
    fn lstm_forward(input: Input<Self>, operands: &Operands<Self>) -> Passed<Self>;

    /// Back through the steps, from the `gradient` of [`Passed::output`]. The gradients of the state are used only if it is
    /// `state_tracked`.
    fn lstm_backward(
        saved: Saved<Self>,
        gradient: FloatTensor<Self>,
        state_tracked: bool,
    ) -> LstmGradients<Self>;
}

impl<B: LstmKernels> LstmOps for B {
    fn lstm(input: Input<Self>, operands: Operands<Self>) -> FloatTensor<Self> {
        Self::lstm_forward(input, &operands).output
    }
}
