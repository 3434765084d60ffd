//! How publications stand where a broker of the outside world keeps them.
//!
//! The encoding is compact and strict: every value has one encoding, the first byte is its version,
//! and bytes that are not exactly one value are an error. Numbers are little-endian groups of seven
//! bits; texts and bytes have their length before them, but a payload, which is last, has none.
//! Brokers write what else they keep out of the same parts.

mod member;
mod publication;
mod reader;
mod retention;
mod writer;

pub use member::{decode_member, encode_member};
pub use publication::{decode_entry, encode_append, encode_entry, payload, user};
pub use reader::Reader;
pub use retention::{RETENTION_FLAGS, decode_retention, encode_retention, retention_flags};
pub use writer::{bytes, number, span};

/// Why bytes are not a value. Reading them is refused as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The bytes end within the value.
    #[error("it ends too early")]
    Short,
    /// There are bytes behind the value.
    #[error("it has {0} bytes too many")]
    Long(usize),
    /// The version is not known.
    #[error("its version {0} is not known to this Wirehub")]
    Version(u8),
    /// This part breaks a rule of the encoding, or of what it encodes.
    #[error("its {0} is not valid")]
    Invalid(&'static str),
}

#[cfg(test)]
mod tests;
