//! Rows of the table of topics.

use wirehub_broker::{
    TopicRow,
    stored::{
        DecodeError, RETENTION_FLAGS, Reader, decode_retention, encode_retention, number,
        retention_flags,
    },
};
use wirehub_model::{Epoch, Offset};

const VERSION: u8 = 1;

/// A row with the era in which it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredRow {
    /// The row.
    pub row: TopicRow,
    /// The era of the file.
    pub era: u64,
}

/// Appends a row.
pub fn encode_row(stored: &StoredRow, out: &mut Vec<u8>) {
    let row = &stored.row;
    out.push(VERSION);
    out.push(retention_flags(&row.retention));
    for part in [row.id, row.epoch.number(), row.offset.0, stored.era] {
        number(out, part);
    }
    encode_retention(&row.retention, out);
}

/// Reads a row.
///
/// # Errors
/// When the bytes are not exactly one.
pub fn decode_row(encoded: &[u8]) -> Result<StoredRow, DecodeError> {
    let mut reader = Reader::new(encoded);
    let version = reader.byte()?;
    if version != VERSION {
        return Err(DecodeError::Version(version));
    }
    let flags = reader.byte()?;
    if flags & !RETENTION_FLAGS != 0 {
        return Err(DecodeError::Invalid("flags"));
    }
    let (id, epoch) = (reader.number()?, Epoch::new(reader.number()?));
    let (offset, era) = (Offset(reader.number()?), reader.number()?);
    let retention = decode_retention(flags, &mut reader)?;
    reader.end()?;
    let row = TopicRow {
        id,
        epoch,
        offset,
        retention,
    };
    Ok(StoredRow { row, era })
}
