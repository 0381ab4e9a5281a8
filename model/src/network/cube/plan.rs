//! How a pass is spread over the device.

use std::ops::Range;

use burn::{
    backend::{TensorMetadata, tensor::FloatTensor},
    cubecl::prelude::*,
};
use burn_cubecl::CubeBackend;

use super::{lanes, workgroup};

/// Most threads of a workgroup.
const MAX_THREADS: usize = 256;
/// Numbers that fit into workgroup memory.
const WORKGROUP_MEMORY: usize = 16 * 1024 / 4;
/// Most rows of a workgroup: their sums stay in registers.
const MAX_ROWS: usize = 4;
/// Steps of a product in a loop's body: so many weights are loaded before they are used.
const BLOCK: usize = 4;
/// Most rows of a plane, or of a workgroup, in software: more would save little and take long to compile.
const MAX_SOFTWARE_ROWS: usize = 32;
/// Numbers that a thread in software adds up at once.
const SOFTWARE_SUMS: usize = 256;
/// Threads that run in step, at most, on what is taken for a software adapter; a workgroup there has as many.
const SOFTWARE_LANES: usize = 4;
/// Vulkan in software, Mesa's llvmpipe, leaves every loop of a thread after 65,535 iterations, all loops together.
const MAX_ITERATIONS: usize = 60_000;

/// How many iterations a thread's loops may make, all together, on the tensor's device; `None` if there is no such limit.
pub(in crate::network) fn max_iterations(tensor: &FloatTensor<CubeBackend>) -> Option<usize> {
    tensor.client.properties().identity.name.starts_with("llvmpipe").then_some(MAX_ITERATIONS)
}

/// Whether a tensor lies where WebGPU is software, whose threads run in step but may not exchange numbers.
pub(super) fn is_software(tensor: &FloatTensor<CubeBackend>) -> bool {
    let lanes = tensor.client.properties().hardware.plane_size_max as usize;
    max_iterations(tensor).is_none() && lanes <= SOFTWARE_LANES
}

/// Which kernels run a pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kernels {
    /// [`workgroup`]'s.
    Workgroup(workgroup::Tile),
    /// [`lanes`]' for a plane.
    Lanes(lanes::Tile),
}

/// What a plan has to know of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hardware {
    /// A graphics processor.
    Gpu,
    /// Vulkan in software, whose threads run in step in planes of so many lanes, which may exchange numbers.
    Planes(usize),
    /// WebGPU in software: threads run in step too, but may not exchange numbers.
    Software,
}

/// How a pass is spread over a device.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plan {
    pub(super) time: usize,
    pub(super) batch: usize,
    pub(super) units: usize,
    pub(super) kernels: Kernels,
    /// Whether a thread's loops may make only [`MAX_ITERATIONS`].
    limited: bool,
}

impl Plan {
    /// For a tensor of gates, `[time, batch, 4·units]`, where it lies.
    pub(super) fn new(gates: &FloatTensor<CubeBackend>) -> Self {
        let shape = gates.shape();
        Self::near(gates, [shape[0], shape[1], shape[2] / 4])
    }

    /// For a pass of `[time, batch, units]` where a tensor lies.
    pub(super) fn near(tensor: &FloatTensor<CubeBackend>, extents: [usize; 3]) -> Self {
        let properties = tensor.client.properties();
        let hardware = &properties.hardware;
        let limited = max_iterations(tensor).is_some();
        let (min, max) = (hardware.plane_size_min as usize, hardware.plane_size_max as usize);
        let hardware = match limited {
            true if min == max && [4, 8, 16].contains(&max) => Hardware::Planes(max),
            false if is_software(tensor) => Hardware::Software,
            _ => Hardware::Gpu,
        };
        Self::of(extents, limited, hardware)
    }

    /// For a device whose threads' loops may be `limited`.
    pub(super) fn of([time, batch, units]: [usize; 3], limited: bool, hardware: Hardware) -> Self {
        let most_rows = (WORKGROUP_MEMORY / units).min(batch).max(1);
        let tile = match hardware {
            Hardware::Gpu | Hardware::Planes(_) => workgroup::Tile {
                units,
                rows: MAX_ROWS.min(most_rows),
                threads: units.next_power_of_two().clamp(32, MAX_THREADS),
                span: 1,
                back_span: 1,
                block: BLOCK,
            },
            // A load costs much more than a sum, and so does a barrier, by the thread; there are few processors.
            Hardware::Software => {
                let rows = batch.div_ceil(2).next_power_of_two().min(MAX_SOFTWARE_ROWS).min(most_rows);
                let span = |sums: usize| (SOFTWARE_SUMS / sums).min(units.div_ceil(SOFTWARE_LANES)).max(1);
                let (span, back_span) = (span(4 * rows), span(rows));
                workgroup::Tile { units, rows, threads: SOFTWARE_LANES, span, back_span, block: 1 }
            }
        };
        let kernels = Kernels::Workgroup(tile);
        let workgroup = Self { time, batch, units, kernels, limited };
        let Hardware::Planes(lanes) = hardware else { return workgroup };
        let rows = batch.div_ceil(cores()).next_power_of_two().min(MAX_SOFTWARE_ROWS);
        let tile = lanes::Tile { units, rows, lanes, is_full: batch.is_multiple_of(rows) };
        let plan = Self { kernels: Kernels::Lanes(tile), ..workgroup };
        if plan.iterations() <= MAX_ITERATIONS { plan } else { workgroup }
    }

    /// The workgroups of a dispatch.
    pub(super) fn cubes(self) -> CubeCount {
        let (Kernels::Workgroup(workgroup::Tile { rows, .. }) | Kernels::Lanes(lanes::Tile { rows, .. })) =
            self.kernels;
        CubeCount::new_1d(self.batch.div_ceil(rows) as u32)
    }

    /// The threads of a workgroup.
    pub(super) fn dim(self) -> CubeDim {
        let threads = match self.kernels {
            Kernels::Workgroup(tile) => tile.threads,
            Kernels::Lanes(tile) => tile.lanes,
        };
        CubeDim::new_1d(threads as u32)
    }

    /// Iterations of a thread's loops in a step, at most.
    fn iterations(self) -> usize {
        match self.kernels {
            // Backward: each gate's numbers are shared, then added up in blocks of four.
            Kernels::Workgroup(tile) => tile.rounds() * (4 * tile.units.div_ceil(tile.block) + 16),
            Kernels::Lanes(tile) => {
                let groups = tile.units.div_ceil(tile.lanes);
                (groups + 4) * (groups + 8) + (tile.rows + 1) * (groups + 1)
            }
        }
    }

    /// Whether it is for WebGPU in software.
    pub(super) fn is_software(self) -> bool {
        matches!(self.kernels, Kernels::Workgroup(tile) if tile.threads == SOFTWARE_LANES)
    }

    /// Whether a thread's loops may make so many iterations.
    pub(super) fn may_iterate(self, count: usize) -> bool {
        !self.limited || count <= MAX_ITERATIONS
    }

    /// The steps that one dispatch takes, first to last: all of them, but for the limit.
    pub(super) fn step_ranges(self) -> impl DoubleEndedIterator<Item = Range<usize>> {
        let max = if self.limited { (MAX_ITERATIONS / self.iterations()).max(1) } else { self.time };
        let count = self.time.div_ceil(max.max(1));
        (0..count).map(move |number| number * max..((number + 1) * max).min(self.time))
    }
}

/// Threads that run at once.
fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, Into::into)
}
