//! The generation kernel: a workgroup owns a few rows and writes their block in one dispatch.
//!
//! A thread owns every `threads`-th unit, and a few of them at a time, so that one load of the hidden state serves
//! several of weights; the four gates of a unit lie side by side and are one load. The state, the logits and the
//! weights lie in storage, so their size is bounded by no workgroup memory. Rows do not depend on each other, so
//! workgroups never wait for one another.

use burn::cubecl::{self, prelude::*};

use super::{
    super::cube::Gates,
    draw::{DrawMemory, draw},
    plan::{DrawPlan, NEXT_ID, NOTHING, Plan, SETTINGS},
};
use crate::gates::GateFunction;

/// Four numbers side by side: the gates `i f g o` of a unit, or the logits of four ids.
type Four = Vector<f32, Const<4>>;

/// The kernel's buffers.
#[derive(CubeType, CubeLaunch)]
pub(super) struct Buffers {
    /// As [`super::pack()`] leaves them.
    weights: Box<[Four]>,
    /// The rows' states, of [`Dimensions::state`](super::Dimensions::state) numbers each.
    state: Box<[f32]>,
    /// `[rows, SETTINGS]`
    settings: Box<[u32]>,
    /// The rows' scratch, of [`Dimensions::scratch`](super::Dimensions::scratch) numbers each. After reading it holds the
    /// last logits.
    scratch: Box<[f32]>,
    /// `[steps, batch]`: takes the characters written, or holds those to read after the one in the settings.
    ids: Box<[u32]>,
}

/// What a dispatch does: the characters `from..to` of `steps` in each of `batch` rows.
#[derive(CubeType, CubeLaunch, Clone, Copy)]
#[expand(derive(Clone, Copy))]
pub(super) struct Steps {
    steps: usize,
    from: usize,
    to: usize,
    batch: usize,
    /// Number of the first of `steps` in the random stream.
    first_step: u32,
    /// Which of the two hidden states is the last.
    half: usize,
    /// 1 if the characters are read, 0 if they are written.
    reading: u32,
}

/// Writes or reads some characters in each row.
#[cube(launch_unchecked)]
pub(super) fn write_block(buffers: &mut Buffers, steps: Steps, #[comptime] plan: Plan) {
    let rows = comptime!(plan.rows);
    let thread = UNIT_POS as usize;
    let first = CUBE_POS_X as usize * rows;
    let row = first + thread;
    let batch = steps.batch;
    let mut memory = DrawMemory::new(comptime!(plan.threads), rows);

    let mut current = Array::<u32>::new(rows);
    #[unroll]
    for r in 0..rows {
        current[r] = buffers.settings[(first + r) * SETTINGS + NEXT_ID];
    }
    let mut half = steps.half;
    for step in steps.from..steps.to {
        advance(buffers, &current, 0, half, true, plan);
        if comptime!(plan.dimensions.layers > 1) {
            for layer in 1..comptime!(plan.dimensions.layers) {
                advance(buffers, &current, layer, half, false, plan);
            }
        }
        half = 1 - half;
        if steps.reading == 0 || step + 1 == steps.steps {
            compute_logits(buffers, half, plan);
        }
        if steps.reading == 0 {
            draw(
                &buffers.settings,
                &mut buffers.scratch,
                &mut memory,
                steps.first_step + step as u32,
                comptime!(DrawPlan::new(plan)),
            );
            if thread < rows && row < batch {
                buffers.ids[step * batch + row] = memory.chosen[thread];
            }
        } else {
            if thread < rows {
                memory.chosen[thread] =
                    if row < batch { buffers.ids[step * batch + row] } else { NOTHING.runtime() };
            }
            sync_cube();
        }
        #[unroll]
        for r in 0..rows {
            current[r] = memory.chosen[r];
        }
    }
    if thread < rows {
        buffers.settings[row * SETTINGS + NEXT_ID] = memory.chosen[thread];
    }
}

/// One step of one layer.
#[cube]
fn advance(
    buffers: &mut Buffers,
    current: &Array<u32>,
    layer: usize,
    half: usize,
    #[comptime] is_first: bool,
    #[comptime] plan: Plan,
) {
    let units = comptime!(plan.dimensions.units);
    let rows = comptime!(plan.rows);
    let tile = comptime!(plan.tile);
    let threads = comptime!(plan.threads);
    let row_state = comptime!(plan.dimensions.state());
    let product = comptime!(Product::of_gates(plan));
    let own = CUBE_POS_X as usize * rows * row_state + layer * 3 * units;
    // Where the layer's weights begin.
    let at = if comptime!(is_first) {
        0usize.runtime()
    } else {
        comptime!(plan.dimensions.upper_at()).runtime()
            + (layer - 1) * comptime!(plan.dimensions.upper_layer())
    };

    let mut start = UNIT_POS as usize;
    while start < units {
        let mut sums = Array::<Four>::new(rows * tile);
        #[unroll]
        for r in 0..rows {
            // What is above the first layer begins with the bias, which all ids share.
            let row = if comptime!(is_first) {
                usize::min(current[r] as usize, comptime!(plan.dimensions.vocab - 1)) * units
            } else {
                at
            };
            #[unroll]
            for u in 0..tile {
                sums[r * tile + u] = buffers.weights[row + start + u * threads];
            }
        }
        let mut recurrent = comptime!(plan.dimensions.recurrent_at()).runtime() + start;
        if comptime!(!is_first) {
            let kernel = at + units + start;
            let below = own - 3 * units + (1 - half) * units;
            add_product(&mut sums, &buffers.weights, kernel, &buffers.state, below, product);
            recurrent = kernel + units * units;
        }
        let before = own + half * units;
        add_product(&mut sums, &buffers.weights, recurrent, &buffers.state, before, product);
        #[unroll]
        for r in 0..rows {
            #[unroll]
            for u in 0..tile {
                let unit = start + u * threads;
                if unit < units {
                    let sum = sums[r * tile + u];
                    let place = own + r * row_state + unit;
                    let cell_at = place + 2 * units;
                    let is_known = current[r] != NOTHING;
                    let i = sum.extract(0usize);
                    let f = sum.extract(1usize);
                    let g = sum.extract(2usize);
                    let o = sum.extract(3usize);
                    let gates = if comptime!(plan.dimensions.gates == GateFunction::HardSigmoid) {
                        Gates::from_sums_hard(i, f, g, o)
                    } else {
                        Gates::from_sums(i, f, g, o)
                    };
                    let cell = gates.next_cell(buffers.state[cell_at]);
                    buffers.state[cell_at] = select(is_known, cell, 0.0);
                    buffers.state[place + (1 - half) * units] = select(is_known, gates.hidden(cell), 0.0);
                }
            }
        }
        start += threads * tile;
    }
    sync_storage();
}

/// The logits of the hidden states in `half`, into the first part of the scratch.
#[cube]
fn compute_logits(buffers: &mut Buffers, half: usize, #[comptime] plan: Plan) {
    let units = comptime!(plan.dimensions.units);
    let rows = comptime!(plan.rows);
    let threads = comptime!(plan.threads);
    let tile = comptime!(plan.output_tile());
    let outputs = comptime!(plan.dimensions.outputs());
    let row_state = comptime!(plan.dimensions.state());
    let row_scratch = comptime!(plan.dimensions.scratch());
    let product = comptime!(Product::of_logits(plan));
    let first = CUBE_POS_X as usize * rows;
    let top = first * row_state + comptime!((plan.dimensions.layers - 1) * 3) * units + half * units;

    let mut start = UNIT_POS as usize;
    while start < outputs {
        let at = comptime!(plan.dimensions.output_at()).runtime() + start;
        let mut sums = Array::<Four>::new(rows * tile);
        #[unroll]
        for u in 0..tile {
            let bias = buffers.weights[at + u * threads];
            #[unroll]
            for r in 0..rows {
                sums[r * tile + u] = bias;
            }
        }
        add_product(&mut sums, &buffers.weights, at + outputs, &buffers.state, top, product);
        #[unroll]
        for u in 0..tile {
            let output = start + u * threads;
            if output < outputs {
                #[unroll]
                for r in 0..rows {
                    let place = (first + r) * row_scratch + output * 4;
                    #[unroll]
                    for n in 0..4usize {
                        buffers.scratch[place + n] = sums[r * tile + u].extract(n);
                    }
                }
            }
        }
        start += threads * tile;
    }
    sync_storage();
}

/// A product of the rows' hidden states with a matrix of the weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Product {
    /// Rows of the workgroup.
    rows: usize,
    /// Numbers of a row's vector.
    units: usize,
    /// Numbers from one row's vector to the next.
    stride: usize,
    /// Groups of four in a row of the matrix.
    width: usize,
    /// Groups that a thread computes at once.
    tile: usize,
    /// Groups from one of them to the next.
    threads: usize,
}

impl Product {
    fn of_gates(plan: Plan) -> Self {
        let units = plan.dimensions.units;
        let stride = plan.dimensions.state();
        Self { rows: plan.rows, units, stride, width: units, tile: plan.tile, threads: plan.threads }
    }

    fn of_logits(plan: Plan) -> Self {
        Self { width: plan.dimensions.outputs(), tile: plan.output_tile(), ..Self::of_gates(plan) }
    }
}

/// Adds the products of the rows' vectors, which begin at `place`, with the matrix whose first group for this thread is
/// at `at`.
#[cube]
fn add_product(
    sums: &mut Array<Four>,
    weights: &[Four],
    at: usize,
    vectors: &[f32],
    place: usize,
    #[comptime] product: Product,
) {
    let rows = comptime!(product.rows);
    let tile = comptime!(product.tile);
    for k in 0..comptime!(product.units) {
        let mut numbers = Array::<f32>::new(rows);
        #[unroll]
        for r in 0..rows {
            numbers[r] = vectors[place + r * comptime!(product.stride) + k];
        }
        let from = at + k * comptime!(product.width);
        #[unroll]
        for u in 0..tile {
            let weight = weights[from + u * comptime!(product.threads)];
            #[unroll]
            for r in 0..rows {
                sums[r * tile + u] += weight * Four::new(numbers[r]);
            }
        }
    }
}
