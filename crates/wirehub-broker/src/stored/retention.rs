//! What topics keep.

use wirehub_model::HistoryRules;

use super::{DecodeError, Reader, number, span};
use crate::Retention;

const RETAINED: u8 = 1;
const RETAINED_TTL: u8 = 1 << 1;

/// The flags that say something of what a topic keeps. Whatever it stands in may have others, and
/// says where its flags are.
pub const RETENTION_FLAGS: u8 = RETAINED | RETAINED_TTL;

/// The flags of what a topic keeps.
#[must_use]
pub fn retention_flags(retention: &Retention) -> u8 {
    let flag = |is_there: bool, flag: u8| if is_there { flag } else { 0 };
    flag(retention.retained, RETAINED) | flag(retention.retained_ttl.is_some(), RETAINED_TTL)
}

/// Appends what a topic keeps, without its flags.
pub fn encode_retention(retention: &Retention, out: &mut Vec<u8>) {
    number(out, retention.history.size as u64);
    span(out, retention.history.ttl);
    number(out, retention.history.bytes as u64);
    number(out, retention.keys as u64);
    if let Some(ttl) = retention.retained_ttl {
        span(out, ttl);
    }
    span(out, retention.idempotency_ttl);
}

/// Reads what a topic keeps, which has these flags.
///
/// # Errors
/// When the bytes do not begin with it.
pub fn decode_retention(flags: u8, reader: &mut Reader<'_>) -> Result<Retention, DecodeError> {
    let history = HistoryRules {
        size: reader.size()?,
        ttl: reader.span()?,
        bytes: reader.size()?,
    };
    let keys = reader.size()?;
    let has_ttl = flags & RETAINED_TTL != 0;
    let retained_ttl = has_ttl.then(|| reader.span()).transpose()?;
    Ok(Retention {
        history,
        retained: flags & RETAINED != 0,
        keys,
        retained_ttl,
        idempotency_ttl: reader.span()?,
    })
}
