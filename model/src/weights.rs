//! Weights outside any framework: plain numbers in Keras's layout, with what is needed to use them.

mod card;
mod error;
mod file;
mod format;
mod header;
mod int8;
mod json;
mod parameters;

pub use self::{
    card::Card,
    error::WeightsError,
    file::Precision,
    format::{MAX_HIDDEN, MAX_LAYERS},
    parameters::{Dense, Layer, Weights},
};
