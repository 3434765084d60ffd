//! The native protocol as Protobuf: `proto/wirehub/v1/wirehub.proto` is its norm.

mod decode;
mod encode;

pub(crate) use decode::decode;
pub(crate) use encode::encode;
