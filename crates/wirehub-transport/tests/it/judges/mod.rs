//! What must hold for any input. Each judge takes plain bytes, so the fuzz targets in `fuzz/` and
//! the property tests here run the same bodies.

pub(crate) mod proxy_header;
