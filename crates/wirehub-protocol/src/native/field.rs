//! The rules for the values of fields, and the sentences that refuse them.

use std::time::Duration;

use bytes::Bytes;
use wirehub_model::{
    ConnectionId, ErrorCode, EventName, Key, Offset, Pace, Payload, Position, Refusal,
    SessionToken, Topic, TopicFilter, UserId,
};

/// The largest whole number every JSON implementation keeps exact (RFC 8259 section 6).
pub(super) const NUMBER_MAX: u64 = (1 << 53) - 1;

/// How deep arrays and objects in `data` and `state` may nest. Parsers of clients stop at 64 (.NET)
/// or more, and the state of a member in the answer to `subscribe` has four levels around it.
pub(super) const DEPTH_MAX: usize = 60;

/// The shortest and the longest `ttl` in seconds: a millisecond, a year.
const TTL: std::ops::RangeInclusive<f64> = 0.001..=31_536_000.0;

/// The shortest and the longest `throttle` in seconds: shorter ones spare nobody anything.
const THROTTLE: std::ops::RangeInclusive<f64> = 0.1..=3_600.0;

/// How many levels topics may be told to agree in.
const LEVEL: std::ops::RangeInclusive<u64> = 1..=32;

/// How many publications `history` may ask for.
const HISTORY: std::ops::RangeInclusive<u64> = 1..=1_000;

/// How many members `presence` may ask for.
const MEMBERS: std::ops::RangeInclusive<u64> = 0..=1_000;

/// How many publications or members a question gets that does not say how many.
const LIMIT_DEFAULT: u32 = 100;

/// Refuses a message that is not valid.
pub(crate) fn bad(message: impl Into<std::borrow::Cow<'static, str>>) -> Refusal {
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
pub(crate) fn method(name: &str) -> Result<String, Refusal> {
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

pub(super) fn after_member(id: &str) -> Result<ConnectionId, Refusal> {
    id.parse()
        .map_err(|error| bad(format!("`after` is not valid: {error}")))
}

/// The error never repeats the text, which may be a secret that is a little damaged.
pub(super) fn session(field: &str, token: &str) -> Result<SessionToken, Refusal> {
    token
        .parse()
        .map_err(|error| bad(format!("`{field}` is not valid: {error}")))
}

pub(super) fn key(field: &str, key: &str) -> Result<Key, Refusal> {
    Key::parse(key).map_err(|error| bad(format!("`{field}` is not valid: {error}")))
}

pub(super) fn position(field: &str, epoch: &str, number: u64) -> Result<Position, Refusal> {
    let epoch = epoch
        .parse()
        .map_err(|error| bad(format!("`{field}.epoch` is not valid: {error}")))?;
    if number > NUMBER_MAX {
        return Err(not_whole(&format!("{field}.offset")));
    }
    let offset = Offset(number);
    Ok(Position { epoch, offset })
}

/// A number of something, or an offset.
pub(super) fn whole(field: &str, number: u64) -> Result<u64, Refusal> {
    if number > NUMBER_MAX {
        return Err(not_whole(field));
    }
    Ok(number)
}

fn not_whole(field: &str) -> Refusal {
    bad(format!("`{field}` must be a whole number from 0 to 2^53-1"))
}

pub(super) fn ttl(seconds: f64) -> Result<Duration, Refusal> {
    if !TTL.contains(&seconds) {
        return Err(bad(
            "`ttl` must be a number of seconds from 0.001 to 31536000",
        ));
    }
    Ok(millis(seconds))
}

pub(super) fn pace(throttle: Option<f64>, level: Option<u64>) -> Result<Option<Pace>, Refusal> {
    let Some(seconds) = throttle else {
        return match level {
            Some(_) => Err(bad("`level` needs `throttle`")),
            None => Ok(None),
        };
    };
    if !THROTTLE.contains(&seconds) {
        return Err(bad(
            "`throttle` must be a number of seconds from 0.1 to 3600",
        ));
    }
    let level = level.map(|number| within("level", number, &LEVEL));
    Ok(Some(Pace {
        every: millis(seconds),
        level: level.transpose()?,
    }))
}

/// Times are kept in whole milliseconds. The caller has checked the span, which infinity and NaN
/// are outside of like any other number that is.
fn millis(seconds: f64) -> Duration {
    Duration::from_millis((seconds * 1_000.0).round() as u64)
}

/// How many publications `history` asks for.
pub(super) fn history_limit(number: Option<u64>) -> Result<u32, Refusal> {
    number.map_or(Ok(LIMIT_DEFAULT), |number| {
        within("limit", number, &HISTORY)
    })
}

/// How many members `presence` asks for.
pub(super) fn members_limit(number: Option<u64>) -> Result<u32, Refusal> {
    number.map_or(Ok(LIMIT_DEFAULT), |number| {
        within("limit", number, &MEMBERS)
    })
}

/// A whole number within a span that its kind can hold.
fn within<T: TryFrom<u64>>(
    field: &str,
    number: u64,
    span: &std::ops::RangeInclusive<u64>,
) -> Result<T, Refusal> {
    let known = Some(number).filter(|number| span.contains(number));
    known
        .and_then(|number| T::try_from(number).ok())
        .ok_or_else(|| {
            let (from, to) = (span.start(), span.end());
            bad(format!(
                "`{field}` must be a whole number from {from} to {to}"
            ))
        })
}

/// What a message without `data` and `binary` says.
pub(crate) const fn null() -> Payload {
    Payload::Json(Bytes::from_static(b"null"))
}

/// Takes text that is known to be one JSON value, unless it nests too deep.
pub(crate) fn json(field: &str, value: Bytes) -> Result<Payload, Refusal> {
    if nests_deeper(&value, DEPTH_MAX) {
        return Err(bad(format!(
            "`{field}` must not nest arrays and objects deeper than {DEPTH_MAX} levels"
        )));
    }
    Ok(Payload::Json(value))
}

/// What a client says about itself. `null` says nothing in JSON, so it does in Protobuf.
pub(super) fn state(said: Payload) -> Option<Payload> {
    match &said {
        Payload::Json(text) if text.trim_ascii() == b"null" => None,
        _ => Some(said),
    }
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

    #[test]
    fn takes_a_pace_within_its_bounds() {
        let every = Duration::from_millis;
        let level = |level| {
            Some(Pace {
                every: every(1_500),
                level,
            })
        };
        assert_eq!(pace(Some(1.5), None), Ok(level(None)));
        assert_eq!(pace(Some(1.5), Some(32)), Ok(level(Some(32))));
        for seconds in [0.1, 3_600.0] {
            assert!(pace(Some(seconds), None).is_ok());
        }
        for seconds in [0.0, 0.099, -1.0, f64::NAN, f64::INFINITY, 3_600.1] {
            assert_eq!(
                pace(Some(seconds), None).unwrap_err().code,
                ErrorCode::BadRequest
            );
        }
        for bad in [0, 33, 256 + 1, u64::MAX] {
            assert_eq!(
                pace(Some(1.0), Some(bad)).unwrap_err().code,
                ErrorCode::BadRequest
            );
        }
        assert_eq!(
            pace(None, Some(2)).unwrap_err().message,
            "`level` needs `throttle`"
        );
    }
}
