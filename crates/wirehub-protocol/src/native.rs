//! The native protocol: `docs/protocol.md` is its norm.
//!
//! Its two encodings read fields in their own way and hand each value to `field`, so that one rule
//! about topics, times or payloads holds in both and is refused with the same words.

pub(crate) mod field;
pub(crate) mod json;
pub(crate) mod protobuf;
mod topic_offsets;
