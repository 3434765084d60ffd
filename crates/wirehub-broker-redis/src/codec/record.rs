//! Publications.

use bytes::Bytes;
use wirehub_broker::{Append, Record};
use wirehub_model::{
    ConnectionId, EventName, Key, Message, Payload, Position, Publisher, Tags, Topic, UserId,
};

use super::{
    DecodeError,
    reader::Reader,
    writer::{bytes, number, span},
};

const VERSION: u8 = 1;

/// Which parts follow, and two that are answers by themselves.
const JSON: u64 = 1;
const EVENT: u64 = 1 << 1;
const KEY: u64 = 1 << 2;
const FROM: u64 = 1 << 3;
const USER: u64 = 1 << 4;
const EXPIRES: u64 = 1 << 5;
/// Its publisher does not receive it.
const NO_ECHO: u64 = 1 << 6;
const INFO: u64 = 1 << 7;
const TAGS: u64 = 1 << 8;
const ALL: u64 = (TAGS << 1) - 1;

/// A publication without its topic and its place, which stand elsewhere.
pub(crate) fn encode_append(append: &Append) -> Vec<u8> {
    let message = &append.message;
    let user = append.from.as_ref().and_then(|from| from.user.as_ref());
    let info = append.from.as_ref().and_then(|from| from.info.as_ref());
    let flag = |is_there: bool, flag: u64| if is_there { flag } else { 0 };
    let mut out = Vec::with_capacity(64 + message.payload.bytes().len());
    out.push(VERSION);
    number(
        &mut out,
        flag(matches!(message.payload, Payload::Json(_)), JSON)
            | flag(message.event.is_some(), EVENT)
            | flag(append.key.is_some(), KEY)
            | flag(append.from.is_some(), FROM)
            | flag(user.is_some(), USER)
            | flag(append.expires_at.is_some(), EXPIRES)
            | flag(!append.echo, NO_ECHO)
            | flag(info.is_some(), INFO)
            | flag(!message.tags.is_empty(), TAGS),
    );
    span(&mut out, append.accepted_at);
    if let Some(end) = append.expires_at {
        span(&mut out, end);
    }
    if let Some(event) = &message.event {
        bytes(&mut out, event.as_str().as_bytes());
    }
    if let Some(key) = &append.key {
        bytes(&mut out, key.as_str().as_bytes());
    }
    if let Some(from) = &append.from {
        number(&mut out, from.connection.number());
    }
    if let Some(user) = user {
        bytes(&mut out, user.as_str().as_bytes());
    }
    if let Some(info) = info {
        bytes(&mut out, info.as_bytes());
    }
    if !message.tags.is_empty() {
        number(&mut out, message.tags.iter().len() as u64);
        for (name, value) in message.tags.iter() {
            bytes(&mut out, name.as_bytes());
            bytes(&mut out, value.as_bytes());
        }
    }
    out.extend_from_slice(message.payload.bytes());
    out
}

/// Reads the publication of a topic at a place.
pub(crate) fn decode_record(
    encoded: &[u8],
    topic: &Topic,
    position: Position,
) -> Result<Record, DecodeError> {
    let mut reader = Reader::new(encoded);
    reader.version(VERSION)?;
    let flags = reader.number()?;
    let has = |flag| flags & flag != 0;
    if flags & !ALL != 0 || ((has(USER) || has(INFO)) && !has(FROM)) {
        return Err(DecodeError::Invalid("flags"));
    }
    let accepted_at = reader.span()?;
    let expires_at = has(EXPIRES).then(|| reader.span()).transpose()?;
    let event = has(EVENT).then(|| event(&mut reader)).transpose()?;
    let key = has(KEY).then(|| key(&mut reader)).transpose()?;
    let connection = has(FROM).then(|| reader.number()).transpose()?;
    let user = has(USER).then(|| user(&mut reader)).transpose()?;
    let info = has(INFO).then(|| reader.text("info")).transpose()?;
    let tags = has(TAGS).then(|| tags(&mut reader)).transpose()?;
    Ok(Record {
        topic: topic.clone(),
        message: Message {
            event,
            payload: payload(reader.rest(), has(JSON))?,
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
    })
}

fn tags(reader: &mut Reader<'_>) -> Result<Tags, DecodeError> {
    let wrong = DecodeError::Invalid("tags");
    let count = usize::try_from(reader.number()?).map_err(|_| wrong)?;
    if count == 0 || count > Tags::COUNT_MAX {
        return Err(wrong);
    }
    let mut pairs = Vec::with_capacity(count);
    for _ in 0..count {
        pairs.push((reader.text("tag")?, reader.text("tag")?));
    }
    Tags::new(pairs).map_err(|_| wrong)
}

fn event(reader: &mut Reader<'_>) -> Result<EventName, DecodeError> {
    EventName::parse(reader.text("event")?).ok_or(DecodeError::Invalid("event"))
}

fn key(reader: &mut Reader<'_>) -> Result<Key, DecodeError> {
    Key::parse(reader.text("key")?).map_err(|_| DecodeError::Invalid("key"))
}

pub(super) fn user(reader: &mut Reader<'_>) -> Result<UserId, DecodeError> {
    UserId::parse(reader.text("user")?).map_err(|_| DecodeError::Invalid("user"))
}

pub(super) fn payload(rest: &[u8], is_json: bool) -> Result<Payload, DecodeError> {
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
