//! What must hold for any input; the fuzz targets run the same bodies.

pub(crate) mod kafka_bytes;
