//! The software Vulkan for the native GPU tests.

use std::path::Path;

use crate::{requirement::Installing, system};

/// Folders in which Vulkan drivers announce themselves.
const DRIVERS: [&str; 2] = ["/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d"];
const PACKAGE: &str = "mesa-vulkan-drivers";

/// Whether there is a Vulkan driver, installed now if need be. If there is none, and none can be had, those tests are skipped.
pub(crate) fn ensure(installing: Installing) -> bool {
    let ensured =
        has_driver() || (installing == Installing::Allowed && system::install(PACKAGE) && has_driver());
    if !ensured {
        println!("  no Vulkan driver: the native GPU tests are skipped (install {PACKAGE})");
    }
    ensured
}

fn has_driver() -> bool {
    DRIVERS
        .iter()
        .filter_map(|folder| Path::new(folder).read_dir().ok())
        .any(|mut drivers| drivers.next().is_some())
}
