//! Writing on a GPU: a block of characters in one dispatch, as an operation of burn.

mod dimensions;
mod draw;
mod kernel;
mod ops;
mod pack;
mod plan;

pub(super) use self::{
    dimensions::Dimensions,
    ops::{Block, BlockTensors, WriteOps},
    pack::pack,
    plan::{Draws, MAX_ROWS, NOTHING, row_settings},
};
