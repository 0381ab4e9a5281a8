//! Measurements: programs of their own, never timed tests.

use anyhow::Result;

use crate::run::{cargo, step};

/// Runs the benchmarks.
pub(crate) fn bench() -> Result<()> {
    step("measuring training and generation", cargo().args(["bench", "--workspace", "--bench", "speed"]))
}
