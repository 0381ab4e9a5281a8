//! The generation kernel: a workgroup owns a few rows and writes their whole block in one dispatch.
//!
//! A thread owns every `threads`-th unit, and a few of them at a time, so that one load of the hidden state serves
//! several of weights; the four gates of a unit lie side by side and are one load. The state, the logits and the
//! weights lie in storage, so their size is bounded by no workgroup memory. Rows do not depend on each other, so
//! workgroups never wait for one another.

use burn::cubecl::{self, prelude::*};

use super::{
    draw::{Lanes, draw},
    pack::Dimensions,
};

/// Four numbers side by side: the gates `i f g o` of a unit, or the logits of four ids.
pub(super) type Four = Vector<f32, Const<4>>;

/// The id of nothing: a row that reads it keeps its zero state.
pub(crate) const NOTHING: u32 = u32::MAX;

/// Numbers a row has in `row_settings`: temperature, top-k, top-p, seed, row of the random stream, id to read next.
pub(crate) const SETTINGS: usize = 6;
/// The place of the id to read next among a row's settings.
const NEXT_ID: usize = 5;

/// What a kernel is compiled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Plan {
    pub(super) of: Dimensions,
    /// Threads of a workgroup, a power of two.
    pub(super) threads: usize,
    /// Rows of a workgroup, a power of two.
    pub(super) rows: usize,
    /// Units (and groups of four logits) that a thread computes at once.
    pub(super) tile: usize,
    /// Whether a row uses top-k or top-p.
    pub(super) filtered: bool,
}

impl Plan {
    /// Turns of a thread's loops in a step, at most.
    pub(super) fn turns(self) -> usize {
        let Dimensions { layers, units, .. } = self.of;
        let tiles = units.div_ceil(self.threads * self.tile);
        let outputs = self.of.outputs().div_ceil(self.threads * self.output_tile());
        tiles * (2 * layers - 1) * (units + 1) + outputs * (units + 1) + Lanes::new(self).turns() + 1
    }

    /// Groups of four logits that a thread computes at once.
    fn output_tile(self) -> usize {
        if self.of.outputs() >= self.threads * self.tile { self.tile } else { 1 }
    }
}

/// Writes (or, where `reading` is 1, reads) the characters `from..to` of `steps` in each of `batch` rows.
///
/// `half` tells which of the two hidden states is the last. `ids` `[steps, batch]` takes the characters written, or holds
/// those to read after the one in `row_settings` `[rows, SETTINGS]`. After reading, `scratch` holds the last logits.
#[cube(launch_unchecked)]
pub(super) fn write_block(
    weights: &[Four],
    state: &mut [f32],
    row_settings: &mut [u32],
    scratch: &mut [f32],
    ids: &mut [u32],
    batch: usize,
    steps: usize,
    from: usize,
    to: usize,
    first_step: u32,
    half: usize,
    reading: u32,
    #[comptime] plan: Plan,
) {
    let rows = comptime!(plan.rows);
    let thread = UNIT_POS as usize;
    let first = CUBE_POS_X as usize * rows;
    let mut chosen = Shared::<[u32]>::new_slice(rows);
    let mut maxima = Shared::<[f32]>::new_slice(comptime!(plan.threads));
    let mut likeliest = Shared::<[u32]>::new_slice(comptime!(plan.threads));
    let mut totals = Shared::<[f32]>::new_slice(comptime!(plan.threads));

    let mut current = Array::<u32>::new(rows);
    #[unroll]
    for r in 0..rows {
        current[r] = row_settings[(first + r) * SETTINGS + NEXT_ID];
    }
    let mut half = half;
    for step in from..to {
        advance(weights, state, &current, 0, 0, half, true, plan);
        if comptime!(plan.of.layers > 1) {
            for layer in 1..comptime!(plan.of.layers) {
                let at = comptime!(plan.of.upper_at()) + (layer - 1) * comptime!(plan.of.upper_layer());
                advance(weights, state, &current, at, layer, half, false, plan);
            }
        }
        half = 1 - half;
        if reading == 0 || step + 1 == steps {
            compute_logits(weights, &*state, scratch, half, plan);
        }
        let row = first + thread;
        if reading == 0 {
            draw(
                &*row_settings,
                scratch,
                &mut chosen,
                &mut maxima,
                &mut likeliest,
                &mut totals,
                first_step + step as u32,
                comptime!(Lanes::new(plan)),
            );
            if thread < rows && row < batch {
                ids[step * batch + row] = chosen[thread];
            }
        } else {
            if thread < rows {
                chosen[thread] = if row < batch { ids[step * batch + row] } else { NOTHING.runtime() };
            }
            sync_cube();
        }
        #[unroll]
        for r in 0..rows {
            current[r] = chosen[r];
        }
    }
    if thread < rows {
        row_settings[(first + thread) * SETTINGS + NEXT_ID] = chosen[thread];
    }
}

/// One step of one layer, whose weights begin at `at`.
#[cube]
fn advance(
    weights: &[Four],
    state: &mut [f32],
    current: &Array<u32>,
    at: usize,
    layer: usize,
    half: usize,
    #[comptime] is_first: bool,
    #[comptime] plan: Plan,
) {
    let units = comptime!(plan.of.units);
    let rows = comptime!(plan.rows);
    let tile = comptime!(plan.tile);
    let threads = comptime!(plan.threads);
    let row_state = comptime!(plan.of.state());
    let own = CUBE_POS_X as usize * rows * row_state + layer * 3 * units;

    let mut start = UNIT_POS as usize;
    while start < units {
        let mut sums = Array::<Four>::new(rows * tile);
        #[unroll]
        for r in 0..rows {
            // What is above the first layer begins with the bias, which all ids share.
            let row = if comptime!(is_first) {
                usize::min(current[r] as usize, comptime!(plan.of.vocab - 1)) * units
            } else {
                at
            };
            #[unroll]
            for u in 0..tile {
                sums[r * tile + u] = weights[row + start + u * threads];
            }
        }
        let mut recurrent = comptime!(plan.of.recurrent_at()).runtime() + start;
        if comptime!(!is_first) {
            let kernel = at + units + start;
            let below = own - 3 * units + (1 - half) * units;
            add_product(&mut sums, weights, kernel, &*state, below, row_state, units, tile, plan);
            recurrent = kernel + units * units;
        }
        let before = own + half * units;
        add_product(&mut sums, weights, recurrent, &*state, before, row_state, units, tile, plan);
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
                    let cell = sigmoid(sum.extract(1usize)) * state[cell_at]
                        + sigmoid(sum.extract(0usize)) * tanh(sum.extract(2usize));
                    state[cell_at] = select(is_known, cell, 0.0);
                    state[place + (1 - half) * units] =
                        select(is_known, sigmoid(sum.extract(3usize)) * tanh(cell), 0.0);
                }
            }
        }
        start += threads * tile;
    }
    sync_storage();
}

/// The logits of the hidden states in `half`, into the first part of `scratch`.
#[cube]
fn compute_logits(weights: &[Four], state: &[f32], scratch: &mut [f32], half: usize, #[comptime] plan: Plan) {
    let units = comptime!(plan.of.units);
    let rows = comptime!(plan.rows);
    let threads = comptime!(plan.threads);
    let tile = comptime!(plan.output_tile());
    let outputs = comptime!(plan.of.outputs());
    let row_state = comptime!(plan.of.state());
    let row_scratch = comptime!(plan.of.scratch());
    let first = CUBE_POS_X as usize * rows;
    let top = first * row_state + comptime!((plan.of.layers - 1) * 3 * plan.of.units) + half * units;

    let mut start = UNIT_POS as usize;
    while start < outputs {
        let at = comptime!(plan.of.output_at()).runtime() + start;
        let mut sums = Array::<Four>::new(rows * tile);
        #[unroll]
        for u in 0..tile {
            let bias = weights[at + u * threads];
            #[unroll]
            for r in 0..rows {
                sums[r * tile + u] = bias;
            }
        }
        add_product(&mut sums, weights, at + outputs, state, top, row_state, outputs, tile, plan);
        #[unroll]
        for u in 0..tile {
            let output = start + u * threads;
            if output < outputs {
                #[unroll]
                for r in 0..rows {
                    let place = (first + r) * row_scratch + output * 4;
                    #[unroll]
                    for n in 0..4usize {
                        scratch[place + n] = sums[r * tile + u].extract(n);
                    }
                }
            }
        }
        start += threads * tile;
    }
    sync_storage();
}

/// Adds the products of the rows' vectors, `units` numbers each from `place` on and `stride` numbers apart, with the
/// matrix of `width` groups a row whose first group for this thread is at `at`.
#[cube]
fn add_product(
    sums: &mut Array<Four>,
    weights: &[Four],
    at: usize,
    vectors: &[f32],
    place: usize,
    #[comptime] stride: usize,
    #[comptime] width: usize,
    #[comptime] tile: usize,
    #[comptime] plan: Plan,
) {
    let rows = comptime!(plan.rows);
    for k in 0..comptime!(plan.of.units) {
        let mut numbers = Array::<f32>::new(rows);
        #[unroll]
        for r in 0..rows {
            numbers[r] = vectors[place + r * stride + k];
        }
        let from = at + k * width;
        #[unroll]
        for u in 0..tile {
            let weight = weights[from + u * comptime!(plan.threads)];
            #[unroll]
            for r in 0..rows {
                sums[r * tile + u] += weight * Four::new(numbers[r]);
            }
        }
    }
}

#[cube]
fn sigmoid(x: f32) -> f32 {
    // Within the clamp nothing overflows, and beyond it an f32 shows no difference.
    1.0 / (1.0 + f32::exp(-f32::clamp(x, -40.0, 40.0)))
}

#[cube]
fn tanh(x: f32) -> f32 {
    2.0 * sigmoid(2.0 * x) - 1.0
}
