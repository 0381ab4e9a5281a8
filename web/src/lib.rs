//! What the programs of the page share: the document, its words, and the messages between page and engine.

pub mod dom;
pub mod fields;
pub mod limits;
mod messages;
pub mod order;
pub mod own;
pub mod turn;
mod weights;
pub mod words;
pub mod worker;

pub use messages::{FromEngine, Job, ToEngine};
pub use weights::read_weights;
