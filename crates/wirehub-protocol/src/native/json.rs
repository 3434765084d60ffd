//! The native protocol as JSON text (RFC 8259): one object a message.

mod decode;
mod encode;
mod object;
mod topics;
mod writer;

pub(crate) use decode::decode;
pub(crate) use encode::encode;
