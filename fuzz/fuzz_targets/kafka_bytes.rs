#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| wirehub_fuzz::kafka::kafka_bytes(data));
