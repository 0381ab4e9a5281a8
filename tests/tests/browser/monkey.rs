//! A monkey at the page, for a short time: `cargo xtask soak monkey` lets it there for as long as one likes, in Firefox too.

use std::time::Duration;

use tests::{
    Result, Webgpu,
    monkey::{Kind, let_loose},
};

/// For each engine.
const HOW_LONG: Duration = Duration::from_secs(25);

#[test]
fn a_monkey_finds_nothing() -> Result {
    for webgpu in [Webgpu::Missing, Webgpu::Software] {
        let report = let_loose(Kind::Chromium(webgpu), 7, HOW_LONG, |find| println!("{find}"))?;
        println!("{webgpu:?}: {report}");
        assert!(report.finds.is_empty(), "{webgpu:?}: {:#?}", report.finds);
    }
    Ok(())
}
