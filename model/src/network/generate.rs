//! Writing on a GPU: a block of characters in one dispatch, as an operation of burn.

mod draw;
mod kernel;
mod pack;

use burn::{
    backend::{
        Backend, backend_extension,
        tensor::{FloatTensor, IntTensor},
    },
    cubecl::prelude::*,
};
use burn_cubecl::CubeBackend;

use self::kernel::{Plan, write_block};
use super::cube::most_turns;

pub(super) use self::{
    kernel::{NOTHING, SETTINGS},
    pack::{Dimensions, pack},
};

/// Most rows of a workgroup; the state has rows for whole workgroups of this size.
pub(super) const MOST_ROWS: usize = 8;
/// Most threads of a workgroup: WebGPU's default limit.
const MOST_THREADS: usize = 256;
/// Units that a thread computes at once, at most.
const MOST_TILE: usize = 4;

/// A block to write or to read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Block {
    pub(super) dimensions: Dimensions,
    pub(super) rows: usize,
    pub(super) steps: usize,
    /// Whether the ids are there and are read, rather than drawn.
    pub(super) reading: bool,
    /// Number of the first step in the random stream.
    pub(super) first_step: u32,
    /// Which of the two hidden states is the last.
    pub(super) half: usize,
    /// Whether a row uses top-k or top-p.
    pub(super) filtered: bool,
}

/// The operation as burn's dispatch knows it.
#[backend_extension(Cube)]
pub(super) trait WriteOps: Backend {
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

/// How a block is spread over a device: `lanes` is how many threads of it run in step, at most.
fn plan(block: &Block, lanes: u32) -> Plan {
    let units = block.dimensions.units;
    // Software adapters run threads in step in the lanes of a processor's registers. There a load costs much, a barrier
    // costs with the number of threads, and there are few processors: rows share loads, and threads are few.
    let is_software = lanes <= 8;
    let (threads, rows) = if is_software {
        (16, block.rows.div_ceil(2))
    } else {
        (units.next_power_of_two().clamp(64, MOST_THREADS), block.rows / 64)
    };
    let rows = rows.next_power_of_two().min(MOST_ROWS);
    // More than this only makes the kernel longer to compile.
    let most_tile = if rows > 2 { MOST_TILE / 2 } else { MOST_TILE };
    let tile = units.div_ceil(threads).min(most_tile);
    Plan { of: block.dimensions, threads, rows, tile, filtered: block.filtered }
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
        let plan = plan(&block, client.properties().hardware.plane_size_max);
        // All steps in one dispatch, but for drivers that leave a thread's loops after so many turns.
        let most = most_turns(&weights).map_or(block.steps, |turns| (turns / plan.turns()).max(1));
        for from in (0..block.steps).step_by(most.max(1)) {
            // SAFETY: The buffers were made for these dimensions (see `pack` and `BlockGenerator`), and every index lies
            // within them: rows beyond the last have a place in all but `ids`, where the kernel leaves them out.
            unsafe {
                write_block::launch_unchecked(
                    &client,
                    CubeCount::new_1d(block.rows.div_ceil(plan.rows) as u32),
                    CubeDim::new_1d(plan.threads as u32),
                    weights.clone().into_buffer_arg(),
                    state.clone().into_buffer_arg(),
                    settings.clone().into_buffer_arg(),
                    scratch.clone().into_buffer_arg(),
                    ids.clone().into_buffer_arg(),
                    block.rows,
                    block.steps,
                    from,
                    block.steps.min(from + most),
                    block.first_step,
                    (block.half + from) % 2,
                    u32::from(block.reading),
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
