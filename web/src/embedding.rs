//! What embedding pages may ask for (docs/embedding.md): commands, origins, colours.
//!
//! Nothing here touches the browser, so that hostile input can be tried natively too.

mod colour;
mod command;
mod origin;
mod train;

pub use colour::{colour, is_light};
pub use command::{Action, Command, Fault, MARK, VERSION};
pub use origin::is_origin;
pub use train::{TrainCommand, TrainFault};
