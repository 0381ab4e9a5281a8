//! The WebGPU device.

use burn::tensor::Device;

/// Opens the browser's WebGPU device; once, since burn keeps one a page.
pub(crate) async fn open() -> Result<Device, String> {
    Device::wgpu_options()
        .init_async()
        .await
        .map_err(|error| format!("WebGPU could not open a device ({error}); the CPU writes instead"))
}
