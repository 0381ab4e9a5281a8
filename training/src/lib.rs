//! A training, one step at a time, native and wasm alike.
