//! The built site in a real browser, used as a person uses it. `cargo xtask test` builds dist/ and runs these; they are
//! compiled with the feature `browser` alone.

mod accessibility;
mod beside;
mod embed;
mod engines;
mod faults;
mod headers;
mod inside;
mod largest;
mod layout;
mod learner;
mod learner_gpu;
mod leaving;
mod mistakes;
mod odds;
mod offline;
mod origin;
mod own_kept;
mod own_models;
mod quiet;
mod reading;
mod service_worker;
mod sharing;
mod size;
mod storage;
mod surprise;
mod sweep;
mod training;
mod update;
mod versions;
mod writing;
