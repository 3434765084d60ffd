//! What is kept of a topic beside its log: the last publication with each key, and the names of
//! publications.

use std::time::Duration;

use bytes::Bytes;
use wirehub_broker::stored::{DecodeError, Reader, number, span};
use wirehub_model::{Epoch, Offset, Position};

const VERSION: u8 = 1;

/// A publication that stands for a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptValue {
    /// Where it was published.
    pub position: Position,
    /// The publication.
    pub publication: Bytes,
}

/// The name of a publication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeptName {
    /// Where it was published.
    pub position: Position,
    /// Until when it is remembered, since the Unix epoch.
    pub until: Duration,
}

fn begin(position: Position) -> Vec<u8> {
    let mut out = vec![VERSION];
    number(&mut out, position.epoch.number());
    number(&mut out, position.offset.0);
    out
}

fn position(reader: &mut Reader<'_>) -> Result<Position, DecodeError> {
    match reader.byte()? {
        VERSION => {}
        version => return Err(DecodeError::Version(version)),
    }
    Ok(Position {
        epoch: Epoch::new(reader.number()?),
        offset: Offset(reader.number()?),
    })
}

impl KeptValue {
    /// The message.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = begin(self.position);
        out.extend_from_slice(&self.publication);
        out
    }

    /// Reads a message.
    ///
    /// # Errors
    /// When the bytes do not begin like one.
    pub fn decode(encoded: &Bytes) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(encoded);
        Ok(Self {
            position: position(&mut reader)?,
            publication: encoded.slice_ref(reader.rest()),
        })
    }
}

impl KeptName {
    /// The message.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = begin(self.position);
        span(&mut out, self.until);
        out
    }

    /// Reads a message.
    ///
    /// # Errors
    /// When the bytes are not exactly one.
    pub fn decode(encoded: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(encoded);
        let position = position(&mut reader)?;
        let until = reader.span()?;
        reader.end()?;
        Ok(Self { position, until })
    }
}
