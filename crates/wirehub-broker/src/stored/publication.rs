//! Publications.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use wirehub_model::{
    ConnectionId, EventName, Key, Message, Payload, Position, Publisher, Tags, Topic, UserId,
};

use super::{DecodeError, Reader, bytes, number, span};
use crate::{Append, Entry, Idempotency, Record};

/// The second version has one more byte of flags, for parts that few publications have: without
/// them the first is written.
const VERSIONS: [u8; 2] = [1, 2];

/// Which parts follow, and two that are answers by themselves.
const JSON: u16 = 1;
const EVENT: u16 = 1 << 1;
const KEY: u16 = 1 << 2;
const FROM: u16 = 1 << 3;
const USER: u16 = 1 << 4;
const EXPIRES: u16 = 1 << 5;
const NAME: u16 = 1 << 6;
/// Its publisher does not receive it.
const NO_ECHO: u16 = 1 << 7;
const INFO: u16 = 1 << 8;
const TAGS: u16 = 1 << 9;
const ALL: u16 = (TAGS << 1) - 1;

/// A publication without its topic and its place, which stand elsewhere.
struct Written<'a> {
    message: &'a Message,
    key: Option<&'a Key>,
    from: Option<&'a Publisher>,
    accepted_at: Duration,
    expires_at: Option<Duration>,
    echo: bool,
    name: Option<&'a (Idempotency, Duration)>,
}

/// Appends a publication that has its place, with its own name.
pub fn encode_entry(entry: &Entry, out: &mut Vec<u8>) {
    let record = &*entry.record;
    let written = Written {
        message: &record.message,
        key: record.key.as_ref(),
        from: record.from.as_ref(),
        accepted_at: record.accepted_at,
        expires_at: record.expires_at,
        echo: record.echo,
        name: entry.name.as_ref(),
    };
    written.encode(out);
}

/// Appends a publication that is to have a place, without its own name.
pub fn encode_append(append: &Append, out: &mut Vec<u8>) {
    let written = Written {
        message: &append.message,
        key: append.key.as_ref(),
        from: append.from.as_ref(),
        accepted_at: append.accepted_at,
        expires_at: append.expires_at,
        echo: append.echo,
        name: None,
    };
    written.encode(out);
}

impl Written<'_> {
    fn encode(&self, out: &mut Vec<u8>) {
        let message = self.message;
        let user = self.from.and_then(|from| from.user.as_ref());
        let info = self.from.and_then(|from| from.info.as_ref());
        let flag = |is_there: bool, flag: u16| if is_there { flag } else { 0 };
        write_flags(
            flag(matches!(message.payload, Payload::Json(_)), JSON)
                | flag(message.event.is_some(), EVENT)
                | flag(self.key.is_some(), KEY)
                | flag(self.from.is_some(), FROM)
                | flag(user.is_some(), USER)
                | flag(self.expires_at.is_some(), EXPIRES)
                | flag(self.name.is_some(), NAME)
                | flag(!self.echo, NO_ECHO)
                | flag(info.is_some(), INFO)
                | flag(!message.tags.is_empty(), TAGS),
            out,
        );
        span(out, self.accepted_at);
        if let Some(end) = self.expires_at {
            span(out, end);
        }
        if let Some(event) = &message.event {
            bytes(out, event.as_str().as_bytes());
        }
        if let Some(key) = self.key {
            bytes(out, key.as_str().as_bytes());
        }
        if let Some(from) = self.from {
            number(out, from.connection.number());
        }
        if let Some(user) = user {
            bytes(out, user.as_str().as_bytes());
        }
        if let Some(info) = info {
            bytes(out, info.as_bytes());
        }
        if !message.tags.is_empty() {
            number(out, message.tags.iter().len() as u64);
            for (name, value) in message.tags.iter() {
                bytes(out, name.as_bytes());
                bytes(out, value.as_bytes());
            }
        }
        if let Some((name, until)) = self.name {
            bytes(out, name.scope.as_bytes());
            bytes(out, name.key.as_str().as_bytes());
            span(out, *until);
        }
        out.extend_from_slice(message.payload.bytes());
    }
}

/// Reads the publication of a topic at a place.
///
/// # Errors
/// When the bytes are not exactly one.
pub fn decode_entry(
    encoded: &[u8],
    topic: &Topic,
    position: Position,
) -> Result<Entry, DecodeError> {
    let mut reader = Reader::new(encoded);
    let flags = read_flags(&mut reader)?;
    let has = |flag| flags & flag != 0;
    if (has(USER) || has(INFO)) && !has(FROM) {
        return Err(DecodeError::Invalid("flags"));
    }
    let accepted_at = reader.span()?;
    let expires_at = has(EXPIRES).then(|| reader.span()).transpose()?;
    let event = has(EVENT).then(|| event(&mut reader)).transpose()?;
    let key_of = |reader: &mut Reader<'_>| {
        Key::parse(reader.text("key")?).map_err(|_| DecodeError::Invalid("key"))
    };
    let key = has(KEY).then(|| key_of(&mut reader)).transpose()?;
    let connection = has(FROM).then(|| reader.number()).transpose()?;
    let user = has(USER).then(|| user(&mut reader)).transpose()?;
    let info = has(INFO).then(|| reader.text("info")).transpose()?;
    let tags = has(TAGS).then(|| tags(&mut reader)).transpose()?;
    let name = if has(NAME) {
        let scope = reader.text("scope")?.into();
        let key = key_of(&mut reader)?;
        Some((Idempotency { scope, key }, reader.span()?))
    } else {
        None
    };
    let payload = payload(reader.rest(), has(JSON))?;
    let record = Record {
        topic: topic.clone(),
        message: Message {
            event,
            payload,
            tags: tags.unwrap_or_default(),
        },
        key,
        position,
        from: connection.map(|number| Publisher {
            user,
            connection: ConnectionId::from_number(number),
            info: info.map(Into::into),
        }),
        accepted_at,
        expires_at,
        echo: !has(NO_ECHO),
    };
    Ok(Entry {
        record: Arc::new(record),
        name,
    })
}

fn write_flags(flags: u16, out: &mut Vec<u8>) {
    let [low, high] = flags.to_le_bytes();
    let [first, second] = VERSIONS;
    if high == 0 {
        out.extend_from_slice(&[first, low]);
    } else {
        out.extend_from_slice(&[second, low, high]);
    }
}

fn read_flags(reader: &mut Reader<'_>) -> Result<u16, DecodeError> {
    let version = reader.byte()?;
    let [first, second] = VERSIONS;
    if version != first && version != second {
        return Err(DecodeError::Version(version));
    }
    let low = reader.byte()?;
    let high = if version == second { reader.byte()? } else { 0 };
    let flags = u16::from_le_bytes([low, high]);
    // There is one way to write each publication.
    let is_known = flags & !ALL == 0 && (version == second) == (high != 0);
    is_known
        .then_some(flags)
        .ok_or(DecodeError::Invalid("flags"))
}

fn tags(reader: &mut Reader<'_>) -> Result<Tags, DecodeError> {
    let wrong = DecodeError::Invalid("tags");
    let count = reader.size()?;
    if count == 0 || count > Tags::COUNT_MAX {
        return Err(wrong);
    }
    let mut pairs = Vec::with_capacity(count);
    for _ in 0..count {
        pairs.push((reader.text("tag")?, reader.text("tag")?));
    }
    let tags = Tags::new(pairs.iter().copied()).map_err(|_| DecodeError::Invalid("tags"))?;
    // In the order of their names, each once: as they are written.
    let is_same = tags.iter().eq(pairs);
    is_same.then_some(tags).ok_or(wrong)
}

fn event(reader: &mut Reader<'_>) -> Result<EventName, DecodeError> {
    EventName::parse(reader.text("event")?).ok_or(DecodeError::Invalid("event"))
}

/// A user with its length.
///
/// # Errors
/// When it is none.
pub fn user(reader: &mut Reader<'_>) -> Result<UserId, DecodeError> {
    UserId::parse(reader.text("user")?).map_err(|_| DecodeError::Invalid("user"))
}

/// The payload that these bytes are.
///
/// # Errors
/// When it is to be JSON and is no text.
pub fn payload(rest: &[u8], is_json: bool) -> Result<Payload, DecodeError> {
    let bytes = Bytes::copy_from_slice(rest);
    if !is_json {
        return Ok(Payload::Binary(bytes));
    }
    // Whoever published it has checked that it is JSON; here it is made sure that it is a text.
    match std::str::from_utf8(rest) {
        Ok(_) => Ok(Payload::Json(bytes)),
        Err(_) => Err(DecodeError::Invalid("payload")),
    }
}
