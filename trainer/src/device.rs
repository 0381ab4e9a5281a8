//! Which device trains.

use anyhow::{Result, anyhow};
use burn::tensor::{Device, wgpu::wgpu};
use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// What `--device` takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeviceChoice {
    /// A hardware GPU where there is one, else the CPU
    #[default]
    Auto,
    /// Any adapter that wgpu reaches, a software one included
    Wgpu,
    /// The CPU
    Cpu,
}

/// The chosen device and its name for people.
pub(crate) fn choose(choice: DeviceChoice) -> Result<(Device, String)> {
    let cpu = || (Device::flex(), "CPU (burn flex)".to_owned());
    match choice {
        DeviceChoice::Cpu => Ok(cpu()),
        DeviceChoice::Auto => Ok(hardware_gpu()
            .map_or_else(cpu, |name| open_wgpu().map_or_else(|_| cpu(), |device| (device, name)))),
        DeviceChoice::Wgpu => {
            let name = adapters().first().map(describe).ok_or_else(|| {
                anyhow!(
                    "--device wgpu found no graphics adapter; install a Vulkan driver (mesa-vulkan-drivers has a software one) or use --device cpu"
                )
            })?;
            let name = hardware_gpu().unwrap_or(name);
            Ok((open_wgpu()?, name))
        }
    }
}

fn open_wgpu() -> Result<Device> {
    Device::wgpu_options().init().map_err(|error| {
        anyhow!("--device wgpu cannot open the graphics adapter ({error}); use --device cpu")
    })
}

fn adapters() -> Vec<wgpu::AdapterInfo> {
    // Only what computes: OpenGL would also look for a display and complain of its absence.
    let mut wanted = wgpu::InstanceDescriptor::new_without_display_handle();
    wanted.backends = wgpu::Backends::PRIMARY;
    let listed = wgpu::Instance::new(wanted).enumerate_adapters(wgpu::Backends::PRIMARY);
    ready(listed).unwrap_or_default().iter().map(|adapter| adapter.get_info()).collect()
}

/// The value of a future that is ready at once: natively, listing adapters always is.
fn ready<T>(future: impl Future<Output = T>) -> Option<T> {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match std::pin::pin!(future).poll(&mut context) {
        std::task::Poll::Ready(value) => Some(value),
        std::task::Poll::Pending => None,
    }
}

fn hardware_gpu() -> Option<String> {
    let is_gpu = |info: &wgpu::AdapterInfo| {
        matches!(info.device_type, wgpu::DeviceType::DiscreteGpu | wgpu::DeviceType::IntegratedGpu)
    };
    adapters().into_iter().find(is_gpu).as_ref().map(describe)
}

fn describe(info: &wgpu::AdapterInfo) -> String {
    format!("{} (wgpu, {:?})", info.name, info.backend)
}
