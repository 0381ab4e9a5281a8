//! The LSTM's loop with the state in workgroup memory: on GPUs.
//!
//! A workgroup owns a few rows of the batch, a thread every `threads`-th unit. What all threads read of the step
//! before lies in workgroup memory. All fits WebGPU's default limits: 256 threads, 16 KB of workgroup memory, 8
//! buffers.

mod backward;
mod forward;
mod memory;

pub(super) use self::{backward::backward_pass, forward::forward_pass, memory::Tile};
