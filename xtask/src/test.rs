//! Every check and test, in the order in which they find mistakes soonest.

use anyhow::Result;

use crate::{
    browser::Browser,
    npm::AXE,
    paths::built,
    requirement::{Installing, ensure},
    run::{Stopwatch, cargo, step},
    site,
    tools::Tools,
    vulkan,
    wasm_target::WASM_TARGET,
};

const WASM: [&str; 4] = ["--target", WASM_TARGET, "--profile", "web"];
/// What runs in the browser, the training core on both of its devices included.
const WASM_PACKAGES: [&str; 8] = [
    "--package",
    "model",
    "--package",
    "web",
    "--package",
    "training",
    "--features",
    "web/engine,web/exchange,web/learner,web/learner-gpu,training/flex,training/wgpu",
];
/// Changes no dependency's features, so that nothing but the tests is compiled anew.
const BROWSER_TESTS: &str = "tests/browser";

/// Runs all of it.
pub(crate) fn test(installing: Installing) -> Result<()> {
    let took = Stopwatch::start();
    step("checking the format", cargo().args(["fmt", "--all", "--check"]))?;
    let tools = Tools::ensure(installing)?;
    let [chrome, axe] = ensure([&Browser, &AXE], installing)?;
    let has_vulkan = vulkan::ensure(installing);
    step(
        "linting what runs natively (cold about 5 minutes on two cores)",
        cargo()
            .args(["clippy", "--release", "--workspace", "--all-targets", "--features", BROWSER_TESTS])
            .args(["--", "--deny", "warnings"]),
    )?;
    step(
        "linting what runs in the browser (cold about 5 minutes)",
        cargo().arg("clippy").args(WASM_PACKAGES).args(WASM).args(["--", "--deny", "warnings"]),
    )?;
    step(
        "building the command line and the native tests (cold about 15 minutes)",
        cargo().args(["build", "--release", "--workspace", "--all-targets"]),
    )?;
    step(
        "testing natively: units, command line, network, parity with Keras",
        cargo()
            .args(["test", "--release", "--workspace"])
            .env("SCRIPTORIUM_GPU_TESTS", if has_vulkan { "1" } else { "0" }),
    )?;
    step(
        "testing the model crate in the browser",
        cargo()
            .args(["test", "--package", "model", "--lib"])
            .args(WASM)
            .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", built("run-in-browser")?)
            .env("PATH", tools.search_path()?)
            .env("CHROME", &chrome),
    )?;
    site::build(installing)?;
    step(
        "testing the page in the browser, on WebGPU's software adapter",
        cargo()
            .args(["test", "--release", "--workspace", "--features", BROWSER_TESTS, "--test", "browser"])
            .args(["--", "--test-threads", "1"])
            .env("CHROME", &chrome)
            .env("AXE", &axe),
    )?;
    println!("all checks passed in {took}");
    Ok(())
}
