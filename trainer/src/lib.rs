//! The Scriptorium trainer.
//!
//! Data flows corpus → batches → training → weights file; evaluation and sampling read the file back.

mod average;
pub mod batches;
pub mod checkpoint;
pub mod cli;
pub mod convert;
pub mod corpus;
mod device;
mod dropout;
pub mod eval;
pub mod event;
mod files;
pub mod foreign;
pub mod ids;
pub mod init;
pub mod optimizer;
pub mod publish;
pub mod recipe;
pub mod run;
pub mod sample;
pub mod settings;
pub mod show;
pub mod train;
