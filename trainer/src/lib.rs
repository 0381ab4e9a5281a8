//! The Scriptorium trainer: the command line, corpora on disk and runs in their folders.
//!
//! Data flows corpus → training → weights file; evaluation and sampling read the file back. The training itself is the
//! crate `training`.

pub mod checkpoint;
pub mod cli;
pub mod corpus;
mod device;
pub mod eval;
mod files;
mod model_list;
mod printable;
pub mod run;
pub mod sample;
pub mod settings;
pub mod show;
mod weights;

pub use printable::printable;
