//! From text to requests.

use std::borrow::Cow;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use serde_json::{error::Category, value::RawValue};
use wirehub_model::{
    Address, Command, ErrorCode, HistoryPage, HistoryQuery, Key, Message, Offset, Payload,
    Position, PresenceQuery, Publish, Refusal, Resume, Secret, Subscribe,
};

use super::{
    object::{Object, Value, WHOLE_NUMBER, boolean, needed_text, number, present, seconds, text},
    topics,
};
use crate::{
    DecodeError, Request,
    native::field::{self, bad, missing},
};

/// A `type` longer than this is not repeated in the refusal and not compared with the known ones.
const TYPE_BYTES_MAX: usize = 24;

/// Reads one message.
pub(crate) fn decode(text: &str) -> Result<Request, DecodeError> {
    let refuse = |id, refusal| DecodeError::Refused { id, refusal };
    // Of text that is not JSON no `id` is taken: where it is cut, the number may be cut too.
    let object = Object::read(text).map_err(|error| refuse(None, not_an_object(&error)))?;
    let id = number("id", object.id).map_err(|refusal| refuse(None, refusal))?;
    let command = object
        .check_unique()
        .and_then(|()| command(&object))
        .map_err(|refusal| refuse(id, refusal))?;
    Ok(Request { id, command })
}

/// The error's own text may quote the message, so only its place is told.
fn not_an_object(error: &serde_json::Error) -> Refusal {
    match error.classify() {
        Category::Data => bad("the message must be one JSON object"),
        Category::Eof => bad("the message is not JSON: it ends too early"),
        Category::Syntax | Category::Io => bad(format!(
            "the message is not JSON: see line {line}, column {column}",
            line = error.line(),
            column = error.column(),
        )),
    }
}

fn command(object: &Object<'_>) -> Result<Command, Refusal> {
    let kind = text("type", object.kind)?
        .ok_or_else(|| missing("type", &format!("one of {}", Command::NAMES.join(", "))))?;
    Ok(match &*kind {
        "publish" => Command::Publish(publish(object)?),
        "subscribe" => Command::Subscribe(subscribe(object)?),
        "unsubscribe" => Command::Unsubscribe {
            filter: field::filter(&needed_text("topic", object.topic)?)?,
        },
        "ack" => Command::Ack {
            topic: topic(object)?,
            offset: number("offset", object.offset)?
                .map(Offset)
                .ok_or_else(|| missing("offset", WHOLE_NUMBER))?,
        },
        "send" => Command::Send {
            to: address(object)?,
            message: message(object)?,
        },
        "call" => Command::Call {
            method: field::method(&needed_text("method", object.method)?)?,
            message: Message::of(payload(object)?),
        },
        "presence" => Command::Presence(PresenceQuery {
            topic: topic(object)?,
            limit: field::members_limit(number("limit", object.limit)?)?,
            after: text("after", object.after)?
                .map(|id| field::after_member(&id))
                .transpose()?,
        }),
        "state" => Command::State {
            topic: topic(object)?,
            state: DATA
                .read(object.data, object.binary)?
                .and_then(field::state),
        },
        "history" => Command::History(HistoryQuery {
            topic: topic(object)?,
            limit: field::history_limit(number("limit", object.limit)?)?,
            page: page(object)?,
        }),
        "connect" => Command::Connect {
            token: text("token", object.token)?.map(secret),
            resume: present(object.resume).map(resume_within).transpose()?,
            since: Vec::new(),
            subscribe: Vec::new(),
        },
        "resume" => Command::Resume(Box::new(resume("", object)?)),
        "refresh" => Command::Refresh {
            token: secret(needed_text("token", object.token)?),
        },
        "ping" => Command::Ping,
        other => return Err(unknown_type(other)),
    })
}

fn secret(text: Cow<'_, str>) -> Secret {
    Secret::new(text.into_owned())
}

fn topic(object: &Object<'_>) -> Result<wirehub_model::Topic, Refusal> {
    field::topic(&needed_text("topic", object.topic)?)
}

fn publish(object: &Object<'_>) -> Result<Publish, Refusal> {
    Ok(Publish {
        topic: topic(object)?,
        message: message(object)?,
        key: key("key", object.key)?,
        idempotency_key: key("idempotency_key", object.idempotency_key)?,
        ttl: seconds("ttl", object.ttl)?.map(field::ttl).transpose()?,
        echo: boolean("echo", object.echo)?.unwrap_or(true),
        trace: None,
    })
}

fn key(name: &str, value: Value<'_>) -> Result<Option<Key>, Refusal> {
    let key = text(name, value)?;
    key.map(|key| field::key(name, &key)).transpose()
}

fn subscribe(object: &Object<'_>) -> Result<Subscribe, Refusal> {
    let filter = field::filter(&needed_text("topic", object.topic)?)?;
    Ok(Subscribe {
        since: position("since", object.since)?,
        presence: boolean("presence", object.presence)?.unwrap_or(false),
        state: STATE
            .read(object.state, object.state_binary)?
            .and_then(field::state),
        ack: boolean("ack", object.ack)?.unwrap_or(false),
        pace: field::pace(
            seconds("throttle", object.throttle)?,
            number("level", object.level)?,
        )?,
        ..Subscribe::to(filter)
    })
}

fn position(name: &str, value: Value<'_>) -> Result<Option<Position>, Refusal> {
    let Some(value) = present(value) else {
        return Ok(None);
    };
    let object = Object::read_value(name, value)?;
    let epoch = needed_text(&format!("{name}.epoch"), object.epoch)?;
    let offset = format!("{name}.offset");
    let offset = number(&offset, object.offset)?.ok_or_else(|| missing(&offset, WHOLE_NUMBER))?;
    field::position(name, &epoch, offset).map(Some)
}

fn page(object: &Object<'_>) -> Result<HistoryPage, Refusal> {
    let after = position("after", object.after)?;
    let before = position("before", object.before)?;
    match (after, before) {
        (None, None) => Ok(HistoryPage::Newest),
        (Some(after), None) => Ok(HistoryPage::After(after)),
        (None, Some(before)) => Ok(HistoryPage::Before(before)),
        (Some(_), Some(_)) => Err(bad("the message must have `after` or `before`, not both")),
    }
}

/// Reads the wish to resume that is a field of `connect`.
fn resume_within(value: &RawValue) -> Result<Box<Resume>, Refusal> {
    let object = Object::read_value("resume", value)?;
    resume("resume.", &object).map(Box::new)
}

/// Reads a wish to resume whose fields have this in front of their names in refusals.
fn resume(prefix: &str, object: &Object<'_>) -> Result<Resume, Refusal> {
    let name = |field| format!("{prefix}{field}");
    let session = name("session");
    let topics = present(object.topics);
    let offsets = topics.map(|topics| topics::read(&name("topics"), topics));
    Ok(Resume {
        session: field::session(&session, &needed_text(&session, object.session)?)?,
        received: number(&name("received"), object.received)?.unwrap_or(0),
        offsets: offsets.transpose()?.unwrap_or_default(),
    })
}

fn address(object: &Object<'_>) -> Result<Address, Refusal> {
    let expected = "an object with `user` or `connection`";
    let to = present(object.to).ok_or_else(|| missing("to", expected))?;
    let to = Object::read_value("to", to)?;
    let user = text("to.user", to.user)?;
    let connection = text("to.connection", to.connection)?;
    match (user, connection) {
        (Some(user), None) => field::user(&user).map(Address::User),
        (None, Some(connection)) => field::connection(&connection).map(Address::Connection),
        (Some(_), Some(_)) => Err(bad("`to` must have `user` or `connection`, not both")),
        (None, None) => Err(bad("`to` must have `user` or `connection`")),
    }
}

fn message(object: &Object<'_>) -> Result<Message, Refusal> {
    let event = text("event", object.event)?;
    Ok(Message {
        event: event.map(|name| field::event(&name)).transpose()?,
        ..Message::of(payload(object)?)
    })
}

fn payload(object: &Object<'_>) -> Result<Payload, Refusal> {
    let said = DATA.read(object.data, object.binary)?;
    Ok(said.unwrap_or_else(field::null))
}

/// A pair of fields of which one may say something of the application's: any JSON value, or bytes.
struct Either {
    json: &'static str,
    binary: &'static str,
}

const DATA: Either = Either {
    json: "data",
    binary: "binary",
};

const STATE: Either = Either {
    json: "state",
    binary: "state_binary",
};

impl Either {
    fn read(&self, json: Value<'_>, binary: Value<'_>) -> Result<Option<Payload>, Refusal> {
        let Self {
            json: name,
            binary: binary_name,
        } = self;
        match (present(json), text(binary_name, binary)?) {
            (Some(json), None) => {
                field::json(name, Bytes::copy_from_slice(json.get().as_bytes())).map(Some)
            }
            (None, Some(text)) => match STANDARD.decode(&*text) {
                Ok(bytes) => Ok(Some(Payload::Binary(bytes.into()))),
                Err(_) => Err(bad(format!(
                    "`{binary_name}` must be base64 with padding (RFC 4648 section 4)"
                ))),
            },
            (None, None) => Ok(None),
            (Some(_), Some(_)) => Err(bad(format!(
                "the message must have `{name}` or `{binary_name}`, not both"
            ))),
        }
    }
}

/// Names the known type that is nearest to the one given, when it is near enough to be meant.
fn unknown_type(given: &str) -> Refusal {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let repeatable = given.len() <= TYPE_BYTES_MAX && given.bytes().all(plain);
    let nearest = Command::NAMES
        .iter()
        .filter(|_| repeatable)
        .map(|known| (strsim::osa_distance(&given.to_lowercase(), known), known))
        .min()
        .filter(|(distance, known)| distance * 3 <= known.len());
    let message = match nearest {
        Some((_, known)) => format!("no message type `{given}`; did you mean `{known}`?"),
        None if repeatable => {
            format!(
                "no message type `{given}`; the types are {}",
                Command::NAMES.join(", ")
            )
        }
        None => format!(
            "no such message type; the types are {}",
            Command::NAMES.join(", ")
        ),
    };
    Refusal::new(ErrorCode::UnknownType, message)
}

#[cfg(test)]
mod tests;
