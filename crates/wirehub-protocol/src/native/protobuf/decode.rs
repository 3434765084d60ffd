//! From bytes to requests.

use bytes::Bytes;
use prost::Message as _;
use serde::de::IgnoredAny;
use wirehub_model::{
    Address, Command, ErrorCode, EventName, HistoryPage, HistoryQuery, Message, Payload, Position,
    PresenceQuery, Publish, Refusal, Secret, Subscribe,
};

use crate::{
    DecodeError, Request,
    native::field::{self, bad, missing},
    v1::{self, client_message::Kind},
};

/// Reads one message.
pub(crate) fn decode(bytes: &[u8]) -> Result<Request, DecodeError> {
    let refuse = |id, refusal| DecodeError::Refused { id, refusal };
    let message = v1::ClientMessage::decode(bytes).map_err(|error| {
        let text = format!("the message is not a `wirehub.v1.ClientMessage`: {error}");
        refuse(None, bad(text))
    })?;
    let id = message.id.map(field::id).transpose();
    let id = id.map_err(|refusal| refuse(None, refusal))?;
    let command = command(message.kind).map_err(|refusal| refuse(id, refusal))?;
    Ok(Request { id, command })
}

fn command(kind: Option<Kind>) -> Result<Command, Refusal> {
    Ok(match kind.ok_or_else(unknown_type)? {
        Kind::Publish(publish) => publish_command(publish)?,
        Kind::Subscribe(subscribe) => Command::Subscribe(Subscribe {
            since: subscribe.since.as_ref().map(position).transpose()?,
            ..Subscribe::to(field::filter(&subscribe.topic)?)
        }),
        Kind::Unsubscribe(unsubscribe) => Command::Unsubscribe {
            filter: field::filter(&unsubscribe.topic)?,
        },
        Kind::Send(send) => send_command(send)?,
        Kind::Call(call) => Command::Call {
            method: field::method(&call.method)?,
            message: Message {
                event: None,
                payload: payload(call.data)?,
            },
        },
        Kind::Presence(presence) => Command::Presence(PresenceQuery {
            topic: field::topic(&presence.topic)?,
            limit: 100,
            after: None,
        }),
        Kind::History(history) => Command::History(HistoryQuery {
            topic: field::topic(&history.topic)?,
            limit: field::limit(history.limit.map_or(field::HISTORY_DEFAULT, u64::from))?,
            page: HistoryPage::Newest,
        }),
        Kind::Connect(connect) => Command::Connect {
            token: connect.token.map(Secret::new),
            resume: None,
        },
        Kind::Refresh(refresh) => Command::Refresh {
            token: Secret::new(refresh.token),
        },
        Kind::Ping(v1::Ping {}) => Command::Ping,
    })
}

/// An envelope without a message is what an older server makes of a newer message.
fn unknown_type() -> Refusal {
    Refusal::new(
        ErrorCode::UnknownType,
        "the envelope holds no message of `wirehub.v1` that this server knows",
    )
}

fn publish_command(publish: v1::Publish) -> Result<Command, Refusal> {
    Ok(Command::Publish(Publish {
        key: None,
        idempotency_key: None,
        topic: field::topic(&publish.topic)?,
        message: Message {
            event: event(&publish.event)?,
            payload: payload(publish.data)?,
        },
        ttl: publish.ttl.map(field::ttl).transpose()?,
        echo: publish.echo.unwrap_or(true),
    }))
}

fn send_command(send: v1::Send) -> Result<Command, Refusal> {
    let to = match send.to {
        Some(v1::send::To::User(user)) => Address::User(field::user(&user)?),
        Some(v1::send::To::Connection(id)) => Address::Connection(field::connection(&id)?),
        None => return Err(missing("to", "`user` or `connection`")),
    };
    let message = Message {
        event: event(&send.event)?,
        payload: payload(send.data)?,
    };
    Ok(Command::Send { to, message })
}

fn position(position: &v1::Position) -> Result<Position, Refusal> {
    field::since(&position.epoch, position.offset)
}

fn event(name: &str) -> Result<Option<EventName>, Refusal> {
    if name.is_empty() {
        return Ok(None);
    }
    field::event(name).map(Some)
}

fn payload(data: Option<v1::Data>) -> Result<Payload, Refusal> {
    let Some(v1::Data { kind }) = data else {
        return Ok(field::null());
    };
    match kind {
        Some(v1::data::Kind::Json(text)) => json(text),
        Some(v1::data::Kind::Binary(bytes)) => Ok(Payload::Binary(bytes)),
        None => Err(bad("`data` must hold `json` or `binary`")),
    }
}

/// Takes text when it is the JSON it is said to be.
fn json(text: Bytes) -> Result<Payload, Refusal> {
    let valid = std::str::from_utf8(&text)
        .is_ok_and(|text| serde_json::from_str::<IgnoredAny>(text).is_ok());
    if !valid {
        return Err(bad("`data.json` must be one JSON value in UTF-8"));
    }
    field::json(text)
}
