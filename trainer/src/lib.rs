//! The Scriptorium trainer.
//!
//! Data flows corpus → batches → training → weights file; evaluation and sampling read the file back.

pub mod batches;
pub mod checkpoint;
pub mod cli;
pub mod convert;
pub mod corpus;
mod device;
mod dropout;
pub mod eval;
mod files;
pub mod init;
pub mod optimizer;
mod progress;
pub mod recipe;
pub mod sample;
pub mod train;
