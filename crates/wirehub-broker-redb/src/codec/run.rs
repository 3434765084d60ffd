//! Publications of one topic that follow each other.

use wirehub_broker::{
    Entry,
    stored::{DecodeError, Reader, decode_entry, encode_entry, number},
};
use wirehub_model::{Offset, Position, Topic};

const VERSION: u8 = 1;

/// Appends the beginning of a run; its publications follow.
pub fn begin_run(out: &mut Vec<u8>) {
    out.push(VERSION);
}

/// Appends the next publication of a run, with its length before it; `room` is used on the way.
pub fn encode_next(entry: &Entry, room: &mut Vec<u8>, out: &mut Vec<u8>) {
    room.clear();
    encode_entry(entry, room);
    number(out, room.len() as u64);
    out.extend_from_slice(room);
}

/// Reads the run of a topic that begins at a place. It has at least one publication.
///
/// # Errors
/// When the bytes are not exactly one.
pub fn decode_run(
    encoded: &[u8],
    topic: &Topic,
    first: Position,
) -> Result<Vec<Entry>, DecodeError> {
    let mut entries = Vec::new();
    for (place, bytes) in (0..).zip(publications(encoded)?) {
        let offset = first.offset.0.checked_add(place);
        let position = Position {
            offset: Offset(offset.ok_or(DecodeError::Invalid("place"))?),
            ..first
        };
        entries.push(decode_entry(bytes?, topic, position)?);
    }
    if entries.is_empty() {
        return Err(DecodeError::Short);
    }
    Ok(entries)
}

/// How many publications a run has.
///
/// # Errors
/// When that cannot be read.
pub(crate) fn count_run(encoded: &[u8]) -> Result<u64, DecodeError> {
    publications(encoded)?.try_fold(0, |count, bytes| bytes.map(|_| count + 1))
}

/// The publications of a run, encoded.
fn publications(
    encoded: &[u8],
) -> Result<impl Iterator<Item = Result<&[u8], DecodeError>>, DecodeError> {
    let mut reader = Reader::new(encoded);
    let version = reader.byte()?;
    if version != VERSION {
        return Err(DecodeError::Version(version));
    }
    Ok(std::iter::from_fn(move || {
        (!reader.is_at_end()).then(|| reader.bytes())
    }))
}
