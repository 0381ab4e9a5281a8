//! What the programs of the page share: the document and its words, the settings, and the messages between page and workers.

pub mod dom;
pub mod download;
pub mod embedding;
pub mod fetch;
pub mod fields;
pub mod host;
pub mod link;
pub mod messages;
pub mod names;
pub mod numbers;
pub mod own;
pub mod random;
pub mod recipe;
pub mod settings;
pub mod storage;
pub mod task;
pub mod turn;
mod watched;
mod weights;
pub mod words;
pub mod worker;

pub use weights::read_weights;
