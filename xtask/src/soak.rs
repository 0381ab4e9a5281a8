//! What may befall the program and the page, for as long as one likes: the programs in `tests/benches/soak`.

use std::ffi::OsString;

use anyhow::Result;

use crate::{
    browser::Browser,
    requirement::{Installing, ensure},
    run::{cargo, step},
    site,
};

/// What is tried without the page.
const WITHOUT_PAGE: &str = "kills";

/// Builds what is needed and runs `cargo bench --bench soak` with these arguments.
pub(crate) fn soak(arguments: &[OsString], installing: Installing) -> Result<()> {
    let mut soak = cargo();
    // With all packages, as everything native is built: other features would build burn once more.
    soak.args(["bench", "--workspace", "--bench", "soak", "--"]).args(arguments);
    if arguments.first().is_some_and(|subject| subject == WITHOUT_PAGE) {
        let program = ["build", "--release", "--workspace", "--bin", "scriptorium"];
        step("building the program", cargo().args(program))?;
    } else {
        let [chrome] = ensure([&Browser], installing)?;
        site::build(installing)?;
        soak.env("CHROME", chrome);
    }
    step("trying what may befall it", &mut soak)
}
