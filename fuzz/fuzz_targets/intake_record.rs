#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| wirehub_fuzz::intake::record(data));
