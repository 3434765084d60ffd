//! A part of a checkpoint, as a record.

use bytes::Bytes;
use wirehub_broker::stored::{DecodeError, Reader, number};

const VERSION: u8 = 1;

/// A part of a checkpoint, which may be larger than a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// The checkpoint, by a number that no other one has.
    pub checkpoint: u64,
    /// Which part it is; the first is zero.
    pub index: u64,
    /// Whether no other follows.
    pub is_last: bool,
    /// The bytes.
    pub bytes: Bytes,
}

impl Chunk {
    /// As it is written.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = vec![VERSION, u8::from(self.is_last)];
        number(&mut out, self.checkpoint);
        number(&mut out, self.index);
        out.extend_from_slice(&self.bytes);
        out
    }

    /// Reads one.
    ///
    /// # Errors
    /// When it is none.
    pub fn decode(encoded: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(encoded);
        match reader.byte()? {
            VERSION => {}
            version => return Err(DecodeError::Version(version)),
        }
        let is_last = match reader.byte()? {
            0 => false,
            1 => true,
            _ => return Err(DecodeError::Invalid("flags")),
        };
        Ok(Self {
            is_last,
            checkpoint: reader.number()?,
            index: reader.number()?,
            bytes: Bytes::copy_from_slice(reader.rest()),
        })
    }
}
