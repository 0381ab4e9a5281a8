//! libFuzzer drives `fuzz::keras`.

#![no_main]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::keras(bytes));
