//! Which rows of a batch a replica computes.

use std::ops::Range;

/// The rows of every batch that one of several replicas of a training computes. All replicas have all weights; what they
/// exchange are gradients, so that each takes the very same step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    index: usize,
    count: usize,
}

impl Share {
    /// All rows: a training without other replicas.
    pub const ALL: Self = Self { index: 0, count: 1 };

    /// The share of replica `index` of `count`; `None` if there is no such replica.
    pub fn new(index: usize, count: usize) -> Option<Self> {
        (index < count).then_some(Self { index, count })
    }

    /// Its rows of so many; none, if there are fewer rows than replicas.
    pub(crate) fn rows(self, rows: usize) -> Range<usize> {
        let start = |index: usize| rows * index / self.count;
        start(self.index)..start(self.index + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_in_one_share() {
        for (rows, count) in [(128, 2), (16, 3), (5, 8), (0, 2)] {
            let shares = (0..count).filter_map(|index| Share::new(index, count));
            let all: Vec<usize> = shares.flat_map(|share| share.rows(rows)).collect();
            assert_eq!(all, (0..rows).collect::<Vec<_>>(), "{rows} rows in {count} shares");
        }
        assert_eq!(Share::new(2, 2), None);
        assert_eq!(Share::ALL.rows(7), 0..7);
    }
}
