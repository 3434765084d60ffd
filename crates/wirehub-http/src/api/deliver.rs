//! Saying something to clients.

use std::{ops::RangeInclusive, time::Duration};

use axum::{Extension, Json, extract::State, http::HeaderMap};
use bytes::Bytes;
use serde::Serialize;
use wirehub::{Recipient, auth::ApiAccess};
use wirehub_model::{ErrorCode, EventName, Key, Message, Payload, Publish, Published, Tags};

use super::{Concerned, concern, is_false, recipient, topic, traced::Traced};
use crate::{
    admin::Admin,
    body::{Body, Object, missing},
    problem::Problem,
};

/// The shortest and the longest `ttl` in seconds, as for clients: a millisecond, a year.
pub(crate) const TTL: RangeInclusive<f64> = 0.001..=31_536_000.0;

/// The place of a publication in its topic.
#[derive(Debug, Serialize)]
pub(crate) struct Placed {
    epoch: String,
    offset: u64,
    /// It was there before, and was not published again.
    #[serde(skip_serializing_if = "is_false")]
    duplicate: bool,
}

/// `{"topic","event"?,"data","tags"?,"key"?,"idempotency_key"?,"ttl"?}`
pub(crate) async fn publish(
    State(admin): State<Admin>,
    Extension(access): Extension<ApiAccess>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Placed>, Problem> {
    let object = body.object(&[
        "topic",
        "event",
        "data",
        "tags",
        "key",
        "idempotency_key",
        "ttl",
    ])?;
    let message = Message {
        tags: tags(&object)?,
        ..message(&object)?
    };
    let traced = Traced::begin(&admin, &headers);
    let publish = Publish {
        key: key(&object, "key")?,
        idempotency_key: key(&object, "idempotency_key")?,
        ttl: ttl(&object)?,
        trace: traced.as_ref().map(|traced| Box::new(traced.context())),
        ..Publish::to(topic(&object, &access)?, message)
    };
    let topic = publish.topic.clone();
    let published = admin.ask(admin.hub().publish(publish)).await;
    if let Some(traced) = traced {
        traced.end(&topic, &published);
    }
    let Published {
        position,
        duplicate,
    } = published.map_err(|problem| {
        let hint = "who is here has it; the log says why it could not be stored";
        problem.hint_for(ErrorCode::NotStored, hint)
    })?;
    Ok(Json(Placed {
        epoch: position.epoch.to_string(),
        offset: position.offset.0,
        duplicate,
    }))
}

/// `{"to":{"user"}|{"connection"},"event"?,"data"}`
pub(crate) async fn send(
    State(admin): State<Admin>,
    body: Body,
) -> Result<Json<Concerned>, Problem> {
    let object = body.object(&["to", "event", "data"])?;
    let to = object.needed_object("to", &["user", "connection"])?;
    let (to, message) = (recipient(&to, "`to`")?, message(&object)?);
    let hub = admin.hub();
    let told = async {
        match to {
            Recipient::User(user) => hub.send_to_user(user, message).await,
            Recipient::Connection(connection) => {
                let there = hub.send_to_connection(connection, message).await?;
                Ok(u64::from(there))
            }
            Recipient::Everyone => hub.broadcast(message).await,
        }
    };
    concern(&admin, told).await
}

/// `{"event"?,"data"}`
pub(crate) async fn broadcast(
    State(admin): State<Admin>,
    body: Body,
) -> Result<Json<Concerned>, Problem> {
    let message = message(&body.object(&["event", "data"])?)?;
    concern(&admin, admin.hub().broadcast(message)).await
}

fn message(object: &Object<'_>) -> Result<Message, Problem> {
    let event = object.text("event")?.map(|name| {
        EventName::parse(&name).ok_or_else(|| {
            let max = EventName::BYTES_MAX;
            Problem::bad(format!(
                "`event` must have 1 to {max} bytes and no control character"
            ))
        })
    });
    let data = object
        .raw("data")
        .ok_or_else(|| missing("data").hint("send `null` to say nothing"))?;
    Ok(Message {
        event: event.transpose()?,
        ..Message::of(Payload::Json(Bytes::copy_from_slice(data.get().as_bytes())))
    })
}

fn tags(object: &Object<'_>) -> Result<Tags, Problem> {
    let tags = object.texts_by_name("tags")?;
    let tags = tags.iter().map(|(name, value)| (&**name, &**value));
    Tags::new(tags).map_err(|error| Problem::bad(format!("`tags`: {error}")))
}

fn key(object: &Object<'_>, name: &str) -> Result<Option<Key>, Problem> {
    let key = object.text(name)?.map(|text| {
        Key::parse(&text).map_err(|_| {
            let max = Key::BYTES_MAX;
            Problem::bad(format!(
                "`{name}` must have 1 to {max} bytes and no control character"
            ))
        })
    });
    key.transpose()
}

fn ttl(object: &Object<'_>) -> Result<Option<Duration>, Problem> {
    match object.number("ttl")? {
        Some(seconds) if TTL.contains(&seconds) => Ok(Some(Duration::from_secs_f64(seconds))),
        Some(_) => Err(Problem::bad(format!(
            "`ttl` must be a number of seconds from {} to {}",
            TTL.start(),
            TTL.end()
        ))),
        None => Ok(None),
    }
}
