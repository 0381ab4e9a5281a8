//! The draw in the kernel: logits, a row's settings and one number of the random stream give its next character, as
//! [`draw`](crate::draw()) does on the CPU.

use burn::cubecl::{self, prelude::*};

use super::kernel::{Plan, SETTINGS};

/// Most threads that share a row's draw: each looks through what all others found.
const MOST_LANES: usize = 32;

/// How a workgroup's threads share the draws of its rows: `lanes` threads a row, `share` ids a thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Lanes {
    rows: usize,
    lanes: usize,
    share: usize,
    vocab: usize,
    /// Numbers of a row's scratch, whose second half takes what is kept.
    scratch: usize,
    filtered: bool,
}

impl Lanes {
    pub(super) fn new(plan: Plan) -> Self {
        let lanes = (plan.threads / plan.rows).clamp(1, MOST_LANES);
        Self {
            rows: plan.rows,
            lanes,
            share: plan.of.vocab.div_ceil(lanes),
            vocab: plan.of.vocab,
            scratch: plan.of.scratch(),
            filtered: plan.filtered,
        }
    }

    /// Turns of a thread's loops in a draw, at most.
    pub(super) fn turns(self) -> usize {
        let ranking = if self.filtered { self.share * (self.vocab + 2) + self.lanes } else { 0 };
        3 * self.share + 2 * self.lanes + ranking
    }
}

/// Draws a character in every row of the workgroup into `chosen` `[rows]`, from the logits in `scratch`.
///
/// Each thread has a run of ids; `maxima`, `likeliest` and `totals` hold what the threads found in theirs.
#[cube]
pub(super) fn draw(
    settings: &[u32],
    scratch: &mut [f32],
    chosen: &mut Shared<[u32]>,
    maxima: &mut Shared<[f32]>,
    likeliest: &mut Shared<[u32]>,
    totals: &mut Shared<[f32]>,
    step: u32,
    #[comptime] lanes: Lanes,
) {
    let thread = UNIT_POS as usize;
    let count = comptime!(lanes.lanes);
    let own_row = thread / count;
    let is_drawing = own_row < comptime!(lanes.rows);
    let lane = thread % count;
    let base = thread - lane;
    let row = CUBE_POS_X as usize * comptime!(lanes.rows) + own_row;
    let place = row * comptime!(lanes.scratch);
    let start = lane * comptime!(lanes.share);
    let end = usize::min(start + comptime!(lanes.share), comptime!(lanes.vocab));
    let mut temperature = 0.0f32;

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
        maxima[thread] = max;
        likeliest[thread] = best;
    }
    sync_cube();
    if is_drawing {
        temperature = f32::reinterpret(settings[row * SETTINGS]);
        let mut best = likeliest[base];
        let mut max = maxima[base];
        for other in base + 1..base + count {
            if maxima[other] > max {
                max = maxima[other];
                best = likeliest[other];
            }
        }
        if lane == 0 {
            // What the draw leaves where it finds nothing.
            chosen[own_row] = best;
        }
        let divisor = select(temperature > 0.0, temperature, 1.0);
        let mut total = 0.0f32;
        for id in start..end {
            let weight = f32::exp((scratch[place + id] - max) / divisor);
            scratch[place + id] = weight;
            total += weight;
        }
        totals[thread] = total;
    }
    let mut kept = place;
    if comptime!(lanes.filtered) {
        kept += comptime!(lanes.scratch / 2);
        sync_storage();
        if is_drawing {
            rank(settings, scratch, maxima, &*totals, row, start, end, lanes);
        }
        sync_cube();
        if is_drawing {
            totals[thread] = keep(settings, scratch, maxima[base], row, start, end, lanes);
        }
    }
    sync_cube();
    if is_drawing && temperature > 0.0 {
        let mut total = 0.0f32;
        let mut before = 0.0f32;
        for other in 0..count {
            if other == lane {
                before = total;
            }
            total += totals[base + other];
        }
        let seed = settings[row * SETTINGS + 3];
        let stream = settings[row * SETTINGS + 4];
        let target = uniform(seed, stream, step) * total;
        if before <= target && target < before + totals[thread] {
            // The first id whose sum passes the target; the run's last one where rounding lets none pass.
            let mut sum = before;
            let mut is_open = true;
            for id in start..end {
                let weight = scratch[kept + id];
                if is_open && weight > 0.0 {
                    chosen[own_row] = id as u32;
                    sum += weight;
                    is_open = sum <= target;
                }
            }
        }
    }
    sync_cube();
}

/// Finds out for a thread's ids the sum of the weights before theirs, the likeliest first and the lower id first
/// among equals; leaves it in the second half of the row's scratch, or -1 where top-k drops the id. The thread that has
/// the last of the top k leaves the sum of them all in `maxima`.
#[cube]
fn rank(
    settings: &[u32],
    scratch: &mut [f32],
    maxima: &mut Shared<[f32]>,
    totals: &Shared<[f32]>,
    row: usize,
    start: usize,
    end: usize,
    #[comptime] lanes: Lanes,
) {
    let vocab = comptime!(lanes.vocab);
    let count = comptime!(lanes.lanes);
    let place = row * comptime!(lanes.scratch);
    let base = UNIT_POS as usize / count * count;
    let wanted = settings[row * SETTINGS + 1] as usize;
    let is_off = wanted == 0 || wanted >= vocab;
    if is_off && base == UNIT_POS as usize {
        let mut total = 0.0f32;
        for other in base..base + count {
            total += totals[other];
        }
        maxima[base] = total;
    }
    for id in start..end {
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
            maxima[base] = before + weight;
        }
        let is_kept = is_off || place_in_order < wanted;
        scratch[place + comptime!(lanes.scratch / 2) + id] = select(is_kept, before, -1.0);
    }
}

/// Turns what [`rank`] left for a thread's ids into their weights, 0 where top-k or top-p drops them: top-p keeps an id
/// where those before it do not reach its share of `whole`. Gives their sum.
#[cube]
fn keep(
    settings: &[u32],
    scratch: &mut [f32],
    whole: f32,
    row: usize,
    start: usize,
    end: usize,
    #[comptime] lanes: Lanes,
) -> f32 {
    let place = row * comptime!(lanes.scratch);
    let top_p = f32::reinterpret(settings[row * SETTINGS + 2]);
    let mut total = 0.0f32;
    for id in start..end {
        let at = place + comptime!(lanes.scratch / 2) + id;
        let before = scratch[at];
        let is_kept = before >= 0.0 && (top_p >= 1.0 || before < top_p * whole);
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
