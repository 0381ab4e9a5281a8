//! The Scriptorium trainer.
//!
//! Data flows corpus → batches → training → weights file; evaluation and sampling read the file back.

mod average;
pub mod batches;
pub mod checkpoint;
pub mod cli;
pub mod corpus;
mod device;
mod dropout;
pub mod eval;
pub mod event;
mod files;
pub mod ids;
pub mod init;
mod model_list;
pub mod optimizer;
mod printable;
pub mod recipe;
pub mod run;
pub mod sample;
pub mod settings;
pub mod show;
pub mod train;
mod weights;

pub use printable::printable;
