//! What must hold for any input. Each judge takes plain bytes, so the fuzz targets in `fuzz/`
//! and the property tests here run the same bodies.

pub(crate) mod decode;
pub(crate) mod inflate;
pub(crate) mod negotiate;
mod oracle;
pub(crate) mod roundtrip;
mod source;
