//! The monkey's random numbers.

use model::uniform;

/// A stream of them: of one round under a seed.
pub(crate) struct Random {
    seed: u32,
    round: u32,
    step: u32,
}

impl Random {
    /// The stream of a round.
    pub(crate) fn new(seed: u32, round: u32) -> Self {
        Self { seed, round, step: 0 }
    }

    /// A number below another.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.step += 1;
        (uniform(self.seed, self.round, self.step) * limit as f32) as usize
    }

    /// One of several.
    pub(crate) fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())].clone()
    }
}
