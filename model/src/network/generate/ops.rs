//! The operation, and how a GPU runs it.

use burn::{
    backend::{
        Backend, backend_extension,
        tensor::{FloatTensor, IntTensor},
    },
    cubecl::prelude::*,
};
use burn_cubecl::CubeBackend;

use super::{
    super::cube::max_turns,
    dimensions::Dimensions,
    kernel::{BuffersLaunch, StepsLaunch, write_block},
    plan::Plan,
};

/// A block to write or to read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Block {
    pub(crate) dimensions: Dimensions,
    pub(crate) rows: usize,
    pub(crate) steps: usize,
    /// Whether the ids are there and are read, rather than drawn.
    pub(crate) reading: bool,
    /// Number of the first step in the random stream.
    pub(crate) first_step: u32,
    /// Which of the two hidden states is the last.
    pub(crate) half: usize,
    /// Whether a row uses top-k or top-p.
    pub(crate) filtered: bool,
}

/// The operation as burn's dispatch knows it.
#[backend_extension(Cube)]
pub(crate) trait WriteOps: Backend {
    /// Writes a block into `ids` `[steps, rows]` and gives it, or reads what `ids` has. Moves `state` and `settings` on in
    /// place and leaves the last logits (after reading) in `scratch`.
    fn write_block(
        weights: FloatTensor<Self>,
        state: FloatTensor<Self>,
        scratch: FloatTensor<Self>,
        settings: IntTensor<Self>,
        ids: IntTensor<Self>,
        block: Block,
    ) -> IntTensor<Self>;

    /// Most bytes that the tensor's device lets a kernel reach in one buffer.
    fn largest_buffer(tensor: IntTensor<Self>) -> u64;
}

impl WriteOps for CubeBackend {
    fn write_block(
        weights: FloatTensor<Self>,
        state: FloatTensor<Self>,
        scratch: FloatTensor<Self>,
        settings: IntTensor<Self>,
        ids: IntTensor<Self>,
        block: Block,
    ) -> IntTensor<Self> {
        let client = weights.client.clone();
        let lanes = client.properties().hardware.plane_size_max;
        let plan = Plan::new(block.dimensions, block.rows, block.filtered, lanes);
        // All steps in one dispatch, but for drivers that leave a thread's loops after so many turns.
        let max_steps = max_turns(&weights).map_or(block.steps, |turns| turns / plan.turns()).max(1);
        for from in (0..block.steps).step_by(max_steps) {
            // SAFETY: The buffers were made for these dimensions (see `pack` and `BlockGenerator`), and every index lies
            // within them: rows beyond the last have a place in all but `ids`, where the kernel leaves them out.
            unsafe {
                write_block::launch_unchecked(
                    &client,
                    CubeCount::new_1d(block.rows.div_ceil(plan.rows) as u32),
                    CubeDim::new_1d(plan.threads as u32),
                    BuffersLaunch::new(
                        weights.clone().into_buffer_arg(),
                        state.clone().into_buffer_arg(),
                        settings.clone().into_buffer_arg(),
                        scratch.clone().into_buffer_arg(),
                        ids.clone().into_buffer_arg(),
                    ),
                    StepsLaunch::new(
                        block.steps,
                        from,
                        block.steps.min(from + max_steps),
                        block.rows,
                        block.first_step,
                        (block.half + from) % 2,
                        u32::from(block.reading),
                    ),
                    plan,
                );
            }
        }
        ids
    }

    fn largest_buffer(tensor: IntTensor<Self>) -> u64 {
        tensor.client.properties().memory.max_page_size
    }
}
