//! Rows of the table of topics.

use wirehub_broker::{
    Retention, TopicRow,
    stored::{DecodeError, Reader, number, span},
};
use wirehub_model::{Epoch, HistoryRules, Offset};

const VERSION: u8 = 1;

/// Bits of the second byte.
const RETAINED: u8 = 1;
const RETAINED_TTL: u8 = 1 << 1;
const KNOWN: u8 = (1 << 2) - 1;

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
    let retention = &row.retention;
    out.push(VERSION);
    let retained = if retention.retained { RETAINED } else { 0 };
    let has_ttl = retention.retained_ttl.map_or(0, |_| RETAINED_TTL);
    out.push(retained | has_ttl);
    for part in [row.id, row.epoch.number(), row.offset.0, stored.era] {
        number(out, part);
    }
    number(out, retention.history.size as u64);
    span(out, retention.history.ttl);
    number(out, retention.history.bytes as u64);
    number(out, retention.keys as u64);
    if let Some(ttl) = retention.retained_ttl {
        span(out, ttl);
    }
    span(out, retention.idempotency_ttl);
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
    if flags & !KNOWN != 0 {
        return Err(DecodeError::Invalid("flags"));
    }
    let (id, epoch) = (reader.number()?, Epoch::new(reader.number()?));
    let (offset, era) = (Offset(reader.number()?), reader.number()?);
    let history = HistoryRules {
        size: reader.size()?,
        ttl: reader.span()?,
        bytes: reader.size()?,
    };
    let keys = reader.size()?;
    let has_ttl = flags & RETAINED_TTL != 0;
    let retained_ttl = has_ttl.then(|| reader.span()).transpose()?;
    let retention = Retention {
        history,
        retained: flags & RETAINED != 0,
        keys,
        retained_ttl,
        idempotency_ttl: reader.span()?,
    };
    reader.end()?;
    let row = TopicRow {
        id,
        epoch,
        offset,
        retention,
    };
    Ok(StoredRow { row, era })
}
