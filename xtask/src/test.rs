//! Every check and test, in the order in which they find mistakes soonest.

use std::time::Instant;

use anyhow::Result;

use crate::{
    axe, browser,
    run::{built, cargo, step},
    site, tools,
};

const WASM: [&str; 4] = ["--target", "wasm32-unknown-unknown", "--profile", "web"];
/// Changes no dependency's features, so that nothing but the tests is compiled anew.
const BROWSER_TESTS: &str = "tests/browser";

/// Runs all of it.
pub(crate) fn test() -> Result<()> {
    let start = Instant::now();
    step("checking the format", cargo().args(["fmt", "--all", "--check"]))?;
    tools::ensure()?;
    let chrome = browser::ensure()?;
    let axe = axe::ensure()?;
    let vulkan = browser::ensure_vulkan();
    if !vulkan {
        println!("  no Vulkan driver: the native GPU tests are skipped (install mesa-vulkan-drivers)");
    }
    step(
        "linting what runs natively (cold about 5 minutes on two cores)",
        cargo()
            .args(["clippy", "--release", "--workspace", "--all-targets", "--features", BROWSER_TESTS])
            .args(["--", "--deny", "warnings"]),
    )?;
    step(
        "linting what runs in the browser (cold about 5 minutes)",
        cargo()
            .args([
                "clippy",
                "--package",
                "model",
                "--package",
                "web",
                "--features",
                "web/engine,web/exchange",
            ])
            .args(WASM)
            .args(["--", "--deny", "warnings"]),
    )?;
    step(
        "building the command line and the native tests (cold about 15 minutes)",
        cargo().args(["build", "--release", "--workspace", "--all-targets"]),
    )?;
    step(
        "testing natively: units, command line, network, parity with Keras",
        cargo()
            .args(["test", "--release", "--workspace"])
            .env("SCRIPTORIUM_GPU_TESTS", if vulkan { "1" } else { "0" }),
    )?;
    step(
        "testing the model crate in the browser",
        cargo()
            .args(["test", "--package", "model", "--lib"])
            .args(WASM)
            .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", built("run-in-browser")?)
            .env("CHROME", &chrome),
    )?;
    site::build()?;
    step(
        "testing the page in the browser, on WebGPU's software adapter",
        cargo()
            .args(["test", "--release", "--workspace", "--features", BROWSER_TESTS, "--test", "browser"])
            .args(["--", "--test-threads", "1"])
            .env("CHROME", &chrome)
            .env("AXE", &axe),
    )?;
    let seconds = start.elapsed().as_secs();
    println!("all checks passed in {}:{:02}", seconds / 60, seconds % 60);
    Ok(())
}
