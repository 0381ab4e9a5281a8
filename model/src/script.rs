//! The structure of a script: who speaks, and what each line is.

mod cast;
mod fountain;
mod lines;

pub use self::{
    cast::{Cast, cast},
    fountain::fountain,
    lines::{LineKind, LineReader, ScriptLine},
};
