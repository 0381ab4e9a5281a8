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
}

/// Measures one subject, or all; `gpu` trains on wgpu.
pub(crate) fn bench(subject: Option<Subject>, gpu: bool) -> Result<()> {
    let wanted = |name| subject.is_none_or(|subject| subject == name);
    // With all packages, as everything native is built: other features would build burn once more.
    let run = |name: &str| {
        let mut command = cargo();
        command
            .args(["bench", "--workspace", "--bench", name])
            .args(gpu.then_some(["--", "--gpu"]).iter().flatten());
        command
    };
    if wanted(Subject::Train) {
        step("measuring training", &mut run("train"))?;
    }
    if wanted(Subject::Generate) {
        step("measuring generation", &mut run("generate"))?;
    }
    Ok(())
}
