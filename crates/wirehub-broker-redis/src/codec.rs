//! How publications and members stand in the server.
//!
//! The first byte is a version, the second says which parts follow. Numbers are little-endian
//! groups of seven bits; texts and bytes have their length before them, but a payload, which is
//! last, has none. Bytes that are not a value are an error: what stands under our keys may be from
//! anybody.

mod member;
mod reader;
mod record;
mod writer;

pub(crate) use member::{decode_member, encode_member};
pub(crate) use record::{decode_record, encode_append};

/// Why bytes are not a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DecodeError {
    /// The bytes end within the value.
    #[error("it ends too early")]
    Short,
    /// The version is not known.
    #[error("its version {0} is not known to this Wirehub")]
    Version(u8),
    /// This part breaks a rule of the encoding, or of what it encodes.
    #[error("its {0} is not valid")]
    Invalid(&'static str),
}

#[cfg(test)]
mod tests;
