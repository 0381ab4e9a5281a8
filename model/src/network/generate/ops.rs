//! The operation, and how a GPU runs it.

use burn::{
    backend::{
        Backend, ExtensionType, backend_extension,
        tensor::{FloatTensor, IntTensor},
    },
    cubecl::prelude::*,
};
use burn_cubecl::CubeBackend;

use super::{
    super::cube::max_iterations,
    dimensions::Dimensions,
    kernel::{BuffersLaunch, StepsLaunch, write_block},
    plan::{Draws, Plan},
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
    pub(crate) draws: Draws,
}

/// The operation as burn's dispatch knows it.
#[backend_extension(Cube)]
pub(crate) trait WriteOps: Backend {
    /// Writes a block into the ids and gives them, or reads what they are. Moves state and settings on in place.
    fn write_block(#[extension_type] tensors: BlockTensors<Self>, block: Block) -> IntTensor<Self>;

    /// Most bytes that the tensor's device lets a kernel reach in one buffer.
    fn largest_buffer(tensor: IntTensor<Self>) -> u64;
}

/// The tensors of a block, each as the kernel's [`Buffers`](super::kernel::Buffers) have it.
#[derive(Debug, ExtensionType)]
pub(crate) struct BlockTensors<B: Backend> {
    pub(crate) weights: FloatTensor<B>,
    pub(crate) state: FloatTensor<B>,
    pub(crate) scratch: FloatTensor<B>,
    pub(crate) settings: IntTensor<B>,
    pub(crate) ids: IntTensor<B>,
}

impl WriteOps for CubeBackend {
    fn write_block(tensors: BlockTensors<Self>, block: Block) -> IntTensor<Self> {
        let BlockTensors { weights, state, scratch, settings, ids } = tensors;
        let client = weights.client.clone();
        let lanes = client.properties().hardware.plane_size_max;
        let plan = Plan::new(block.dimensions, block.rows, block.draws, lanes);
        // All steps in one dispatch, but for drivers that leave a thread's loops after so many iterations.
        let max_steps =
            max_iterations(&weights).map_or(block.steps, |iterations| iterations / plan.iterations()).max(1);
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
