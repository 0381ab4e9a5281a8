//! The draw in the kernel: logits, a row's settings and one number of the random stream give its next character, as
//! [`draw`](crate::draw()) does on the CPU.

use burn::cubecl::{self, prelude::*};

use super::plan::{DrawPlan, SEED, SETTINGS, SOFTENED, STREAM, TEMPERATURE, TOP_K, TOP_P};

/// What a workgroup's threads tell each other in a draw.
#[derive(CubeType)]
pub(super) struct DrawMemory {
    /// The ids drawn, `[rows]`.
    pub(super) chosen: Shared<[u32]>,
    /// The largest logit that each thread found, `[threads]`; then what the kept weights of a row sum up to, at the row's
    /// first thread.
    maxima: Shared<[f32]>,
    /// Its id, `[threads]`.
    likeliest: Shared<[u32]>,
    /// The sum of each thread's weights, `[threads]`.
    totals: Shared<[f32]>,
}

/// A thread's part of a row's draw.
#[derive(CubeType, Clone, Copy)]
#[expand(derive(Clone, Copy))]
struct Part {
    row: usize,
    /// Where the row's scratch begins.
    place: usize,
    /// The first thread of those that share the draw.
    base: usize,
    /// The ids `start..end` are this thread's.
    start: usize,
    end: usize,
}

#[cube]
impl DrawMemory {
    pub(super) fn new(#[comptime] threads: usize, #[comptime] rows: usize) -> DrawMemory {
        DrawMemory {
            chosen: Shared::<[u32]>::new_slice(rows),
            maxima: Shared::<[f32]>::new_slice(threads),
            likeliest: Shared::<[u32]>::new_slice(threads),
            totals: Shared::<[f32]>::new_slice(threads),
        }
    }
}

/// Draws a character in every row of the workgroup into the memory's `chosen`, from the logits in `scratch`.
#[cube]
pub(super) fn draw(
    settings: &[u32],
    scratch: &mut [f32],
    memory: &mut DrawMemory,
    step: u32,
    #[comptime] plan: DrawPlan,
) {
    let thread = UNIT_POS as usize;
    let count = comptime!(plan.threads);
    let own_row = thread / count;
    let is_drawing = own_row < comptime!(plan.rows);
    let member = thread % count;
    let row = CUBE_POS_X as usize * comptime!(plan.rows) + own_row;
    let start = member * comptime!(plan.share);
    let end = usize::min(start + comptime!(plan.share), comptime!(plan.vocab));
    let part = Part { row, place: row * comptime!(plan.scratch), base: thread - member, start, end };
    let place = part.place;
    let base = part.base;
    let mut temperature = 0.0f32;
    let mut divisor = 1.0f32;

    if is_drawing {
        let mut best = start as u32;
        let mut max = f32::min_value();
        for id in start..end {
            let logit = scratch[place + id];
            if logit > max {
                max = logit;
                best = id as u32;
            }
        }
        memory.maxima[thread] = max;
        memory.likeliest[thread] = best;
    }
    sync_cube();
    if is_drawing {
        temperature = f32::reinterpret(settings[row * SETTINGS + TEMPERATURE]);
        let mut best = memory.likeliest[base];
        let mut max = memory.maxima[base];
        for other in base + 1..base + count {
            if memory.maxima[other] > max {
                max = memory.maxima[other];
                best = memory.likeliest[other];
            }
        }
        if member == 0 {
            // What the draw leaves if it finds nothing.
            memory.chosen[own_row] = best;
        }
        divisor = select(temperature > 0.0, temperature, 1.0);
        let first = if comptime!(plan.draws.softened) {
            select(settings[row * SETTINGS + SOFTENED] == 1, 1.0, divisor)
        } else {
            divisor
        };
        memory.totals[thread] = exponentials(scratch, max, first, part);
    }
    if comptime!(plan.draws.softened) {
        // Divided by their sum, the weights are the probabilities; the greatest of them is 1.
        let mut is_softened = false;
        let mut sum = 0.0f32;
        sync_cube();
        if is_drawing {
            is_softened = settings[row * SETTINGS + SOFTENED] == 1;
            for other in base..base + count {
                sum += memory.totals[other];
            }
        }
        sync_cube();
        if is_softened {
            memory.totals[thread] = exponentials(scratch, 1.0, divisor * sum, part);
        }
    }
    let mut kept = place;
    if comptime!(plan.draws.filtered) {
        kept += comptime!(plan.scratch / 2);
        sync_storage();
        if is_drawing {
            rank(settings, scratch, memory, part, plan);
        }
        sync_cube();
        if is_drawing {
            memory.totals[thread] = keep(settings, scratch, memory.maxima[base], part, plan);
        }
    }
    sync_cube();
    if is_drawing && temperature > 0.0 {
        let mut total = 0.0f32;
        let mut before = 0.0f32;
        for other in 0..count {
            if other == member {
                before = total;
            }
            total += memory.totals[base + other];
        }
        let seed = settings[row * SETTINGS + SEED];
        let stream = settings[row * SETTINGS + STREAM];
        let target = uniform(seed, stream, step) * total;
        if before <= target && target < before + memory.totals[thread] {
            // The first id whose sum passes the target; the run's last one if rounding lets none pass.
            let mut sum = before;
            let mut is_open = true;
            for id in start..end {
                let weight = scratch[kept + id];
                if is_open && weight > 0.0 {
                    memory.chosen[own_row] = id as u32;
                    sum += weight;
                    is_open = sum <= target;
                }
            }
        }
    }
    sync_cube();
}

/// Makes `e^((value - max) / divisor)` of a thread's values, and gives their sum.
#[cube]
fn exponentials(scratch: &mut [f32], max: f32, divisor: f32, part: Part) -> f32 {
    let mut total = 0.0f32;
    for id in part.start..part.end {
        let weight = f32::exp((scratch[part.place + id] - max) / divisor);
        scratch[part.place + id] = weight;
        total += weight;
    }
    total
}

/// Finds out for a thread's ids the sum of the weights before theirs, the likeliest first and the lower id first
/// among equals; leaves it in the second half of the row's scratch, or -1 if top-k drops the id. The thread that has
/// the last of the top k leaves the sum of them all in `maxima`.
#[cube]
fn rank(
    settings: &[u32],
    scratch: &mut [f32],
    memory: &mut DrawMemory,
    part: Part,
    #[comptime] plan: DrawPlan,
) {
    let vocab = comptime!(plan.vocab);
    let place = part.place;
    let base = part.base;
    let wanted = settings[part.row * SETTINGS + TOP_K] as usize;
    let is_off = wanted == 0 || wanted >= vocab;
    if is_off && base == UNIT_POS as usize {
        let mut total = 0.0f32;
        for other in base..base + comptime!(plan.threads) {
            total += memory.totals[other];
        }
        memory.maxima[base] = total;
    }
    for id in part.start..part.end {
        let weight = scratch[place + id];
        let mut before = 0.0f32;
        let mut place_in_order = 0usize;
        for other in 0..vocab {
            let rival = scratch[place + other];
            if rival > weight || (rival == weight && other < id) {
                before += rival;
                place_in_order += 1;
            }
        }
        if !is_off && place_in_order + 1 == wanted {
            memory.maxima[base] = before + weight;
        }
        let is_kept = is_off || place_in_order < wanted;
        scratch[place + comptime!(plan.scratch / 2) + id] = select(is_kept, before, -1.0);
    }
}

/// Turns what [`rank`] left for a thread's ids into their weights, 0 if top-k or top-p drops them: top-p keeps an id
/// if those before it do not reach its share of `total_kept`. Gives their sum.
#[cube]
fn keep(
    settings: &[u32],
    scratch: &mut [f32],
    total_kept: f32,
    part: Part,
    #[comptime] plan: DrawPlan,
) -> f32 {
    let place = part.place;
    let top_p = f32::reinterpret(settings[part.row * SETTINGS + TOP_P]);
    let mut total = 0.0f32;
    for id in part.start..part.end {
        let at = place + comptime!(plan.scratch / 2) + id;
        let before = scratch[at];
        let is_kept = before >= 0.0 && (top_p >= 1.0 || before < top_p * total_kept);
        let weight = select(is_kept, scratch[place + id], 0.0);
        scratch[at] = weight;
        total += weight;
    }
    total
}

/// [`uniform`](crate::uniform()) of the CPU.
#[cube]
fn uniform(seed: u32, row: u32, step: u32) -> f32 {
    let h = mix(seed + 0x9e37_79b9u32);
    let h = mix(h ^ (row * 0x85eb_ca77u32 + 0x27d4_eb2fu32));
    let h = mix(h ^ (step * 0xc2b2_ae3du32 + 0x1656_67b1u32));
    f32::cast_from(h >> 8u32) * (1.0f32 / 16_777_216.0f32)
}

#[cube]
fn mix(seed: u32) -> u32 {
    let mut h = seed;
    h ^= h >> 16u32;
    h *= 0x85eb_ca6bu32;
    h ^= h >> 13u32;
    h *= 0xc2b2_ae35u32;
    h ^ (h >> 16u32)
}
