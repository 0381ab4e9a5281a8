//! libFuzzer drives `fuzz::folder`.

#![no_main]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::folder(bytes));
