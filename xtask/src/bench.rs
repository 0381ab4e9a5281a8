//! Measurements: programs of their own, never timed tests.

use anyhow::Result;
use clap::ValueEnum;

use crate::run::{cargo, step};

/// What can be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Subject {
    /// Training steps
    Train,
    /// Writing
    Generate,
    /// Memory of trainings on small and large texts
    Memory,
}

/// Measures one subject, or all; `gpu` trains on wgpu.
pub(crate) fn bench(subject: Option<Subject>, gpu: bool) -> Result<()> {
    let wanted = |name| subject.is_none_or(|subject| subject == name);
    // With all packages, as everything native is built: other features would build burn once more.
    let bench = ["bench", "--workspace", "--bench"];
    if wanted(Subject::Train) {
        let gpu = gpu.then_some(["--", "--gpu"]);
        step("measuring training", cargo().args(bench).arg("train").args(gpu.iter().flatten()))?;
    }
    if wanted(Subject::Generate) {
        step("measuring generation", cargo().args(bench).arg("generate"))?;
    }
    if wanted(Subject::Memory) {
        step("measuring memory", cargo().args(bench).arg("memory"))?;
    }
    Ok(())
}
