//! From text to requests.

use std::borrow::Cow;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use serde_json::error::Category;
use wirehub_model::{
    Address, Command, ErrorCode, HistoryPage, HistoryQuery, Message, Payload, PresenceQuery,
    Publish, Refusal, Secret, Subscribe,
};

use super::object::{Object, WHOLE_NUMBER, boolean, needed_text, number, present, seconds, text};
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
        "publish" => Command::Publish(Publish {
            topic: topic(object)?,
            message: message(object)?,
            key: None,
            idempotency_key: None,
            ttl: seconds("ttl", object.ttl)?.map(field::ttl).transpose()?,
            echo: boolean("echo", object.echo)?.unwrap_or(true),
        }),
        "subscribe" => Command::Subscribe(subscribe(object)?),
        "unsubscribe" => Command::Unsubscribe {
            filter: field::filter(&needed_text("topic", object.topic)?)?,
        },
        "send" => Command::Send {
            to: address(object)?,
            message: message(object)?,
        },
        "call" => Command::Call {
            method: field::method(&needed_text("method", object.method)?)?,
            message: Message {
                event: None,
                payload: payload(object)?,
            },
        },
        "presence" => Command::Presence(PresenceQuery {
            topic: topic(object)?,
            limit: 100,
            after: None,
        }),
        "history" => Command::History(HistoryQuery {
            topic: topic(object)?,
            page: HistoryPage::Newest,
            limit: field::limit(number("limit", object.limit)?.unwrap_or(field::HISTORY_DEFAULT))?,
        }),
        "connect" => Command::Connect {
            token: text("token", object.token)?.map(secret),
            resume: None,
        },
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

fn subscribe(object: &Object<'_>) -> Result<Subscribe, Refusal> {
    let filter = field::filter(&needed_text("topic", object.topic)?)?;
    let Some(since) = present(object.since) else {
        return Ok(Subscribe::to(filter));
    };
    let since = Object::read_value("since", since)?;
    let epoch = needed_text("since.epoch", since.epoch)?;
    let offset = number("since.offset", since.offset)?
        .ok_or_else(|| missing("since.offset", WHOLE_NUMBER))?;
    Ok(Subscribe {
        since: Some(field::since(&epoch, offset)?),
        ..Subscribe::to(filter)
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
        payload: payload(object)?,
    })
}

fn payload(object: &Object<'_>) -> Result<Payload, Refusal> {
    let data = present(object.data);
    match (data, text("binary", object.binary)?) {
        (Some(data), None) => field::json(Bytes::copy_from_slice(data.get().as_bytes())),
        (None, Some(binary)) => STANDARD
            .decode(&*binary)
            .map(|bytes| Payload::Binary(bytes.into()))
            .map_err(|_| bad("`binary` must be base64 with padding (RFC 4648 section 4)")),
        (None, None) => Ok(field::null()),
        (Some(_), Some(_)) => Err(bad("the message must have `data` or `binary`, not both")),
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
