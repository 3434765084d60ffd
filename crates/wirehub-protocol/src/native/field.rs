//! The rules for the values of fields, and the sentences that refuse them.

use std::time::Duration;

use bytes::Bytes;
use wirehub_model::{
    ConnectionId, ErrorCode, EventName, Offset, Payload, Position, Refusal, Topic, TopicFilter,
    UserId,
};

/// The largest whole number every JSON implementation keeps exact (RFC 8259 section 6).
pub(super) const NUMBER_MAX: u64 = (1 << 53) - 1;

/// How deep arrays and objects in `data` may nest. Parsers of clients stop at 64 (.NET) or more,
/// and the message around `data` takes a level of its own.
pub(super) const DEPTH_MAX: usize = 60;

/// The shortest and the longest `ttl` in seconds: a millisecond, a year.
const TTL: std::ops::RangeInclusive<f64> = 0.001..=31_536_000.0;

/// How many publications `history` may ask for.
const HISTORY: std::ops::RangeInclusive<u64> = 1..=1_000;

/// How many publications `history` gets when it does not say.
pub(super) const HISTORY_DEFAULT: u64 = 100;

/// Refuses a message that is not valid.
pub(super) fn bad(message: impl Into<std::borrow::Cow<'static, str>>) -> Refusal {
    Refusal::new(ErrorCode::BadRequest, message)
}

/// Refuses a message that lacks a field.
pub(super) fn missing(field: &str, expected: &str) -> Refusal {
    bad(format!("`{field}` is missing; it must be {expected}"))
}

pub(super) fn id(number: u64) -> Result<u64, Refusal> {
    if number > NUMBER_MAX {
        return Err(bad("`id` must be a whole number from 0 to 2^53-1"));
    }
    Ok(number)
}

pub(super) fn topic(name: &str) -> Result<Topic, Refusal> {
    Topic::parse(name).map_err(|error| bad(format!("`topic` is not valid: {error}")))
}

pub(super) fn filter(filter: &str) -> Result<TopicFilter, Refusal> {
    TopicFilter::parse(filter).map_err(|error| bad(format!("`topic` is not valid: {error}")))
}

pub(super) fn event(name: &str) -> Result<EventName, Refusal> {
    EventName::parse(name)
        .ok_or_else(|| bad("`event` must have 1 to 255 bytes and no control character"))
}

/// Methods keep to the rule for event names.
pub(super) fn method(name: &str) -> Result<String, Refusal> {
    EventName::parse(name)
        .map(|name| name.as_str().to_owned())
        .ok_or_else(|| bad("`method` must have 1 to 255 bytes and no control character"))
}

pub(super) fn user(id: &str) -> Result<UserId, Refusal> {
    UserId::parse(id).map_err(|error| bad(format!("`to.user` is not valid: {error}")))
}

pub(super) fn connection(id: &str) -> Result<ConnectionId, Refusal> {
    id.parse()
        .map_err(|error| bad(format!("`to.connection` is not valid: {error}")))
}

pub(super) fn since(epoch: &str, offset: u64) -> Result<Position, Refusal> {
    let epoch = epoch
        .parse()
        .map_err(|error| bad(format!("`since.epoch` is not valid: {error}")))?;
    if offset > NUMBER_MAX {
        return Err(bad(
            "`since.offset` must be a whole number from 0 to 2^53-1",
        ));
    }
    let offset = Offset(offset);
    Ok(Position { epoch, offset })
}

/// Times are kept in whole milliseconds. Infinity and NaN are outside the span like any other
/// number that is.
pub(super) fn ttl(seconds: f64) -> Result<Duration, Refusal> {
    if !TTL.contains(&seconds) {
        return Err(bad(
            "`ttl` must be a number of seconds from 0.001 to 31536000",
        ));
    }
    Ok(Duration::from_millis((seconds * 1_000.0).round() as u64))
}

pub(super) fn limit(number: u64) -> Result<u32, Refusal> {
    u32::try_from(number)
        .ok()
        .filter(|_| HISTORY.contains(&number))
        .ok_or_else(|| bad("`limit` must be a whole number from 1 to 1000"))
}

/// What a message without `data` and `binary` says.
pub(super) const fn null() -> Payload {
    Payload::Json(Bytes::from_static(b"null"))
}

/// Takes text that is known to be one JSON value, unless it nests too deep.
pub(super) fn json(value: Bytes) -> Result<Payload, Refusal> {
    if nests_deeper(&value, DEPTH_MAX) {
        return Err(bad(format!(
            "`data` must not nest arrays and objects deeper than {DEPTH_MAX} levels"
        )));
    }
    Ok(Payload::Json(value))
}

/// Whether arrays and objects nest deeper than `max` levels in a JSON value.
fn nests_deeper(value: &[u8], max: usize) -> bool {
    let openings = value.iter().filter(|byte| matches!(byte, b'[' | b'{'));
    if openings.count() <= max {
        // The usual case, in one pass that compilers vectorise.
        return false;
    }
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in value {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = in_string,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'[' | b'{' => {
                depth += 1;
                if depth > max {
                    return true;
                }
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measures_depth_outside_strings() {
        let nested = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
        assert!(!nests_deeper(nested(60).as_bytes(), 60));
        assert!(nests_deeper(nested(61).as_bytes(), 60));
        let wide = format!("[{}]", vec!["[]"; 100].join(","));
        assert!(!nests_deeper(wide.as_bytes(), 2));
        let text = r#"["[[[\"[[[", "\\", [1]]"#;
        assert!(!nests_deeper(text.as_bytes(), 2));
        assert!(nests_deeper(text.as_bytes(), 1));
    }

    #[test]
    fn takes_times_within_a_year() {
        assert_eq!(ttl(0.001), Ok(Duration::from_millis(1)));
        assert_eq!(ttl(9_120_356.947), Ok(Duration::from_millis(9_120_356_947)));
        assert_eq!(ttl(31_536_000.0), Ok(Duration::from_secs(31_536_000)));
        for seconds in [0.0, -1.0, f64::NAN, f64::INFINITY, 31_536_000.1, 1e300] {
            assert_eq!(ttl(seconds).unwrap_err().code, ErrorCode::BadRequest);
        }
    }
}
