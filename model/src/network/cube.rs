//! The LSTM's loop on a GPU: a pass over a sequence is one dispatch.
//!
//! A workgroup owns a few rows of the batch and runs them through all steps. Rows do not depend on each other, so
//! workgroups never wait for one another. [`workgroup`] has the kernels for GPUs, [`lanes`] those for Vulkan in
//! software.

mod gates;
mod kernels;
mod lanes;
mod launch;
mod matmul;
mod pass;
mod plan;
mod product;
mod table;
pub(super) mod tensors;
#[cfg(test)]
mod tests;
mod workgroup;

pub(super) use self::{gates::Gates, plan::max_iterations};
