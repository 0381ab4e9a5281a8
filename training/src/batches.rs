//! A text's ids, cut into batches: the notebook's windows, or streams with carried state.

use std::ops::Range;

use corpus::{WINDOW, WINDOW_STEP, windows};
use rand::seq::SliceRandom;
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};

use crate::{
    ids::Ids,
    recipe::{Recipe, RecipeName},
};

/// Rows that validation reads side by side at most.
pub(crate) const MAX_VALIDATION_ROWS: usize = 256;
/// Characters of a stream that validation reads at least.
pub(crate) const MIN_VALIDATION_LENGTH: usize = 10_000;

/// One step's input and what is expected of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Ids `[time, rows]`, time-major.
    pub inputs: Vec<i32>,
    /// Expected ids: `[rows]` after the last character, or `[time, rows]` after every character.
    pub targets: Vec<i32>,
    /// Rows.
    pub rows: usize,
    /// Characters a row.
    pub time: usize,
}

impl Batch {
    /// Some of its rows.
    pub(crate) fn part(&self, rows: Range<usize>) -> Self {
        let cut = |ids: &[i32]| {
            ids.chunks(self.rows)
                .flat_map(|step| step.get(rows.clone()).unwrap_or_default())
                .copied()
                .collect()
        };
        Self { inputs: cut(&self.inputs), targets: cut(&self.targets), rows: rows.len(), time: self.time }
    }
}

/// All batches of one pass over a text, made one at a time.
#[derive(Debug)]
pub struct Epoch {
    ids: Ids,
    cut: Cut,
}

#[derive(Debug)]
enum Cut {
    /// Windows by number, in the order of use.
    Windows { order: Vec<u32>, batch: usize },
    /// `rows` streams side by side, each `length` characters long, the first at `offset`; the text is a ring.
    Streams { rows: usize, length: usize, time: usize, offset: usize },
}

impl Epoch {
    /// A training pass. The order depends on the recipe's seed and the epoch alone, so a resumed training
    /// needs no saved random state.
    pub fn training(ids: &Ids, recipe: &Recipe, epoch: usize) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(recipe.seed);
        rng.set_stream(epoch as u64 + 1);
        let cut = match recipe.name {
            RecipeName::Notebook => {
                let mut order: Vec<u32> = (0..windows(ids.len()) as u32).collect();
                order.shuffle(&mut rng);
                Cut::Windows { order, batch: recipe.batch }
            }
            RecipeName::Sequence => {
                use rand::Rng;
                let offset = rng.random_range(0..ids.len());
                Cut::streams(ids.len(), recipe.batch, recipe.time, offset)
            }
        };
        Self { ids: ids.clone(), cut }
    }

    /// A validation pass, in order.
    pub fn validation(ids: &Ids, recipe: &Recipe) -> Self {
        let cut = match recipe.name {
            RecipeName::Notebook => {
                Cut::Windows { order: (0..windows(ids.len()) as u32).collect(), batch: MAX_VALIDATION_ROWS }
            }
            RecipeName::Sequence => {
                // No short streams: each begins without context, and some models take thousands of characters to come
                // to their own.
                let rows = MAX_VALIDATION_ROWS.min(ids.len() / MIN_VALIDATION_LENGTH).max(1);
                Cut::streams(ids.len() - 1, rows, recipe.time, 0)
            }
        };
        Self { ids: ids.clone(), cut }
    }

    /// Windows in the text's order: what a parity check feeds to two programs.
    pub fn in_order(ids: &Ids, batch: usize) -> Self {
        let order = (0..windows(ids.len()) as u32).collect();
        Self { ids: ids.clone(), cut: Cut::Windows { order, batch } }
    }

    /// Number of steps.
    pub fn steps(&self) -> usize {
        match &self.cut {
            Cut::Windows { order, batch } => order.len().div_ceil(*batch),
            Cut::Streams { length, time, .. } => length.div_ceil(*time),
        }
    }

    /// The batch of a step; its last one may be smaller.
    pub fn batch(&self, step: usize) -> Batch {
        match &self.cut {
            Cut::Windows { order, batch } => {
                let rows = &order[step * batch..order.len().min((step + 1) * batch)];
                let at = |row: &u32, time: usize| self.ids.at(*row as usize * WINDOW_STEP + time) as i32;
                Batch {
                    inputs: (0..WINDOW).flat_map(|t| rows.iter().map(move |r| at(r, t))).collect(),
                    targets: rows.iter().map(|row| at(row, WINDOW)).collect(),
                    rows: rows.len(),
                    time: WINDOW,
                }
            }
            &Cut::Streams { rows, length, time, offset } => {
                let start = step * time;
                let time = time.min(length - start);
                let at = |shift: usize| {
                    (start..start + time)
                        .flat_map(|t| (0..rows).map(move |row| (row, t)))
                        .map(|(row, t)| offset + row * length + t + shift)
                        .map(|place| self.ids.at(place % self.ids.len()) as i32)
                        .collect()
                };
                Batch { inputs: at(0), targets: at(1), rows, time }
            }
        }
    }
}

impl Cut {
    fn streams(characters: usize, rows: usize, time: usize, offset: usize) -> Self {
        let rows = rows.min(characters).max(1);
        Self::Streams { rows, length: characters / rows, time, offset }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(count: u16) -> Ids {
        (0..count).collect()
    }

    #[test]
    fn windows_are_the_notebooks() {
        let recipe = Recipe { batch: 4, ..Recipe::new(RecipeName::Notebook) };
        let ids = ids(100);
        let validation = Epoch::in_order(&ids, 4);
        assert_eq!(validation.steps(), 4);
        let batch = validation.batch(1);
        assert_eq!((batch.rows, batch.time), (4, 20));
        assert_eq!(batch.inputs[..5], [20, 25, 30, 35, 21]);
        assert_eq!(batch.targets, [40, 45, 50, 55]);
        let mut seen: Vec<i32> = Vec::new();
        let training = Epoch::training(&ids, &recipe, 0);
        for step in 0..training.steps() {
            seen.extend(training.batch(step).targets);
        }
        assert_ne!(seen[..4], [20, 25, 30, 35]);
        seen.sort_unstable();
        assert_eq!(seen, (0..16).map(|w| w * 5 + 20).collect::<Vec<i32>>());
    }

    #[test]
    fn streams_carry_on_and_cover_the_text() {
        let recipe = Recipe { batch: 3, time: 7, ..Recipe::new(RecipeName::Sequence) };
        let ids = ids(100);
        let epoch = Epoch::training(&ids, &recipe, 2);
        let mut seen = Vec::new();
        let mut last: Option<Vec<i32>> = None;
        for step in 0..epoch.steps() {
            let batch = epoch.batch(step);
            assert_eq!(batch.inputs.len(), batch.rows * batch.time);
            for (input, target) in batch.inputs.iter().zip(&batch.targets) {
                assert_eq!((input + 1) % 100, *target);
            }
            if let Some(last) = last {
                assert_eq!(last, batch.inputs[..3], "the next segment begins where the last ended");
            }
            last = Some(batch.targets[batch.targets.len() - 3..].to_vec());
            seen.extend(batch.inputs);
        }
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 99, "three streams of 33");
    }

    #[test]
    fn a_part_has_its_rows_of_every_step() {
        let batch = Batch { inputs: (0..8).collect(), targets: (10..14).collect(), rows: 4, time: 2 };
        let part = Batch { inputs: vec![1, 2, 5, 6], targets: vec![11, 12], rows: 2, time: 2 };
        assert_eq!(batch.part(1..3), part);
        assert_eq!(batch.part(0..4), batch);
    }

    #[test]
    fn an_epoch_depends_on_seed_and_number_alone() {
        let recipe = Recipe::new(RecipeName::Notebook);
        let ids = ids(5000);
        let batch = |epoch| Epoch::training(&ids, &recipe, epoch).batch(1);
        assert_eq!(batch(3), batch(3));
        assert_ne!(batch(3), batch(4));
    }
}
