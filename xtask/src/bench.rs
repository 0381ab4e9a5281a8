//! Measurements: programs of their own, never timed tests.

use anyhow::Result;
use clap::ValueEnum;

use crate::{
    browser::Browser,
    peers,
    requirement::{Installing, ensure},
    run::{cargo, step},
    site,
};

/// What can be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Subject {
    /// Training steps
    Train,
    /// Training steps in the page, beside the command line's on one thread
    TrainPage,
    /// Writing
    Generate,
    /// Memory of trainings on small and large texts
    Memory,
}

/// Measures one subject, or all; training also on wgpu with `gpu`, and beside other programs with `peers`.
pub(crate) fn bench(subject: Option<Subject>, gpu: bool, peers: bool, installing: Installing) -> Result<()> {
    let wanted = |name| subject.is_none_or(|subject| subject == name);
    // With all packages, as everything native is built: other features would build burn once more.
    let bench = ["bench", "--workspace", "--bench"];
    if wanted(Subject::Train) {
        let mut train = cargo();
        train.args(bench).args(["train", "--"]).args(gpu.then_some("--gpu"));
        if peers {
            match peers::ensure(&peers::TRAINING, installing) {
                Ok(python) => drop(train.arg("--peers").arg(python)),
                Err(error) if installing == Installing::Forbidden => return Err(error),
                Err(error) => println!("  no peers: {error:#}"),
            }
        }
        step("measuring training", &mut train)?;
    }
    if wanted(Subject::TrainPage) {
        let [chrome] = ensure([&Browser], installing)?;
        site::build(installing)?;
        let mut train = cargo();
        train.args(bench).arg("train-page").env("CHROME", chrome).env("RAYON_NUM_THREADS", "1");
        step("measuring training in the page", &mut train)?;
    }
    if wanted(Subject::Generate) {
        // Also in the browser, on the page as it is shipped.
        let [chrome] = ensure([&Browser], installing)?;
        site::build(installing)?;
        step("measuring generation", cargo().args(bench).arg("generate").env("CHROME", chrome))?;
    }
    if wanted(Subject::Memory) {
        step("measuring memory", cargo().args(bench).arg("memory"))?;
    }
    Ok(())
}
