//! libFuzzer drives `fuzz::corpus`.

#![no_main]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::corpus(bytes));
