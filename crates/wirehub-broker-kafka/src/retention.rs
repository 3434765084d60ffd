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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use wirehub_model::HistoryRules;

    use super::*;

    /// Logs that are there hold these bytes.
    #[test]
    fn it_is_written_as_ever() {
        let mut retention = Retention {
            history: HistoryRules {
                size: 1_000,
                ttl: Duration::from_secs(300),
                bytes: 1024 * 1024,
            },
            retained: true,
            keys: 5,
            retained_ttl: Some(Duration::new(60, 5)),
            idempotency_ttl: Duration::from_secs(3_600),
        };
        let history = [0xe8, 7, 0xac, 2, 0, 0x80, 0x80, 0x40, 5];
        let whole = [&[7][..], &history, &[60, 5], &[0x90, 28, 0]].concat();
        let mut out = Vec::new();
        write_retention(&retention, true, &mut out);
        assert_eq!(out, whole);
        assert_eq!(
            read_retention(&mut Reader::new(&whole)),
            Ok((retention, true))
        );
        (retention.retained, retention.retained_ttl) = (false, None);
        let less = [&[0][..], &history, &[0x90, 28, 0]].concat();
        out.clear();
        write_retention(&retention, false, &mut out);
        assert_eq!(out, less);
        let unknown = [&[8][..], &history, &[0x90, 28, 0]].concat();
        assert_eq!(
            read_retention(&mut Reader::new(&unknown)),
            Err(DecodeError::Invalid("flags"))
        );
    }
}
