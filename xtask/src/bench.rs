//! Measurements: programs of their own, never timed tests.

use anyhow::Result;
use clap::ValueEnum;

use crate::{
    browser, peers,
    run::{cargo, step},
    site,
};

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

/// Measures one subject, or all; training also on wgpu with `gpu`, and beside other programs with `peers`.
pub(crate) fn bench(subject: Option<Subject>, gpu: bool, peers: bool) -> Result<()> {
    let wanted = |name| subject.is_none_or(|subject| subject == name);
    // With all packages, as everything native is built: other features would build burn once more.
    let bench = ["bench", "--workspace", "--bench"];
    if wanted(Subject::Train) {
        let mut train = cargo();
        train.args(bench).args(["train", "--"]).args(gpu.then_some("--gpu"));
        if peers {
            match peers::ensure(&peers::TRAINING) {
                Ok(python) => drop(train.arg("--peers").arg(python)),
                Err(error) => println!("  no peers: {error:#}"),
            }
        }
        step("measuring training", &mut train)?;
    }
    if wanted(Subject::Generate) {
        // Also in the browser, on the page as it is shipped.
        site::build()?;
        let chrome = browser::ensure()?;
        step("measuring generation", cargo().args(bench).arg("generate").env("CHROME", chrome))?;
    }
    if wanted(Subject::Memory) {
        step("measuring memory", cargo().args(bench).arg("memory"))?;
    }
    Ok(())
}
