//! From bytes to requests.

use bytes::Bytes;
use prost::Message as _;
use serde::de::IgnoredAny;
use wirehub_model::{
    Address, Command, ErrorCode, HistoryPage, HistoryQuery, Message, Offset, Payload, Position,
    PresenceQuery, Publish, Refusal, Resume, Secret, Subscribe,
};

use crate::{
    DecodeError, Request,
    native::{
        field::{self, bad, missing},
        topic_offsets,
    },
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
        Kind::Subscribe(subscribe) => Command::Subscribe(subscribe_command(subscribe)?),
        Kind::Unsubscribe(unsubscribe) => Command::Unsubscribe {
            filter: field::filter(&unsubscribe.topic)?,
        },
        Kind::Ack(ack) => Command::Ack {
            topic: field::topic(&ack.topic)?,
            offset: Offset(field::whole("offset", ack.offset)?),
        },
        Kind::Send(send) => send_command(send)?,
        Kind::Call(call) => Command::Call {
            method: field::method(&call.method)?,
            message: Message::of(payload(call.data)?),
        },
        Kind::Presence(presence) => Command::Presence(PresenceQuery {
            topic: field::topic(&presence.topic)?,
            limit: field::members_limit(presence.limit.map(u64::from))?,
            after: filled(&presence.after, field::after_member)?,
        }),
        Kind::State(state) => Command::State {
            topic: field::topic(&state.topic)?,
            state: said("data", state.data)?.and_then(field::state),
        },
        Kind::History(history) => Command::History(HistoryQuery {
            topic: field::topic(&history.topic)?,
            limit: field::history_limit(history.limit.map(u64::from))?,
            page: page(history.page)?,
        }),
        Kind::Connect(connect) => Command::Connect {
            token: connect.token.map(Secret::new),
            resume: connect
                .resume
                .map(|resume| resume_command("resume.", resume).map(Box::new))
                .transpose()?,
            since: Vec::new(),
            subscribe: Vec::new(),
        },
        Kind::Resume(resume) => Command::Resume(Box::new(resume_command("", resume)?)),
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
        topic: field::topic(&publish.topic)?,
        message: Message {
            event: filled(&publish.event, field::event)?,
            ..Message::of(payload(publish.data)?)
        },
        key: filled(&publish.key, |key| field::key("key", key))?,
        idempotency_key: filled(&publish.idempotency_key, |key| {
            field::key("idempotency_key", key)
        })?,
        ttl: publish.ttl.map(field::ttl).transpose()?,
        echo: publish.echo.unwrap_or(true),
        trace: None,
    }))
}

fn subscribe_command(subscribe: v1::Subscribe) -> Result<Subscribe, Refusal> {
    let since = subscribe.since.as_ref();
    let filter = field::filter(&subscribe.topic)?;
    Ok(Subscribe {
        since: since.map(|since| position("since", since)).transpose()?,
        presence: subscribe.presence,
        state: said("state", subscribe.state)?.and_then(field::state),
        ack: subscribe.ack,
        pace: field::pace(subscribe.throttle, subscribe.level.map(u64::from))?,
        ..Subscribe::to(filter)
    })
}

/// The fields have `prefix` in front of their names in refusals.
fn resume_command(prefix: &str, resume: v1::Resume) -> Result<Resume, Refusal> {
    let topics = resume.topics.into_iter();
    let pairs = topics.map(|topic| (topic.topic, topic.offset));
    Ok(Resume {
        session: field::session(&format!("{prefix}session"), &resume.session)?,
        received: field::whole(&format!("{prefix}received"), resume.received)?,
        offsets: topic_offsets::take(&format!("{prefix}topics"), pairs)?,
    })
}

fn page(page: Option<v1::history::Page>) -> Result<HistoryPage, Refusal> {
    use v1::history::Page;
    Ok(match page {
        None => HistoryPage::Newest,
        Some(Page::After(after)) => HistoryPage::After(position("after", &after)?),
        Some(Page::Before(before)) => HistoryPage::Before(position("before", &before)?),
    })
}

fn send_command(send: v1::Send) -> Result<Command, Refusal> {
    let to = match send.to {
        Some(v1::send::To::User(user)) => Address::User(field::user(&user)?),
        Some(v1::send::To::Connection(id)) => Address::Connection(field::connection(&id)?),
        None => return Err(missing("to", "`user` or `connection`")),
    };
    let message = Message {
        event: filled(&send.event, field::event)?,
        ..Message::of(payload(send.data)?)
    };
    Ok(Command::Send { to, message })
}

fn position(name: &str, position: &v1::Position) -> Result<Position, Refusal> {
    field::position(name, &position.epoch, position.offset)
}

/// Takes a string that stands for nothing when it is empty.
fn filled<T>(
    text: &str,
    take: impl FnOnce(&str) -> Result<T, Refusal>,
) -> Result<Option<T>, Refusal> {
    if text.is_empty() {
        return Ok(None);
    }
    take(text).map(Some)
}

fn payload(data: Option<v1::Data>) -> Result<Payload, Refusal> {
    Ok(said("data", data)?.unwrap_or_else(field::null))
}

/// Takes what the application says in the field of this name.
fn said(name: &str, data: Option<v1::Data>) -> Result<Option<Payload>, Refusal> {
    let Some(v1::Data { kind }) = data else {
        return Ok(None);
    };
    match kind {
        Some(v1::data::Kind::Json(text)) => json(name, text).map(Some),
        Some(v1::data::Kind::Binary(bytes)) => Ok(Some(Payload::Binary(bytes))),
        None => Err(bad(format!("`{name}` must hold `json` or `binary`"))),
    }
}

/// Takes text when it is the JSON it is said to be.
fn json(name: &str, text: Bytes) -> Result<Payload, Refusal> {
    let valid = std::str::from_utf8(&text)
        .is_ok_and(|text| serde_json::from_str::<IgnoredAny>(text).is_ok());
    if !valid {
        return Err(bad(format!(
            "`{name}.json` must be one JSON value in UTF-8"
        )));
    }
    field::json(name, text)
}
