//! Where this program trains: the CPU, by burn on Flex.

use burn::tensor::Device;

/// For people.
pub(crate) const NAME: &str = "CPU";
/// Most workers that divide a batch among them.
pub(crate) const MAX_WORKERS: usize = usize::MAX;

/// The device. It is always there.
pub(crate) async fn open() -> Result<Device, String> {
    Ok(Device::flex())
}
