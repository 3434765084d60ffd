//! Publications.

use std::sync::Arc;

use bytes::Bytes;
use wirehub_broker::{Entry, Idempotency, Record};
use wirehub_model::{
    ConnectionId, EventName, Key, Message, Payload, Position, Publisher, Topic, UserId,
};

use super::{
    DecodeError,
    reader::Reader,
    writer::{bytes, number, span},
};

const VERSION: u8 = 1;

/// Bits of the second byte: which parts follow, and two that are answers by themselves.
const JSON: u8 = 1;
const EVENT: u8 = 1 << 1;
const KEY: u8 = 1 << 2;
const FROM: u8 = 1 << 3;
const USER: u8 = 1 << 4;
const EXPIRES: u8 = 1 << 5;
const NAME: u8 = 1 << 6;
/// Its publisher does not receive it.
const NO_ECHO: u8 = 1 << 7;

/// Appends a publication without its topic and its place, which stand in the key of the table.
pub fn encode_entry(entry: &Entry, out: &mut Vec<u8>) {
    let record = &*entry.record;
    let message = &record.message;
    let user = record.from.as_ref().and_then(|from| from.user.as_ref());
    let flag = |is_there: bool, flag: u8| if is_there { flag } else { 0 };
    out.push(VERSION);
    out.push(
        flag(matches!(message.payload, Payload::Json(_)), JSON)
            | flag(message.event.is_some(), EVENT)
            | flag(record.key.is_some(), KEY)
            | flag(record.from.is_some(), FROM)
            | flag(user.is_some(), USER)
            | flag(record.expires_at.is_some(), EXPIRES)
            | flag(entry.name.is_some(), NAME)
            | flag(!record.echo, NO_ECHO),
    );
    span(out, record.accepted_at);
    if let Some(end) = record.expires_at {
        span(out, end);
    }
    if let Some(event) = &message.event {
        bytes(out, event.as_str().as_bytes());
    }
    if let Some(key) = &record.key {
        bytes(out, key.as_str().as_bytes());
    }
    if let Some(from) = &record.from {
        number(out, from.connection.number());
    }
    if let Some(user) = user {
        bytes(out, user.as_str().as_bytes());
    }
    if let Some((name, until)) = &entry.name {
        bytes(out, name.scope.as_bytes());
        bytes(out, name.key.as_str().as_bytes());
        span(out, *until);
    }
    out.extend_from_slice(message.payload.bytes());
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
    let version = reader.byte()?;
    if version != VERSION {
        return Err(DecodeError::Version(version));
    }
    let flags = reader.byte()?;
    let has = |flag| flags & flag != 0;
    if has(USER) && !has(FROM) {
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
        message: Message { event, payload },
        key,
        position,
        from: connection.map(|number| Publisher {
            user,
            connection: ConnectionId::from_number(number),
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

fn event(reader: &mut Reader<'_>) -> Result<EventName, DecodeError> {
    EventName::parse(reader.text("event")?).ok_or(DecodeError::Invalid("event"))
}

fn user(reader: &mut Reader<'_>) -> Result<UserId, DecodeError> {
    UserId::parse(reader.text("user")?).map_err(|_| DecodeError::Invalid("user"))
}

fn payload(rest: &[u8], is_json: bool) -> Result<Payload, DecodeError> {
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
