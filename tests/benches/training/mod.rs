//! The pieces of the training bench: what is measured, in processes of their own, and the table of it.

pub(crate) mod child;
pub(crate) mod contender;
pub(crate) mod peers;
pub(crate) mod table;
pub(crate) mod text;
pub(crate) mod work;
