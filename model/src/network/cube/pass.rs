//! What the kernels of both kinds are given, and the step of one unit in one row that they share.

use burn::cubecl::{self, prelude::*};

use super::gates::Gates;

/// The steps `from..to` of a pass of `time` steps, for `batch` rows.
#[derive(CubeType, CubeLaunch, Clone, Copy)]
#[expand(derive(Clone, Copy))]
pub(super) struct Steps {
    pub(super) time: usize,
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) batch: usize,
}

/// The tensors of a pass forward, beside the weights.
#[derive(CubeType, CubeLaunch)]
pub(super) struct ForwardTensors {
    /// `[time, batch, 4·units]`: comes with the input's part of the sums and leaves with the gates' values.
    pub(super) gates: Box<[f32]>,
    /// The state's hidden state, `[batch, units]`.
    pub(super) hidden_before: Box<[f32]>,
    /// The state's cell, `[batch, units]`.
    pub(super) cell_before: Box<[f32]>,
    /// The hidden states and, behind them, the last cell: `[time + 1, batch, units]`.
    pub(super) output: Box<[f32]>,
    /// The state's cell and the cells after every step: `[time + 1, batch, units]`.
    pub(super) cells: Box<[f32]>,
}

/// The tensors of a pass backward, beside the weights.
#[derive(CubeType, CubeLaunch)]
pub(super) struct BackwardTensors {
    /// `[time, batch, 4·units]`: comes with the gates' values and leaves with the gradients of their sums.
    pub(super) gates: Box<[f32]>,
    /// As [`ForwardTensors::cells`].
    pub(super) cells: Box<[f32]>,
    /// That of the `last` hidden states and, behind them, of the last cell: `[last + 1, batch, units]`.
    pub(super) gradient: Box<[f32]>,
    /// The gradient of the hidden state between two steps, `[batch, units]`; in the end that of the initial one.
    pub(super) d_hidden: Box<[f32]>,
    /// That of the cell, likewise.
    pub(super) d_cell: Box<[f32]>,
}

#[cube]
impl ForwardTensors {
    /// A step of a unit in one row: keeps the gates, the new cell and the new hidden state, and gives the cell. `place` is
    /// the row's among the rows of all steps, `all` the numbers of a step's states.
    pub(super) fn advance(
        &mut self,
        gates: Gates,
        place: usize,
        unit: usize,
        all: usize,
        #[comptime] units: usize,
    ) -> f32 {
        let at = place * units + unit;
        let cell = gates.next_cell(self.cells[at]);
        gates.store(&mut self.gates, place * 4 * units + unit, units);
        self.cells[at + all] = cell;
        self.output[at] = gates.hidden(cell);
        cell
    }
}

#[cube]
impl BackwardTensors {
    /// A step of a unit in one row back: the gradients of its gates' sums and of its cell before. `row` is the batch's, and
    /// the hidden states of the `last` steps have a gradient of their own.
    pub(super) fn step_back(
        &mut self,
        step: usize,
        row: usize,
        unit: usize,
        steps: Steps,
        last: usize,
        #[comptime] units: usize,
    ) {
        let all = steps.batch * units;
        let own = row * units + unit;
        let at = step * all + own;
        let gates_at = (step * steps.batch + row) * 4 * units + unit;
        let gates = Gates::load(&self.gates, gates_at, units);
        let mut d_hidden = self.d_hidden[own];
        if step + last >= steps.time {
            d_hidden += self.gradient[at + last * all - steps.time * all];
        }
        let gradients = gates.gradients(self.cells[at], self.cells[at + all], d_hidden, self.d_cell[own]);
        gradients.sums.store(&mut self.gates, gates_at, units);
        self.d_cell[own] = gradients.cell;
    }
}
