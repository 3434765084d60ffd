//! The fields of a JSON object, found in one pass and read when they are wanted.

use std::{borrow::Cow, fmt};

use serde::de::{Deserializer as _, IgnoredAny, MapAccess, Visitor};
use serde_json::{Deserializer, value::RawValue};
use wirehub_model::Refusal;

use crate::native::field::{NUMBER_MAX, bad, missing};

/// What `id` and offsets are.
pub(super) const WHOLE_NUMBER: &str = "a whole number from 0 to 2^53-1";

/// A field's value as it stands in the message; `None` when the field is absent.
pub(super) type Value<'a> = Option<&'a RawValue>;

/// The fields the dialect knows, of a message or of an object within one. Others are skipped, so
/// that newer clients can talk to older servers.
#[derive(Default)]
pub(super) struct Object<'a> {
    pub(super) kind: Value<'a>,
    pub(super) id: Value<'a>,
    pub(super) token: Value<'a>,
    pub(super) topic: Value<'a>,
    pub(super) since: Value<'a>,
    pub(super) epoch: Value<'a>,
    pub(super) offset: Value<'a>,
    pub(super) event: Value<'a>,
    pub(super) data: Value<'a>,
    pub(super) binary: Value<'a>,
    pub(super) ttl: Value<'a>,
    pub(super) echo: Value<'a>,
    pub(super) to: Value<'a>,
    pub(super) user: Value<'a>,
    pub(super) connection: Value<'a>,
    pub(super) method: Value<'a>,
    pub(super) limit: Value<'a>,
    pub(super) resume: Value<'a>,
    pub(super) session: Value<'a>,
    pub(super) received: Value<'a>,
    pub(super) topics: Value<'a>,
    pub(super) key: Value<'a>,
    pub(super) idempotency_key: Value<'a>,
    pub(super) presence: Value<'a>,
    pub(super) state: Value<'a>,
    pub(super) state_binary: Value<'a>,
    pub(super) ack: Value<'a>,
    pub(super) throttle: Value<'a>,
    pub(super) level: Value<'a>,
    pub(super) after: Value<'a>,
    pub(super) before: Value<'a>,
    /// A known field that stands there more than once.
    twice: Option<&'static str>,
}

impl<'a> Object<'a> {
    /// Finds the fields of the one JSON object that `text` is.
    pub(super) fn read(text: &'a str) -> Result<Self, serde_json::Error> {
        let mut deserializer = Deserializer::from_str(text);
        let object = deserializer.deserialize_map(ObjectVisitor)?;
        deserializer.end()?;
        Ok(object)
    }

    /// Finds the fields of the object that is the value of `field`.
    pub(super) fn read_value(field: &str, value: &'a RawValue) -> Result<Self, Refusal> {
        let object = Self::read(value.get()).map_err(|_| not_an_object(field, value))?;
        object.check_unique()?;
        Ok(object)
    }

    /// Refuses an object that says something twice: parsers disagree on which one counts.
    pub(super) fn check_unique(&self) -> Result<(), Refusal> {
        match self.twice {
            None => Ok(()),
            Some(name) => Err(bad(format!("`{name}` must not be given twice"))),
        }
    }

    fn slot(&mut self, key: &str) -> Option<(&'static str, &mut Value<'a>)> {
        Some(match key {
            "type" => ("type", &mut self.kind),
            "id" => ("id", &mut self.id),
            "token" => ("token", &mut self.token),
            "topic" => ("topic", &mut self.topic),
            "since" => ("since", &mut self.since),
            "epoch" => ("epoch", &mut self.epoch),
            "offset" => ("offset", &mut self.offset),
            "event" => ("event", &mut self.event),
            "data" => ("data", &mut self.data),
            "binary" => ("binary", &mut self.binary),
            "ttl" => ("ttl", &mut self.ttl),
            "echo" => ("echo", &mut self.echo),
            "to" => ("to", &mut self.to),
            "user" => ("user", &mut self.user),
            "connection" => ("connection", &mut self.connection),
            "method" => ("method", &mut self.method),
            "limit" => ("limit", &mut self.limit),
            "resume" => ("resume", &mut self.resume),
            "session" => ("session", &mut self.session),
            "received" => ("received", &mut self.received),
            "topics" => ("topics", &mut self.topics),
            "key" => ("key", &mut self.key),
            "idempotency_key" => ("idempotency_key", &mut self.idempotency_key),
            "presence" => ("presence", &mut self.presence),
            "state" => ("state", &mut self.state),
            "state_binary" => ("state_binary", &mut self.state_binary),
            "ack" => ("ack", &mut self.ack),
            "throttle" => ("throttle", &mut self.throttle),
            "level" => ("level", &mut self.level),
            "after" => ("after", &mut self.after),
            "before" => ("before", &mut self.before),
            _ => return None,
        })
    }
}

/// The key of a field, borrowed from the message unless it is spelled with escapes.
pub(super) struct Key<'a>(pub(super) Cow<'a, str>);

impl<'de> serde::Deserialize<'de> for Key<'de> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(KeyVisitor)
    }
}

struct KeyVisitor;

impl<'de> Visitor<'de> for KeyVisitor {
    type Value = Key<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_borrowed_str<E>(self, key: &'de str) -> Result<Key<'de>, E> {
        Ok(Key(Cow::Borrowed(key)))
    }

    fn visit_str<E>(self, key: &str) -> Result<Key<'de>, E> {
        Ok(Key(Cow::Owned(key.to_owned())))
    }
}

struct ObjectVisitor;

impl<'de> Visitor<'de> for ObjectVisitor {
    type Value = Object<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<'de>, A::Error> {
        let mut object = Object::default();
        while let Some(Key(key)) = map.next_key()? {
            let Some((name, slot)) = object.slot(&key) else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            if slot.replace(map.next_value()?).is_some() {
                object.twice = Some(name);
            }
        }
        Ok(object)
    }
}

/// The value unless it is `null`, which says the same as no value at all.
pub(super) fn present(value: Value<'_>) -> Value<'_> {
    value.filter(|value| value.get() != "null")
}

/// The text of a string.
pub(super) fn text<'a>(field: &str, value: Value<'a>) -> Result<Option<Cow<'a, str>>, Refusal> {
    let Some(value) = present(value) else {
        return Ok(None);
    };
    let inner = value
        .get()
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .ok_or_else(|| wrong(field, "a string", value))?;
    if !inner.contains('\\') {
        return Ok(Some(Cow::Borrowed(inner)));
    }
    // The only fault left in a string of a valid message is half of a surrogate pair.
    serde_json::from_str(value.get())
        .map(|text| Some(Cow::Owned(text)))
        .map_err(|_| bad(format!("`{field}` holds an escape that is no character")))
}

/// The text of a string that must be there.
pub(super) fn needed_text<'a>(field: &str, value: Value<'a>) -> Result<Cow<'a, str>, Refusal> {
    text(field, value)?.ok_or_else(|| missing(field, "a string"))
}

/// A whole number that is not negative and has neither fraction nor exponent.
pub(super) fn number(field: &str, value: Value<'_>) -> Result<Option<u64>, Refusal> {
    let Some(value) = present(value) else {
        return Ok(None);
    };
    match value.get().parse() {
        Ok(number) if number <= NUMBER_MAX => Ok(Some(number)),
        _ => Err(wrong(field, WHOLE_NUMBER, value)),
    }
}

/// A number of seconds, which may have a fraction; its span is for the caller to check.
pub(super) fn seconds(field: &str, value: Value<'_>) -> Result<Option<f64>, Refusal> {
    let Some(value) = present(value) else {
        return Ok(None);
    };
    let parsed = value.get().parse().ok();
    parsed
        .map(Some)
        .ok_or_else(|| wrong(field, "a number of seconds", value))
}

/// `true` or `false`.
pub(super) fn boolean(field: &str, value: Value<'_>) -> Result<Option<bool>, Refusal> {
    match present(value).map(|value| (value.get(), value)) {
        None => Ok(None),
        Some(("true", _)) => Ok(Some(true)),
        Some(("false", _)) => Ok(Some(false)),
        Some((_, value)) => Err(wrong(field, "true or false", value)),
    }
}

/// Refuses a value that could not be read as an object.
pub(super) fn not_an_object(field: &str, value: &RawValue) -> Refusal {
    if value.get().starts_with('{') {
        // The only fault left in an object of a valid message is half of a surrogate pair in a key.
        return bad(format!("`{field}` holds an escape that is no character"));
    }
    wrong(field, "an object", value)
}

/// Refuses a value of the wrong kind, without repeating it.
fn wrong(field: &str, expected: &str, value: &RawValue) -> Refusal {
    let kind = match value.get().as_bytes().first() {
        Some(b'"') => "a string",
        Some(b'{') => "an object",
        Some(b'[') => "an array",
        Some(b't' | b'f') => "a boolean",
        _ if expected == WHOLE_NUMBER => "another number",
        _ => "a number",
    };
    bad(format!("`{field}` must be {expected}, not {kind}"))
}
