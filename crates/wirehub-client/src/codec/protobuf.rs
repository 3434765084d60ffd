//! The native protocol in Protobuf, translated to and from the form that it has in JSON: the
//! session knows one form.

mod down;
mod up;

pub(crate) use down::decode;
pub(crate) use up::encode;

#[cfg(test)]
mod tests;
