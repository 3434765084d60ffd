//! What a topic keeps, as it is written.

use std::time::Duration;

use wirehub_broker::{
    Retention,
    stored::{DecodeError, Reader, number, span},
};
use wirehub_model::HistoryRules;

const RETAINED: u64 = 1;
const RETAINED_TTL: u64 = 1 << 1;
const NAME: u64 = 1 << 2;

/// Appends what a topic keeps, and whether a name follows.
pub(crate) fn write_retention(retention: &Retention, named: bool, out: &mut Vec<u8>) {
    let flag = |is_there: bool, flag: u64| if is_there { flag } else { 0 };
    number(
        out,
        flag(retention.retained, RETAINED)
            | flag(retention.retained_ttl.is_some(), RETAINED_TTL)
            | flag(named, NAME),
    );
    number(out, retention.history.size as u64);
    span(out, retention.history.ttl);
    number(out, retention.history.bytes as u64);
    number(out, retention.keys as u64);
    if let Some(ttl) = retention.retained_ttl {
        span(out, ttl);
    }
    span(out, retention.idempotency_ttl);
}

/// Reads what a topic keeps, and whether a name follows.
pub(crate) fn read_retention(reader: &mut Reader<'_>) -> Result<(Retention, bool), DecodeError> {
    let flags = reader.number()?;
    if flags & !(RETAINED | RETAINED_TTL | NAME) != 0 {
        return Err(DecodeError::Invalid("flags"));
    }
    let has = |flag| flags & flag != 0;
    let size = reader.size()?;
    let ttl: Duration = reader.span()?;
    let history = HistoryRules {
        size,
        ttl,
        bytes: reader.size()?,
    };
    let keys = reader.size()?;
    let retained_ttl = has(RETAINED_TTL).then(|| reader.span()).transpose()?;
    let retention = Retention {
        history,
        retained: has(RETAINED),
        keys,
        retained_ttl,
        idempotency_ttl: reader.span()?,
    };
    Ok((retention, has(NAME)))
}
