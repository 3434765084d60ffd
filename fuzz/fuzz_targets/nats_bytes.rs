#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| wirehub_fuzz::nats::nats_bytes(data));
