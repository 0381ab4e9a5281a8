//! How a pass is spread over the device.

use std::ops::Range;

use burn::{
    backend::{TensorMetadata, tensor::FloatTensor},
    cubecl::prelude::*,
};
use burn_cubecl::CubeBackend;

/// Most threads of a workgroup.
const MOST_THREADS: usize = 256;
/// Numbers that fit into workgroup memory.
const WORKGROUP_MEMORY: usize = 16 * 1024 / 4;
/// Most rows of a workgroup: their sums stay in registers.
const MOST_ROWS: usize = 4;
/// Most rows of a plane in software: more would save little and take long to compile.
const MOST_SOFTWARE_ROWS: usize = 32;
/// Vulkan in software, Mesa's llvmpipe, leaves every loop of a thread after 65,535 turns, all loops together.
const MOST_TURNS: usize = 60_000;

/// How often a thread's loops may turn, all together, where the tensor lies; none where there is no such limit.
pub(in crate::network) fn most_turns(tensor: &FloatTensor<CubeBackend>) -> Option<usize> {
    tensor.client.properties().identity.name.starts_with("llvmpipe").then_some(MOST_TURNS)
}

/// Which kernels run a pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kernels {
    /// [`super::workgroup`], with so many threads.
    Workgroup { threads: usize },
    /// [`super::lanes`], with planes of so many lanes.
    Lanes { lanes: usize },
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Plan {
    pub(super) time: usize,
    pub(super) batch: usize,
    pub(super) units: usize,
    /// Rows of a workgroup.
    pub(super) rows: usize,
    pub(super) kernels: Kernels,
    /// Whether a thread's loops may turn only [`MOST_TURNS`] times.
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
        let limited = most_turns(tensor).is_some();
        let (least, most) = (hardware.plane_size_min as usize, hardware.plane_size_max as usize);
        let lanes = (limited && least == most && [4, 8, 16].contains(&most)).then_some(most);
        Self::of(extents, limited, lanes)
    }

    /// For a device whose threads' loops are `limited`, and where planes of so many `lanes` may exchange numbers.
    pub(super) fn of([time, batch, units]: [usize; 3], limited: bool, lanes: Option<usize>) -> Self {
        let workgroup = Self {
            time,
            batch,
            units,
            rows: MOST_ROWS.min(WORKGROUP_MEMORY / units).min(batch).max(1),
            kernels: Kernels::Workgroup { threads: units.next_power_of_two().clamp(32, MOST_THREADS) },
            limited,
        };
        let Some(lanes) = lanes else { return workgroup };
        let rows = batch.div_ceil(cores()).next_power_of_two().min(MOST_SOFTWARE_ROWS);
        let plan = Self { rows, kernels: Kernels::Lanes { lanes }, ..workgroup };
        if plan.turns() <= MOST_TURNS { plan } else { workgroup }
    }

    pub(super) fn cubes(self) -> CubeCount {
        CubeCount::new_1d(self.batch.div_ceil(self.rows) as u32)
    }

    pub(super) fn dim(self) -> CubeDim {
        match self.kernels {
            Kernels::Workgroup { threads } => CubeDim::new_1d(threads as u32),
            Kernels::Lanes { lanes } => CubeDim::new_1d(lanes as u32),
        }
    }

    /// Turns of a thread's loops in a step, at most.
    fn turns(self) -> usize {
        let (units, rows) = (self.units, self.rows);
        match self.kernels {
            // Backward: each gate's numbers are shared, then added up in blocks of four.
            Kernels::Workgroup { threads } => units.div_ceil(threads) * (units + 16),
            Kernels::Lanes { lanes } => {
                let groups = units.div_ceil(lanes);
                (groups + 4) * (groups + 8) + (rows + 1) * (groups + 1)
            }
        }
    }

    /// Whether a thread's loops may turn so often.
    pub(super) fn may_turn(self, turns: usize) -> bool {
        !self.limited || turns <= MOST_TURNS
    }

    /// The steps that one dispatch takes, first to last: all of them, but for the limit.
    pub(super) fn stretches(self) -> impl DoubleEndedIterator<Item = Range<usize>> {
        let most = if self.limited { (MOST_TURNS / self.turns()).max(1) } else { self.time };
        let count = self.time.div_ceil(most.max(1));
        (0..count).map(move |number| number * most..((number + 1) * most).min(self.time))
    }
}

/// Threads that run at once.
fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, Into::into)
}
