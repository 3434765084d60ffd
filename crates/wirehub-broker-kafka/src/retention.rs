//! What a topic keeps, as it is written.

use wirehub_broker::{
    Retention,
    stored::{
        DecodeError, RETENTION_FLAGS, Reader, decode_retention, encode_retention, retention_flags,
    },
};

/// A name follows.
const NAME: u8 = RETENTION_FLAGS + 1;

/// Appends what a topic keeps, and whether a name follows.
pub(crate) fn write_retention(retention: &Retention, named: bool, out: &mut Vec<u8>) {
    out.push(retention_flags(retention) | if named { NAME } else { 0 });
    encode_retention(retention, out);
}

/// Reads what a topic keeps, and whether a name follows.
pub(crate) fn read_retention(reader: &mut Reader<'_>) -> Result<(Retention, bool), DecodeError> {
    let flags = reader.byte()?;
    if flags & !(RETENTION_FLAGS | NAME) != 0 {
        return Err(DecodeError::Invalid("flags"));
    }
    Ok((decode_retention(flags, reader)?, flags & NAME != 0))
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
