//! Where this program trains: the browser's WebGPU device.

use burn::tensor::Device;

/// For people.
pub(crate) const NAME: &str = "WebGPU";
/// Most workers that divide a batch among them: a device is not faster for being asked by several.
pub(crate) const MAX_WORKERS: usize = 1;

/// The device, opened once, since burn keeps one a program; of several adapters the one that the engine has.
///
/// # Errors
/// Why there is none, as a sentence.
pub(crate) async fn open() -> Result<Device, String> {
    thread_local! {
        static OPENED: std::cell::RefCell<Option<Device>> = const { std::cell::RefCell::new(None) };
    }
    if let Some(device) = OPENED.with_borrow(Clone::clone) {
        return Ok(device);
    }
    let device = Device::wgpu_options().init_async().await.map_err(|error| {
        format!("WebGPU could not open a device ({error}); choose the CPU, which is always there.")
    })?;
    OPENED.set(Some(device.clone()));
    Ok(device)
}
