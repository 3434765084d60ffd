#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| wirehub_fuzz::protocol::centrifuge_json(data));
