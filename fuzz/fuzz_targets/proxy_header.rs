#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| wirehub_fuzz::transport::proxy_header(data));
