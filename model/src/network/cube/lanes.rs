//! The LSTM's loop if the lanes of a plane hand numbers to each other: on Vulkan in software.
//!
//! There arithmetic is nearly free and a load from memory, storage or workgroup, is dear: the driver goes through the
//! lanes one by one. So a workgroup is one plane, which needs no barriers; a lane loads for all others and hands its
//! number on; and a plane owns as many rows as its sums have room for, because every row uses the same weights.
//! Lane `l` owns the units `l`, `l + lanes`, …: what it loads of a row it has written itself.

mod backward;
mod forward;
mod pack;
mod plane;

pub(super) use self::{
    backward::backward_pass,
    forward::{TableLaunch, forward_pass},
    pack::{packed_backward, packed_forward},
    plane::{Four, Tile},
};
