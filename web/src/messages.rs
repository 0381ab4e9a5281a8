//! The messages between the page and its workers, in both directions. Numbers that are many lie in typed arrays.

mod engine;
mod exchange;
pub mod learner;
mod numbers;

pub use engine::{Engine, FromEngine, Job, Row, SweepWorker, ToEngine};
pub use exchange::{Exporter, File, Files, FromExporter, FromImporter, Importer, ToExporter};
pub use numbers::Ids;
