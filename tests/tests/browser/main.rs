//! The built site in a real browser, used as a person uses it. `cargo xtask test` builds dist/ and runs these; they are
//! compiled with the feature `browser` alone.

mod accessibility;
mod brought;
mod embed;
mod engines;
mod faults;
mod inside;
mod kept;
mod largest;
mod odds;
mod offline;
mod origin;
mod quiet;
mod reading;
mod save;
mod setting;
mod size;
mod surprise;
mod sweep;
mod update;
mod writing;
mod wrong;
