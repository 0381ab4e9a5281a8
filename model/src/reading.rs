//! A text as the model reads it, kept for looking at: what it expected, and what its units held.

mod feature;
mod reader;
mod step;

pub use self::{
    feature::{Feature, feature, tracking_unit},
    reader::{Reader, Reading},
    step::{Step, step},
};
