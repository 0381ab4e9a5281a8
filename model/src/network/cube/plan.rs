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
/// Most rows of a plane in software: more would save little and take long to compile.
const MAX_SOFTWARE_ROWS: usize = 32;
/// Vulkan in software, Mesa's llvmpipe, leaves every loop of a thread after 65,535 iterations, all loops together.
const MAX_ITERATIONS: usize = 60_000;

/// How many iterations a thread's loops may make, all together, on the tensor's device; `None` if there is no such limit.
pub(in crate::network) fn max_iterations(tensor: &FloatTensor<CubeBackend>) -> Option<usize> {
    tensor.client.properties().identity.name.starts_with("llvmpipe").then_some(MAX_ITERATIONS)
}

/// Which kernels run a pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kernels {
    /// [`workgroup`]'s.
    Workgroup(workgroup::Tile),
    /// [`lanes`]' for a plane.
    Lanes(lanes::Tile),
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
        let lanes = (limited && min == max && [4, 8, 16].contains(&max)).then_some(max);
        Self::of(extents, limited, lanes)
    }

    /// For a device whose threads' loops are `limited`, and `lanes` are as many as a plane has, if they may exchange numbers.
    pub(super) fn of([time, batch, units]: [usize; 3], limited: bool, lanes: Option<usize>) -> Self {
        let kernels = Kernels::Workgroup(workgroup::Tile {
            units,
            rows: MAX_ROWS.min(WORKGROUP_MEMORY / units).min(batch).max(1),
            threads: units.next_power_of_two().clamp(32, MAX_THREADS),
        });
        let workgroup = Self { time, batch, units, kernels, limited };
        let Some(lanes) = lanes else { return workgroup };
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
            Kernels::Workgroup(tile) => tile.units.div_ceil(tile.threads) * (tile.units + 16),
            Kernels::Lanes(tile) => {
                let groups = tile.units.div_ceil(tile.lanes);
                (groups + 4) * (groups + 8) + (tile.rows + 1) * (groups + 1)
            }
        }
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
