//! The network on burn: the same weights as the CPU generator, trainable, on any device burn reaches.

#[cfg(feature = "autodiff")]
mod adam;
#[cfg(feature = "wgpu")]
mod block;
mod char_lstm;
#[cfg(feature = "wgpu")]
mod cube;
#[cfg(feature = "flex")]
mod flex;
#[cfg(feature = "wgpu")]
mod generate;
mod lstm;
mod matmul;
#[cfg_attr(not(feature = "autodiff"), expect(dead_code, reason = "the backward pass is autodiff's to call"))]
mod ops;

#[cfg(feature = "autodiff")]
pub use adam::AdamStep;
#[cfg(feature = "wgpu")]
pub use block::{BlockError, BlockGenerator};
pub use char_lstm::{CharLstm, Masks};
pub use lstm::{LstmLayer, LstmState, lstm_sequence};
